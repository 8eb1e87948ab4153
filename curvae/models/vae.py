"""Variational autoencoder of fully connected layers (Kingma & Welling 2014)."""

from math import prod

import torch
from torch import Tensor

from curvae.nets.fused import hidden_layers, output_nats
from curvae.nets.linear import linear, linear_shapes, multilayer
from curvae.objectives import gaussian_kl
from curvae.settings.model import VAE
from curvae.types import Images, Latents, PerSample, Weights


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
        output = multilayer(weights, "decoder", z, self.settings.activation)
        return torch.sigmoid(output) if self.settings.likelihood == "bernoulli" else output

    def terms(self, weights: Weights, x: Images, noise: Latents) -> dict[str, Tensor]:
        """Reconstruction at z = mean + exp(logvar / 2) noise, and the KL of each latent.

        Args:
            weights: of every member.
            x: observations, flattened.
            noise: standard normal numbers [member, sample, latent].
        """
        mean, logvar = self._posterior(weights, x)
        z = mean + torch.exp(0.5 * logvar) * noise
        return {"recon": self._recon(weights, z, x), "kl": gaussian_kl(mean, logvar)}

    def evaluate(self, weights: Weights, x: Images, noise: Latents) -> dict[str, Tensor]:
        """The terms, and the reconstruction at z = mean as ``recon_mean``."""
        mean, _ = self._posterior(weights, x)
        return {**self.terms(weights, x, noise), "recon_mean": self._recon(weights, mean, x)}

    def _posterior(self, weights: Weights, x: Images) -> tuple[Latents, Latents]:
        h = hidden_layers(weights, "encoder", x, self.settings.activation)
        return linear(weights, f"encoder.{len(self.settings.hidden)}", h).chunk(2, dim=-1)

    def _recon(self, weights: Weights, z: Latents, x: Images) -> PerSample:
        h = hidden_layers(weights, "decoder", z, self.settings.activation)
        return output_nats(weights, f"decoder.{len(self.settings.hidden)}", h, x, self.settings.likelihood)
