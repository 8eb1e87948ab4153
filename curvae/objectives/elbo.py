"""Terms of the evidence lower bound and the objective that weighs them."""

from collections.abc import Iterable
from typing import Any, ClassVar

import torch
from torch import Tensor
from torch.nn import functional

from curvae.settings.objective import Elbo
from curvae.types import Coefficients, Images, Latents, PerLatent, PerSample, Weights


def bernoulli_nats(logits: Images, x: Images) -> PerSample:
    """Negative log-likelihood of a Bernoulli, summed over features.

    -log p(x | z) = sum_i softplus(a_i) - x_i a_i with logits a; the cross-entropy for x in [0, 1].

    Args:
        logits: [member, sample, feature].
        x: targets in [0, 1] of the same shape.
    """
    return functional.binary_cross_entropy_with_logits(logits, x, reduction="none").sum(-1)


def squared_error(output: Images, x: Images) -> PerSample:
    """||x - output||^2, summed over features.

    Up to a constant the negative log-likelihood, in nats, of a Gaussian of variance 1/2.
    """
    return (output - x).square().sum(-1)


def gaussian_kl(mean: Latents, logvar: Latents) -> PerLatent:
    """KL(N(mean, exp(logvar)) || N(0, 1)) of each latent, in nats.

    KL = (mean^2 + exp(logvar) - 1 - logvar) / 2.

    Reference: Kingma & Welling (2014), appendix B.
    """
    return 0.5 * (mean.square() + logvar.exp() - 1 - logvar)


def elbo(terms: dict[str, Tensor], beta: Coefficients) -> Coefficients:
    """The loss of each member without its penalty: mean over samples of recon + beta KL.

    Summed, not averaged, over features and latents.

    Args:
        terms: ``recon`` [member, sample] and ``kl`` [member, sample, latent] (no latent: no KL).
        beta: weight of the KL divergence, per member.

    Reference: Higgins et al. (2017), eq. 4.
    """
    return terms["recon"].mean(1) + beta * terms["kl"].sum(-1).mean(1)


def squared_weights(weights: Weights) -> Coefficients:
    """||W||^2, the sum of squares over the weight matrices of each member; biases do not count.

    The penalty of a member is lam ||W||^2; lam is not divided by the batch size.
    """
    return sum(torch.linalg.vector_norm(weights[name].flatten(1), dim=1).square() for name in weight_matrices(weights))


def weight_matrices(names: Iterable[str]) -> list[str]:
    """Those names of weights that the penalty counts."""
    return [name for name in names if name.endswith("weight")]


class Objective:
    """recon + beta KL: the evidence lower bound at beta = 1, the beta-VAE else.

    Args:
        settings: none.
        latent: number of latents.
        samples: size of the training set.
    """

    shapes: ClassVar[dict[str, tuple[int, ...]]] = {}
    noise: tuple[int, ...] = ()
    critic = None

    def __init__(self, settings: Elbo, latent: int, samples: int):
        self.settings = settings

    def losses(
        self, weights: Weights, terms: dict[str, Tensor], beta: Coefficients, time: float, noise: Any
    ) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
        """The loss of each member; no further means."""
        return {"model": elbo(terms, beta)}, {}
