"""The evidence lower bound: its terms, and the objective that weighs them (VAE and beta-VAE).

Reference: Kingma & Welling (2014), Auto-Encoding Variational Bayes; Higgins et al. (2017), beta-VAE.
"""

from collections.abc import Iterable
from typing import ClassVar

import torch
from torch import Tensor
from torch.nn import functional

from curvae.settings.objective import Elbo
from curvae.types import Coefficients, Images, Latents, PerLatent, PerSample, Weights


class Objective:
    """recon + beta KL: the evidence lower bound at beta = 1, the beta-VAE else.

    Args:
        settings: none but the kind.
        latent: number of latents.
        samples: size of the training set.
    """

    shapes: ClassVar[dict[str, tuple[int, ...]]] = {}
    noise: tuple[int, ...] = ()
    critic = None
    pairs = 0

    def __init__(self, settings: Elbo, latent: int, samples: int):
        self.settings = settings

    def losses(
        self, weights: Weights, terms: dict[str, Tensor], beta: Coefficients, time: Tensor, noise: Tensor | None
    ) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
        """The model's loss; the protocol of all objectives.

        Args:
            weights: of every member, the critic's among them.
            terms: ``recon`` [member, sample] and ``kl`` [member, sample, latent]; for all objectives but this one and
                `capacity` also ``mean``, ``logvar`` and ``z`` [member, sample, latent].
            beta: strength of each member, already annealed.
            time: epochs since the start, a single number of float64 on the device.
            noise: standard normal numbers [member, sample, *self.noise]; not read where `self.noise` is empty.

        Returns:
            ``model`` [member], with ``critic`` [member] where there is one; and further means [member] to record.
        """
        return {"model": elbo(terms, beta)}, {}


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
