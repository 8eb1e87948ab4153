"""InfoVAE: the aggregate posterior is drawn to the prior, whatever the weight of the KL divergence.

Reference: Zhao et al. (2019), InfoVAE: Balancing Learning and Inference in Variational Autoencoders.
"""

from typing import ClassVar

from torch import Tensor

from curvae.objectives.elbo import elbo
from curvae.objectives.mmd import mmd
from curvae.settings.objective import InfoVAE
from curvae.types import Coefficients, Weights


class Objective:
    """recon + (1 - alpha) KL + (alpha + beta - 1) MMD(q(z), p(z)); the paper's lambda is beta.

    The mutual information of x and z has the weight -alpha. With alpha = 1 it is MMD-VAE.

    Args:
        settings: alpha and the kernel.
        latent: number of latents.
        samples: size of the training set.
    """

    shapes: ClassVar[dict[str, tuple[int, ...]]] = {}
    critic = None
    pairs = 3

    def __init__(self, settings: InfoVAE, latent: int, samples: int):
        self.settings, self.noise = settings, (latent,)

    def losses(
        self, weights: Weights, terms: dict[str, Tensor], beta: Coefficients, time: Tensor, noise: Tensor | None
    ) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
        """The model's loss, and the discrepancy; see `curvae.objectives.elbo.Objective.losses`."""
        given = self.settings
        discrepancy = mmd(terms["z"], noise, given.kernel, given.scales)
        bound = elbo(terms, beta.new_full(beta.shape, 1 - given.alpha))
        return {"model": bound + (given.alpha + beta - 1) * discrepancy}, {"mmd": discrepancy}
