"""DC-IGN: batches that vary one factor teach one latent to hold it.

Reference: Kulkarni, Whitney, Kohli & Tenenbaum (2015), Deep Convolutional Inverse Graphics Network, section 3.1.
"""

from typing import ClassVar

import torch
from jaxtyping import Bool, Int
from torch import Tensor
from torch.autograd.function import once_differentiable

from curvae.objectives.elbo import elbo
from curvae.settings.objective import DCIGN
from curvae.types import Coefficients, Latents, Weights

Numbers = Int[Tensor, "member sample"]

SHARE = 0.01  # of (z - mean), in the place of a clamped latent's gradient


class Objective:
    """recon + beta KL of codes in which only the latents of the factor that varies may differ.

    Latent j belongs to factor j of the settings, all further latents to the factors that are not named there.

    Args:
        settings: names of the factors.
        latent: number of latents.
        samples: size of the training set.
    """

    shapes: ClassVar[dict[str, tuple[int, ...]]] = {}
    noise: tuple[int, ...] = ()
    critic = None
    pairs = 1

    def __init__(self, settings: DCIGN, latent: int, samples: int):
        self.settings = settings

    def losses(
        self, weights: Weights, terms: dict[str, Tensor], beta: Coefficients, time: Tensor, noise: Tensor | None
    ) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
        """The model's loss; see `curvae.objectives.elbo.Objective.losses`."""
        return {"model": elbo(terms, beta)}, {}

    def bottleneck(self, z: Latents, lines: Numbers, kinds: Numbers) -> Latents:
        """What the decoder sees: the codes with every inactive latent clamped.

        Args:
            z: codes.
            lines: samples of one number differ in the factor of their kind alone.
            kinds: which factor that is; the number of named factors for all others together.
        """
        together = lines[:, :, None] == lines[:, None]
        owners = torch.arange(z.shape[-1], device=z.device).clamp(max=len(self.settings.factors))
        active = owners == kinds[:, :, None]
        return clamped(z, together, active)


def clamped(
    z: Latents, together: Bool[Tensor, "member sample other"], active: Bool[Tensor, "member sample latent"]
) -> Latents:
    """Active latents as they are, the others at their mean over the samples of a line.

    Backward, the gradient of a clamped latent is replaced by (z - mean) / 100, as if the loss of its sample held
    (z - mean)^2 / 200; the loss is a mean over samples, so each has the share 1 / samples of it. Active latents keep
    theirs.

    Args:
        z: codes.
        together: which samples lie on one line.
        active: which latents are not clamped.
    """
    return _Clamp.apply(z, together, active)


class _Clamp(torch.autograd.Function):
    @staticmethod
    def forward(ctx, z, together, active):
        weights = together.to(z)
        mean = weights @ z / weights.sum(2, keepdim=True)
        ctx.save_for_backward(z - mean, active)
        return torch.where(active, z, mean)

    @staticmethod
    @once_differentiable
    def backward(ctx, gradient):
        away, active = ctx.saved_tensors
        return torch.where(active, gradient, SHARE / away.shape[1] * away), None, None
