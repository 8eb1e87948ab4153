"""InfoGAN: a generator whose codes can be told from what it draws.

Reference: Chen et al. (2016), InfoGAN, eq. 5 and 6; Sonderby et al. (2017) for noise on what the critic sees.
"""

from math import log, pi
from typing import Any

import torch
from torch import Tensor

from curvae.objectives.adversarial import Adversarial
from curvae.objectives.gan import cross_entropy
from curvae.types import Coefficients, Latents, Weights


class Objective(Adversarial):
    """min over G and Q, max over D of V(D, G) - beta L, with L = E log Q(c | G(c, z)) + H(c) in nats.

    L bounds the mutual information of codes and observations from below; H is ln 2 a code. Q is a Gaussian with a
    network of its own, moved with the generator. The generator's part of V is -E ln D. The critic sees data and
    generated samples with normal noise of deviation `instance_noise`; the generated ones have the noise of the data
    moved on by one sample.

    Args:
        settings: of the critic, and the noise.
        latent: width of an observation.
        samples: size of the training set.
    """

    def __init__(self, settings: Any, latent: int, samples: int):
        super().__init__(settings, latent, samples)
        self.noise = (latent,) if settings.instance_noise else ()

    def loss(
        self, player: str, weights: Weights, terms: dict[str, Tensor], beta: Coefficients, noise: Tensor | None
    ) -> tuple[Coefficients, dict[str, Tensor]]:
        """The loss of a player; see `Adversarial.loss`."""
        real, fake = terms["real"], terms["fake"]
        if noise is not None:
            scaled = self.settings.instance_noise * noise
            real, fake = real + scaled, fake + scaled.roll(1, dims=1)
        if player == "model":
            judged = self.judge(weights, fake, learns=False)
            adversary = cross_entropy(judged, torch.ones_like(judged)).mean(1)
            told = information(terms["codes"], terms["mean"], terms["logvar"])
            return adversary - beta * told, {"information": told}
        real, fake = (self.judge(weights, x, learns=True) for x in (real, fake))
        loss = 0.5 * (cross_entropy(real, torch.ones_like(real)) + cross_entropy(fake, torch.zeros_like(fake))).mean(1)
        right = 0.5 * ((real > 0).to(real.dtype) + (fake < 0).to(real.dtype)).mean(1)
        return loss, {"critic": loss, "accuracy": right}


def information(codes: Latents, mean: Latents, logvar: Latents) -> Coefficients:
    """E log N(c; mean, exp(logvar)) + H(c), summed over codes uniform in (-1, 1), in nats.

    Args:
        codes: [member, sample, code].
        mean: of Q(c | x), of the same shape.
        logvar: of the same.
    """
    nats = -0.5 * ((codes - mean).square() * (-logvar).exp() + logvar + log(2 * pi))
    return (nats + log(2)).sum(-1).mean(1)
