"""Variational autoencoder of fully connected layers (Kingma & Welling 2014)."""

from math import prod

import torch
from torch import Tensor

from curvae.nets.linear import linear_shapes, multilayer
from curvae.objectives import bernoulli_nats, gaussian_kl, squared_error
from curvae.settings.model import VAE
from curvae.types import Images, Latents, Weights


class Model:
    """q(z | x) = N(mean(x), exp(logvar(x))), p(z) = N(0, I), p(x | z) Bernoulli or Gaussian.

    Args:
        settings: widths, activation, number of latents, likelihood.
        shape: of one observation; it is flattened.
    """

    def __init__(self, settings: VAE, shape: tuple[int, ...]):
        self.settings, self.shape = settings, shape
        features, latent, hidden = prod(shape), settings.latent, settings.hidden
        self.shapes = {
            **linear_shapes("encoder", [features, *hidden, 2 * latent]),
            **linear_shapes("decoder", [latent, *reversed(hidden), features]),
        }
        self.noise = (latent,)

    def encode(self, weights: Weights, x: Images) -> tuple[Latents, Latents]:
        """Mean and log-variance of q(z | x)."""
        return multilayer(weights, "encoder", x, self.settings.activation).chunk(2, dim=-1)

    def decode(self, weights: Weights, z: Latents) -> Images:
        """Mean of p(x | z), [member, sample, feature]."""
        output = self._output(weights, z)
        return torch.sigmoid(output) if self.settings.likelihood == "bernoulli" else output

    def terms(self, weights: Weights, x: Images, noise: Latents) -> dict[str, Tensor]:
        """Reconstruction at z = mean + exp(logvar / 2) noise, and the KL of each latent.

        Args:
            weights: of every member.
            x: observations, flattened.
            noise: standard normal numbers [member, sample, latent].
        """
        mean, logvar = self.encode(weights, x)
        z = mean + torch.exp(0.5 * logvar) * noise
        return {"recon": self._recon(weights, z, x), "kl": gaussian_kl(mean, logvar)}

    def evaluate(self, weights: Weights, x: Images, noise: Latents) -> dict[str, Tensor]:
        """The terms, and the reconstruction at z = mean as ``recon_mean``."""
        mean, _ = self.encode(weights, x)
        return {**self.terms(weights, x, noise), "recon_mean": self._recon(weights, mean, x)}

    def _output(self, weights: Weights, z: Latents) -> Images:
        return multilayer(weights, "decoder", z, self.settings.activation)

    def _recon(self, weights: Weights, z: Latents, x: Images) -> Tensor:
        nats = {"bernoulli": bernoulli_nats, "gaussian": squared_error}[self.settings.likelihood]
        return nats(self._output(weights, z), x)
