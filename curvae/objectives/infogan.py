"""InfoGAN: a generator whose codes can be told from what it draws.

Reference: Chen et al. (2016), InfoGAN, eq. 5 and 6; Sonderby et al. (2017) for noise on what the critic sees.
"""

from math import log, pi
from typing import Any

import torch
from torch import Tensor

from curvae.objectives import wgan_gp
from curvae.objectives.adversarial import Adversarial
from curvae.objectives.gan import cross_entropy
from curvae.types import Coefficients, Latents, Weights


class Objective(Adversarial):
    """min over G and Q, max over D of V(D, G) - beta L, with L = E log Q(c | G(c, z)) + H(c) in nats.

    L bounds the mutual information of codes and observations from below; H is ln 2 a code. Q is a Gaussian with a
    network of its own, moved with the generator. V is the cross-entropy, of which the generator's part is -E ln D; with
    a `penalty` it is the Wasserstein distance of `curvae.objectives.wgan_gp` with that penalty on the critic's slope.
    The critic sees data and generated samples with normal noise of deviation `instance_noise`; the generated ones have
    the noise of the data moved on by one sample.

    Args:
        settings: of the critic, the penalty and the noise.
        latent: width of an observation.
        samples: size of the training set.
    """

    def __init__(self, settings: Any, latent: int, samples: int):
        super().__init__(settings, latent, samples)
        self.game = wgan_gp.Objective(settings, latent, samples).loss if settings.penalty else self._cross_entropies
        width = latent * (settings.instance_noise > 0) + (settings.penalty > 0)
        self.noise = (width,) if width else ()

    def loss(
        self, player: str, weights: Weights, terms: dict[str, Tensor], beta: Coefficients, noise: Tensor | None
    ) -> tuple[Coefficients, dict[str, Tensor]]:
        """The loss of a player; see `Adversarial.loss`."""
        seen = {name: terms[name] for name in ("real", "fake")}
        if self.settings.instance_noise:
            scaled = self.settings.instance_noise * noise[..., : terms["real"].shape[-1]]
            seen = {"real": terms["real"] + scaled, "fake": terms["fake"] + scaled.roll(1, dims=1)}
        loss, parts = self.game(player, weights, seen, beta, None if noise is None else noise[..., -1:])
        if player == "critic":
            return loss, parts
        told = information(terms["codes"], terms["mean"], terms["logvar"])
        return loss - beta * told, {**parts, "information": told}

    def _cross_entropies(
        self, player: str, weights: Weights, seen: dict[str, Tensor], beta: Coefficients, noise: Tensor | None
    ) -> tuple[Coefficients, dict[str, Tensor]]:
        """-E ln D of the generator; the mean of -E ln D(real) and -E ln(1 - D(fake)) of the critic."""
        if player == "model":
            judged = self.judge(weights, seen["fake"], learns=False)
            return cross_entropy(judged, torch.ones_like(judged)).mean(1), {}
        real, fake = (self.judge(weights, x, learns=True) for x in seen.values())
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
