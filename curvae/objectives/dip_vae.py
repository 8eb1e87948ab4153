"""DIP-VAE: the covariance of the latents is drawn to the identity.

Reference: Kumar et al. (2018), Variational Inference of Disentangled Latent Concepts from Unlabeled
Observations.
"""

from typing import ClassVar

import torch
from jaxtyping import Float
from torch import Tensor

from curvae.objectives.elbo import elbo
from curvae.settings.objective import DIPVAE
from curvae.types import Coefficients, Latents, Weights

RATIO = {"I": 10.0, "II": 1.0}


class Objective:
    """recon + KL + beta (sum_{i != j} C_ij^2 + ratio sum_i (C_ii - 1)^2); the paper's lambda_od is beta.

    C is the covariance of the posterior means (I) or of the codes (II).

    Args:
        settings: variant and ratio lambda_d / lambda_od.
        latent: number of latents.
        samples: size of the training set.
    """

    shapes: ClassVar[dict[str, tuple[int, ...]]] = {}
    noise: tuple[int, ...] = ()
    critic = None
    pairs = 0

    def __init__(self, settings: DIPVAE, latent: int, samples: int):
        self.settings = settings
        self.ratio = RATIO[settings.variant] if settings.ratio is None else settings.ratio

    def losses(
        self, weights: Weights, terms: dict[str, Tensor], beta: Coefficients, time: Tensor, noise: Tensor | None
    ) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
        """The model's loss, and both distances; see `curvae.objectives.elbo.Objective.losses`."""
        c = covariance(terms["mean"])
        if self.settings.variant == "II":
            c = c + torch.diag_embed(terms["logvar"].exp().mean(1))
        off_diagonal, diagonal = distances(c)
        model = elbo(terms, torch.ones_like(beta)) + beta * (off_diagonal + self.ratio * diagonal)
        return {"model": model}, {"off_diagonal": off_diagonal, "diagonal": diagonal}


def covariance(mean: Latents) -> Float[Tensor, "member latent latent"]:
    """E[m m'] - E[m] E[m]' over the batch (divided by its size)."""
    centred = mean - mean.mean(1, keepdim=True)
    return centred.mT @ centred / mean.shape[1]


def distances(c: Float[Tensor, "member latent latent"]) -> tuple[Coefficients, Coefficients]:
    """sum_{i != j} C_ij^2 and sum_i (C_ii - 1)^2."""
    variances = c.diagonal(dim1=1, dim2=2)
    return (c - torch.diag_embed(variances)).square().sum((1, 2)), (variances - 1).square().sum(1)
