"""Approximate posteriors q(z | x) of a variational autoencoder, as functions of what its encoder puts out."""

import math

import torch
from torch import Tensor

from curvae.flows.autoregressive import InverseAutoregressive
from curvae.objectives import gaussian_kl
from curvae.settings.model import IAF, VAE
from curvae.settings.model import Point as PointSettings
from curvae.types import Latents, PerLatent, PerSample, Weights

LOG_TWO_PI = math.log(2 * math.pi)


class Diagonal:
    """q(z | x) = N(mean, diag exp(logvar)); the encoder puts out mean and logvar.

    Args:
        latent: number of latents.

    Attributes:
        outputs: numbers that it takes of the encoder.
        shapes: of one member's weights.
        width: numbers that its layers put out for a sample.
    """

    def __init__(self, latent: int):
        self.outputs, self.shapes, self.width = 2 * latent, {}, 0

    def draw(self, weights: Weights, given: Tensor, noise: Latents) -> tuple[Latents, PerLatent]:
        """z = mean + sigma noise, and log q(z | x) - log p(z) of each latent there.

        Args:
            weights: of every member.
            given: the encoder's output [member, sample, outputs].
            noise: standard normal numbers [member, sample, latent].
        """
        mean, logvar = given.chunk(2, dim=-1)
        z = mean + torch.exp(0.5 * logvar) * noise
        return z, 0.5 * (z.square() - noise.square() - logvar)

    def terms(self, weights: Weights, given: Tensor, noise: Latents) -> dict[str, Tensor]:
        """A draw ``z``, the ``kl`` of each latent in closed form, ``mean`` and ``logvar``."""
        mean, logvar = (part.contiguous() for part in given.chunk(2, dim=-1))  # else kernels take two at a time
        z = mean + torch.exp(0.5 * logvar) * noise
        return {"kl": gaussian_kl(mean, logvar), "mean": mean, "logvar": logvar, "z": z}

    def centre(self, weights: Weights, given: Tensor) -> Latents:
        """The mean."""
        return given.chunk(2, dim=-1)[0]

    def moments(self, weights: Weights, given: Tensor) -> tuple[Latents, Latents]:
        """Mean and log-variance."""
        return given.chunk(2, dim=-1)

    def log_density(self, weights: Weights, given: Tensor, z: Latents) -> PerSample:
        """log q(z | x) in nats."""
        mean, logvar = given.chunk(2, dim=-1)
        return -0.5 * ((z - mean).square() * torch.exp(-logvar) + logvar + LOG_TWO_PI).sum(-1)


class Point:
    """All of q(z | x) in one point, which the encoder puts out; there is no density and no KL.

    Args:
        latent: number of latents.
    """

    def __init__(self, latent: int):
        self.outputs, self.shapes, self.width = latent, {}, 0

    def terms(self, weights: Weights, given: Tensor, noise: Latents) -> dict[str, Tensor]:
        """The code ``z``, and a ``kl`` without latents."""
        return {"kl": given[..., :0], "z": given}

    def centre(self, weights: Weights, given: Tensor) -> Latents:
        """The code."""
        return given

    def moments(self, weights: Weights, given: Tensor) -> tuple[Latents, Latents]:
        """The code, and minus infinity, the log of no variance."""
        return given, torch.full_like(given, -math.inf)


class Autoregressive:
    """z_0 = mean + sigma eps, then an inverse autoregressive flow; the encoder puts out mean, logvar and context.

    log q(z | x) = sum_j (log N(eps_j) - log sigma_j - sum_t log g_tj).

    Args:
        settings: steps, widths of the nets, width of the context.
        latent: number of latents.
        activation: of the nets.

    Reference: Kingma et al. (2016), algorithm 1.
    """

    def __init__(self, settings: IAF, latent: int, activation: str):
        self.parts = [latent, latent, settings.context]
        self.outputs = sum(self.parts)
        self.flow = InverseAutoregressive(latent, settings.context, settings.steps, settings.hidden, activation)
        self.shapes, self.width = self.flow.shapes, self.flow.width
        self.draws = settings.draws(latent)

    def draw(self, weights: Weights, given: Tensor, noise: Latents) -> tuple[Latents, PerLatent]:
        """As `Diagonal.draw`; the parts by latent add up to log q(z | x) - log p(z), one alone is no density's."""
        mean, logvar, context = given.split(self.parts, dim=-1)
        z, logdet = self.flow.forward(weights, mean + torch.exp(0.5 * logvar) * noise, context)
        return z, 0.5 * (z.square() - noise.square() - logvar) - logdet

    def terms(self, weights: Weights, given: Tensor, noise: Latents) -> dict[str, Tensor]:
        """A draw ``z``, and ``kl``: log q(z | x) - log p(z) there, whose mean is the KL divergence."""
        z, ratio = self.draw(weights, given, noise)
        return {"kl": ratio, "z": z}

    def centre(self, weights: Weights, given: Tensor) -> Latents:
        """Where the flow takes the mean of z_0: the draw at noise 0."""
        mean, _, context = given.split(self.parts, dim=-1)
        return self.flow.forward(weights, mean, context)[0]

    def moments(self, weights: Weights, given: Tensor) -> tuple[Latents, Latents]:
        """The centre, and the log-variance of q(z | x) over fixed draws.

        The draws have mean 0 and covariance 1 exactly, so that both are exact where the flow is affine.
        """
        latent = self.parts[0]
        noise = normed(self.draws, latent).to(given)
        first = second = torch.zeros_like(given[..., :latent])
        for row in noise:
            z, _ = self.draw(weights, given, row.expand_as(first))
            first, second = first + z / len(noise), second + z.square() / len(noise)
        tiny = torch.finfo(given.dtype).eps
        return self.centre(weights, given), (second - first.square()).clamp(min=tiny).log()

    def log_density(self, weights: Weights, given: Tensor, z: Latents) -> PerSample:
        """log q(z | x) in nats, by the inverse of the flow."""
        mean, logvar, context = given.split(self.parts, dim=-1)
        start, logdet = self.flow.inverse(weights, z, context)
        eps = (start - mean) * torch.exp(-0.5 * logvar)
        return -(0.5 * (eps.square() + logvar + LOG_TWO_PI) + logdet).sum(-1)


def build_posterior(settings: VAE, activation: str) -> Diagonal | Point | Autoregressive:
    """The posterior of a model.

    Args:
        settings: of the model.
        activation: of the encoder.
    """
    match settings.posterior:
        case None:
            return Diagonal(settings.latent)
        case PointSettings():
            return Point(settings.latent)
        case flow:
            return Autoregressive(flow, settings.latent, activation)


def normed(draws: int, latent: int) -> Tensor:
    """Fixed normal numbers [draw, latent] in float64 in pairs +-e, scaled to the covariance 1."""
    half = torch.randn(draws // 2, latent, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    root = torch.linalg.cholesky(half.T @ half / len(half))
    half = torch.linalg.solve_triangular(root, half.T, upper=False).T
    return torch.cat([half, -half])
