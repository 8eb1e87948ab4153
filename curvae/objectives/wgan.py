"""Wasserstein generative adversarial network with clipped weights.

Reference: Arjovsky, Chintala & Bottou (2017), Wasserstein GAN, algorithm 1.
"""

from typing import Any

from torch import Tensor

from curvae.objectives.adversarial import Adversarial
from curvae.types import Coefficients, Weights


class Objective(Adversarial):
    """The critic maximises E D(real) - E D(fake), the model E D(fake); the critic's weights stay in [-clip, clip].

    The difference, recorded as ``wasserstein``, is the 1-Wasserstein distance times the best slope that clipped
    weights allow, which nobody knows: compare it with itself only.
    """

    noise: tuple[int, ...] = ()

    def __init__(self, settings: Any, latent: int, samples: int):
        super().__init__(settings, latent, samples)
        self.clip = settings.clip

    def loss(
        self, player: str, weights: Weights, terms: dict[str, Tensor], beta: Coefficients, noise: Tensor | None
    ) -> tuple[Coefficients, dict[str, Tensor]]:
        """The loss of a player; see `Adversarial.loss`."""
        if player == "model":
            return -self.judge(weights, terms["fake"], learns=False).mean(1), {}
        real, fake = (self.judge(weights, terms[name], learns=True).mean(1) for name in ("real", "fake"))
        return fake - real, {"wasserstein": real - fake}
