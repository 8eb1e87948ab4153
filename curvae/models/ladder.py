"""Ladder variational autoencoder: layers of latents, told upwards, corrected downwards (Sonderby et al. 2016)."""

from collections.abc import Callable, Iterable, Iterator
from itertools import accumulate, pairwise
from math import log, pi, prod

import torch
from torch import Tensor

from curvae.models.vae import log_constant
from curvae.nets.fused import hidden_layers, output_nats, perceptron
from curvae.nets.linear import linear, linear_shapes, multilayer
from curvae.objectives import gaussian_kl
from curvae.settings.model import Ladder
from curvae.types import Images, Latents, PerSample, Weights

Moments = tuple[Tensor, Tensor]  # mean and log-variance
LOG_TWO_PI = log(2 * pi)


def merge(likelihood: Moments, prior: Moments) -> Moments:
    """Mean and log-variance of the product of two Gaussians: precisions add up, and weigh the means.

    1/s^2 = 1/s_1^2 + 1/s_2^2 and m = s^2 (m_1/s_1^2 + m_2/s_2^2).

    Args:
        likelihood: what the data say, mean and log-variance of any shape.
        prior: what is known without them.

    Reference: Sonderby et al. (2016), Ladder Variational Autoencoders.
    """
    (told, told_logvar), (known, known_logvar) = likelihood, prior
    share = torch.sigmoid(known_logvar - told_logvar)  # of the precision that the data have
    return known + share * (told - known), -torch.logaddexp(-told_logvar, -known_logvar)


