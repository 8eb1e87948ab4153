"""Controlled capacity: the KL divergence is held at a target that grows.

Reference: Burgess et al. (2018), Understanding disentangling in beta-VAE, section 5.
"""

from typing import ClassVar

from torch import Tensor

from curvae.settings.objective import Capacity
from curvae.types import Coefficients, Weights


class Objective:
    """recon + beta |KL - C(time)|; the paper's gamma is beta.

    Args:
        settings: the target at the end and the epochs until then.
        latent: number of latents.
        samples: size of the training set.
    """

    shapes: ClassVar[dict[str, tuple[int, ...]]] = {}
    noise: tuple[int, ...] = ()
    critic = None
    pairs = 0

    def __init__(self, settings: Capacity, latent: int, samples: int):
        self.settings = settings

    def losses(
        self, weights: Weights, terms: dict[str, Tensor], beta: Coefficients, time: Tensor, noise: Tensor | None
    ) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
        """The model's loss, and the target; see `curvae.objectives.elbo.Objective.losses`."""
        target = capacity(time, self.settings.capacity, self.settings.capacity_epochs)
        return {"model": held_at(terms, beta, target)}, {"capacity": target.to(beta.dtype).expand(beta.shape)}


def capacity(time: Tensor, last: float, epochs: float) -> Tensor:
    """The target C = last min(1, time / epochs), in nats.

    Args:
        time: epochs since the start, in float64.
        last: the target at the end [nats].
        epochs: until then.
    """
    return last * (time / epochs).clamp(max=1)


def held_at(terms: dict[str, Tensor], beta: Coefficients, target: float | Tensor) -> Coefficients:
    """Mean over samples of recon, plus beta |KL - target| of the mean KL.

    Args:
        terms: ``recon`` [member, sample] and ``kl`` [member, sample, latent].
        beta: weight of the distance, per member.
        target: [nats].
    """
    return terms["recon"].mean(1) + beta * (terms["kl"].sum(-1).mean(1) - target).abs()
