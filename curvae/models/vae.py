"""Variational autoencoder of fully connected layers or convolutions (Kingma & Welling 2014)."""

from math import prod

import torch
from torch import Tensor

from curvae.nets.conv import Convolutional
from curvae.nets.fused import hidden_layers, output_nats
from curvae.nets.linear import ACTIVATIONS, linear, linear_shapes, multilayer
from curvae.objectives import bernoulli_nats, gaussian_kl, squared_error
from curvae.settings.model import VAE
from curvae.types import Images, Latents, PerSample, Weights

NATS = {"bernoulli": bernoulli_nats, "gaussian": squared_error}


class Model:
    """q(z | x) = N(mean(x), exp(logvar(x))), p(z) = N(0, I), p(x | z) Bernoulli or Gaussian.

    Args:
        settings: network, widths, activations, number of latents, likelihood.
        shape: of one observation; it is flattened.

    Attributes:
        shapes: of one member's weights.
        noise: shape of the normal numbers that a step takes a sample.
        activations: numbers in a sample and in all layers' outputs for it, which a step keeps in memory.

    Raises:
        ValueError: images of a shape that the convolutional network does not take.
    """

    def __init__(self, settings: VAE, shape: tuple[int, ...]):
        self.settings, self.shape = settings, shape
        self.encoder, self.decoder = settings.activation, settings.decoder_activation or settings.activation
        self.conv = None if settings.network == "mlp" else Convolutional(settings.network, shape)
        if self.conv:
            features, hidden, back = self.conv.features, self.conv.plan.hidden, self.conv.plan.decoder_hidden
        else:
            features, hidden = prod(shape), settings.hidden
            back = settings.decoder_hidden or hidden[::-1]
        dense = {
            **linear_shapes("encoder", [features, *hidden, 2 * settings.latent]),
            **linear_shapes("decoder", [settings.latent, *back, features]),
        }
        self.last = f"encoder.{len(hidden)}", f"decoder.{len(back)}"
        self.shapes = {**dense, **(self.conv.shapes if self.conv else {})}
        self.noise = (settings.latent,)
        self.activations = prod(shape) + sum(size[0] for size in dense.values() if len(size) == 1)
        self.activations += self.conv.width if self.conv else 0

    def encode(self, weights: Weights, x: Images) -> tuple[Latents, Latents]:
        """Mean and log-variance of q(z | x)."""
        h = self.conv.encode(weights, x, self.encoder) if self.conv else x
        return multilayer(weights, "encoder", h, self.encoder).chunk(2, dim=-1)

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

        Returns:
            ``recon`` [member, sample]; ``kl``, ``mean``, ``logvar`` and ``z`` [member, sample, latent].
        """
        mean, logvar = self._posterior(weights, x)
        z = mean + torch.exp(0.5 * logvar) * noise
        recon = self._recon(weights, z, x)
        return {"recon": recon, "kl": gaussian_kl(mean, logvar), "mean": mean, "logvar": logvar, "z": z}

    def evaluate(self, weights: Weights, x: Images, noise: Latents) -> dict[str, Tensor]:
        """The terms, and the reconstruction at z = mean as ``recon_mean``."""
        terms = self.terms(weights, x, noise)
        return {**terms, "recon_mean": self._recon(weights, terms["mean"], x)}

    def _output(self, weights: Weights, z: Latents) -> Images:
        """Logits or means of the observations."""
        h = multilayer(weights, "decoder", z, self.decoder)
        return self.conv.decode(weights, ACTIVATIONS[self.decoder](h), self.decoder) if self.conv else h

    def _posterior(self, weights: Weights, x: Images) -> tuple[Latents, Latents]:
        """As `encode`, with the hand-written passes where there are no convolutions."""
        if self.conv:
            return self.encode(weights, x)
        h = hidden_layers(weights, "encoder", x, self.encoder)
        return linear(weights, self.last[0], h).chunk(2, dim=-1)

    def _recon(self, weights: Weights, z: Latents, x: Images) -> PerSample:
        if self.conv:
            return NATS[self.settings.likelihood](self._output(weights, z), x)
        h = hidden_layers(weights, "decoder", z, self.decoder)
        return output_nats(weights, self.last[1], h, x, self.settings.likelihood)
