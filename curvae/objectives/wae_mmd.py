"""Wasserstein autoencoder with the maximum mean discrepancy.

Reference: Tolstikhin et al. (2018), Wasserstein Auto-Encoders, algorithm 2.
"""

from typing import ClassVar

from torch import Tensor

from curvae.objectives.mmd import mmd
from curvae.settings.objective import WAEMMD
from curvae.types import Coefficients, Weights


class Objective:
    """recon + beta MMD(q(z), p(z)) with a sum of inverse multiquadratic kernels; the paper's lambda is beta.

    The codes may be draws of q(z | x): nothing but recon asks for a small variance.

    Args:
        settings: scales of the kernels.
        latent: number of latents.
        samples: size of the training set.
    """

    shapes: ClassVar[dict[str, tuple[int, ...]]] = {}
    critic = None
    pairs = 3

    def __init__(self, settings: WAEMMD, latent: int, samples: int):
        self.settings, self.noise = settings, (latent,)

    def losses(
        self, weights: Weights, terms: dict[str, Tensor], beta: Coefficients, time: Tensor, noise: Tensor | None
    ) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
        """The model's loss, and the discrepancy; see `curvae.objectives.elbo.Objective.losses`."""
        discrepancy = mmd(terms["z"], noise, "imq", self.settings.scales)
        return {"model": terms["recon"].mean(1) + beta * discrepancy}, {"mmd": discrepancy}