class Model:
    """p(x, z) = p(x | z_1) p(z_1 | z_2) ... p(z_L), Gaussian but for p(x | z_1); q(z | x) by a pass up and one down.

    Up, layers d_l = net_l(d_{l-1}) of x tell a Gaussian of z_l each. Down from the top, q(z_l | z_{l+1}, x) is the
    product of that Gaussian with p(z_l | z_{l+1}) (`merge`); at the top it is the told one alone.

    A code is u = (u_1, ..., u_L), the bottom layer's first: z_l = m_l(z_{l+1}) + s_l(z_{l+1}) u_l with mean and
    deviation of p(z_l | z_{l+1}), and z_L = u_L. So the prior of u is N(0, I), as that of every other autoencoder here,
    and KL divergences in u are those in z.

    Deviation: the paper normalises every hidden layer over the batch; here nothing is, so that a code does not depend
    on what else is in the batch. Variances are exponentials, where the paper has softplus.

    Args:
        settings: widths and latents of every layer, activation, likelihood.
        shape: of one observation; it is flattened.

    Attributes:
        shapes: of one member's weights.
        noise: shape of the normal numbers that a step takes a sample.
        judged: width of what a critic sees, the codes.
        activations: numbers in a sample and in all layers' outputs for it, which a step keeps in memory.
        parts: where the layers' latents lie in a code.
    """

    def __init__(self, settings: Ladder, shape: tuple[int, ...]):
        self.settings, self.shape, latents = settings, shape, settings.latents
        self.shapes: dict[str, tuple[int, ...]] = {}
        for name, widths in settings.widths(prod(shape)).items():
            self.shapes |= linear_shapes(name, widths)
        self.parts = [slice(*ends) for ends in pairwise((0, *accumulate(latents)))]
        self.noise, self.judged = (settings.latent,), settings.latent
        self.activations = prod(shape) + sum(size[0] for size in self.shapes.values() if len(size) == 1)

    def encode(self, weights: Weights, x: Images) -> tuple[Latents, Latents]:
        """Mean and log-variance of u given x, of every layer given the means of the layers above it."""
        _, mean, logvar, _ = self._infer(weights, x, lambda layer, mean, logvar: mean)
        return mean, logvar

    def decode(self, weights: Weights, z: Latents) -> Images:
        """Mean of p(x | u), [member, sample, feature]."""
        output = multilayer(weights, "decoder.0", self._bottom(weights, z), self.settings.activation)
        return torch.sigmoid(output) if self.settings.likelihood == "bernoulli" else output

    def prior(self, weights: Weights, noise: Latents) -> Latents:
        """Draws of p(u) = N(0, I): standard normal numbers as they are."""
        return noise

    def terms(self, weights: Weights, x: Images, noise: Latents) -> dict[str, Tensor]:
        """Reconstruction at a draw of the posterior, and the KL of each latent given the draws of the layers above.

        Args:
            weights: of every member.
            x: observations, flattened.
            noise: standard normal numbers [member, sample, latent].

        Returns:
            ``recon`` [member, sample]; ``kl``, ``mean``, ``logvar`` and ``z`` [member, sample, latent], of u.
        """
        z, mean, logvar, u = self._infer(weights, x, self._draw(noise))
        return {
            "recon": self._recon(weights, z, x),
            "kl": gaussian_kl(mean, logvar),
            **{"mean": mean, "logvar": logvar, "z": u},
        }

    def evaluate(self, weights: Weights, x: Images, noise: Latents) -> dict[str, Tensor]:
        """The terms, and the reconstruction with every layer at its mean as ``recon_mean``."""
        centre = self._infer(weights, x, lambda layer, mean, logvar: mean)[0]
        return {**self.terms(weights, x, noise), "recon_mean": self._recon(weights, centre, x)}

    def log_weights(self, weights: Weights, x: Images, noise: Iterable[Latents]) -> Iterator[PerSample]:
        """log p(x, z) - log q(z | x) at one draw of the posterior after the other, in nats.

        Args:
            weights: of every member.
            x: observations, flattened.
            noise: standard normal numbers [member, sample, latent], a tensor a draw.
        """
        told, constant = self._told(weights, x), log_constant(self.settings.likelihood, x.shape[-1])
        for eps in noise:
            z, _, logvar, u = self._down(weights, told, self._draw(eps))
            ratio = 0.5 * (u.square() - eps.square() - logvar)
            yield -self._recon(weights, z, x) - constant - ratio.sum(-1)

    def log_posterior(self, weights: Weights, x: Images, z: Latents) -> PerSample:
        """log q(u | x) in nats.

        Args:
            weights: of every member.
            x: observations, flattened.
            z: where, a code u [member, sample, latent].
        """
        _, mean, logvar, _ = self._infer(weights, x, lambda layer, mean, logvar: z[..., self.parts[layer]])
        return -0.5 * ((z - mean).square() * torch.exp(-logvar) + logvar + LOG_TWO_PI).sum(-1)

    def _draw(self, noise: Latents) -> Callable[[int, Tensor, Tensor], Tensor]:
        return lambda layer, mean, logvar: mean + torch.exp(0.5 * logvar) * noise[..., self.parts[layer]]

    def _infer(self, weights: Weights, x: Images, choose: Callable) -> tuple[Tensor, Latents, Latents, Latents]:
        return self._down(weights, self._told(weights, x), choose)

    def _told(self, weights: Weights, x: Images) -> list[Moments]:
        """The pass up: what the data say of z_1, ..., z_L."""
        told, h = [], x
        for layer in range(len(self.parts)):
            h = hidden_layers(weights, f"encoder.{layer}", h, self.settings.activation)
            told.append(linear(weights, f"encoder.{layer}.{self.settings.depth}", h).chunk(2, dim=-1))
        return told

    def _down(
        self, weights: Weights, told: list[Moments], choose: Callable[[int, Tensor, Tensor], Tensor]
    ) -> tuple[Tensor, Latents, Latents, Latents]:
        """The pass down: z_1, and mean and log-variance of u given x, and u itself, of all layers.

        Args:
            weights: of every member.
            told: what the data say of every layer.
            choose: from a layer, mean and log-variance to u there.
        """
        top = len(told) - 1
        mean, logvar = told[top]
        z = u = choose(top, mean, logvar)
        found = [(mean, logvar, u)]
        for layer in reversed(range(top)):
            prior = self._above(weights, layer, z)
            merged, merged_logvar = merge(told[layer], prior)
            mean, logvar = (merged - prior[0]) * torch.exp(-0.5 * prior[1]), merged_logvar - prior[1]
            u = choose(layer, mean, logvar)
            z = prior[0] + torch.exp(0.5 * prior[1]) * u
            found.append((mean, logvar, u))
        return z, *(torch.cat(side, dim=-1) for side in zip(*reversed(found), strict=True))

    def _above(self, weights: Weights, layer: int, z: Tensor) -> Moments:
        """Mean and log-variance of p(z_layer | z), z of the layer above."""
        return perceptron(weights, f"decoder.{layer + 1}", z, self.settings.activation).chunk(2, dim=-1)

    def _bottom(self, weights: Weights, u: Latents) -> Tensor:
        """z_1 of a code."""
        z = u[..., self.parts[-1]]
        for layer in reversed(range(len(self.parts) - 1)):
            mean, logvar = self._above(weights, layer, z)
            z = mean + torch.exp(0.5 * logvar) * u[..., self.parts[layer]]
        return z

    def _recon(self, weights: Weights, z: Tensor, x: Images) -> PerSample:
        h = hidden_layers(weights, "decoder.0", z, self.settings.activation)
        return output_nats(weights, f"decoder.0.{self.settings.depth}", h, x, self.settings.likelihood)
