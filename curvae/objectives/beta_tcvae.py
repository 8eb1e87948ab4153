"""beta-TCVAE: the KL divergence split into mutual information, total correlation and dimension-wise KL.

Reference: Chen et al. (2018), Isolating Sources of Disentanglement in VAEs, eq. 2 and 4; appendix C for the estimators.
"""

import math
from typing import ClassVar

import torch
from torch import Tensor

from curvae.settings.objective import BetaTCVAE
from curvae.types import Coefficients, Latents, PerSample, Weights


class Objective:
    """recon + alpha MI + beta TC + gamma DWKL.

    Since MI + TC + DWKL = KL, the loss is recon + KL + (alpha - 1) MI + (beta - 1) TC + (gamma - 1) DWKL with the KL
    in closed form: the same in expectation, with less noise, and the ELBO itself where all weights are 1.

    Args:
        settings: the other weights and the estimator.
        latent: number of latents.
        samples: size N of the training set.
    """

    shapes: ClassVar[dict[str, tuple[int, ...]]] = {}
    noise: tuple[int, ...] = ()
    critic = None

    def __init__(self, settings: BetaTCVAE, latent: int, samples: int):
        self.settings, self.samples, self.pairs = settings, samples, 3 * latent

    def losses(
        self, weights: Weights, terms: dict[str, Tensor], beta: Coefficients, time: Tensor, noise: Tensor | None
    ) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
        """The model's loss, and the three parts; see `curvae.objectives.elbo.Objective.losses`."""
        given = self.settings
        batch = terms["z"].shape[1]
        log_weights = log_mixture_weights(given.estimator, batch, self.samples, terms["z"].device).to(terms["z"])
        parts = decompose(terms["mean"], terms["logvar"], terms["z"], log_weights)
        mi, tc, dwkl = (parts[name].mean(1) for name in ("mi", "tc", "dwkl"))
        bound = terms["recon"].mean(1) + terms["kl"].sum(-1).mean(1)
        loss = bound + (given.alpha - 1) * mi + (beta - 1) * tc + (given.gamma - 1) * dwkl
        return {"model": loss}, {"mi": mi, "tc": tc, "dwkl": dwkl}


def decompose(mean: Latents, logvar: Latents, z: Latents, log_weights: Tensor) -> dict[str, PerSample]:
    """The three parts of log q(z | x) - log p(z) at z ~ q(z | x), in nats.

    mi = log q(z | x) - log q(z), tc = log q(z) - sum_j log q(z_j), dwkl = sum_j (log q(z_j) - log p(z_j)), where q(z_i)
    is estimated by the mixture sum_k W_ik q(z_i | x_k) over the batch, and so is each marginal q(z_ij).

    Args:
        mean: of q(z | x).
        logvar: of q(z | x).
        z: one draw a sample.
        log_weights: log W, [sample, sample].
    """
    zero = torch.zeros((), dtype=z.dtype, device=z.device)
    pairs = log_normal(z[:, :, None], mean[:, None], logvar[:, None])  # [member, i, k, latent]: log q(z_ij | x_k)
    conditional = log_normal(z, mean, logvar).sum(-1)
    # A weight enters the joint density once, and every marginal once.
    joint = torch.logsumexp(pairs.sum(-1) + log_weights, 2)
    marginals = torch.logsumexp(pairs + log_weights[:, :, None], 2)
    product = marginals.sum(-1)
    return {
        "mi": conditional - joint,
        "tc": joint - product,
        "dwkl": product - log_normal(z, zero, zero).sum(-1),
    }


def log_normal(z: Tensor, mean: Tensor, logvar: Tensor) -> Tensor:
    """log N(z; mean, exp(logvar)), element by element, in nats."""
    # The scale multiplies before the square: exp(-logvar) overflows twice as early.
    return -0.5 * (((z - mean) * torch.exp(-0.5 * logvar)).square() + logvar + math.log(2 * math.pi))


def log_mixture_weights(estimator: str, batch: int, samples: int, device: torch.device | str = "cpu") -> Tensor:
    """log W of an estimate sum_k W_ik q(z_i | x_k) of the aggregate posterior, [sample, sample] in float64.

    Args:
        estimator: ``weighted`` or ``stratified``.
        batch: samples B in the batch.
        samples: N in the data set; no fewer than B are taken.
        device: where they are made.
    """
    samples = max(samples, batch)
    if estimator == "weighted":
        return torch.full((batch, batch), -math.log(samples * batch), dtype=torch.float64, device=device)
    return stratified_weights(batch, samples, device).log()


def stratified_weights(batch: int, samples: int, device: torch.device | str = "cpu") -> Tensor:
    """Weights W of minibatch stratified sampling, whose rows sum to 1; [sample, sample] in float64.

    With M = B - 1, W_ii = 1 / N, W_ik = (N - M) / (N M) for the next sample k (of the last: the first), 1 / M for all
    others. Over the batches that hold x_i, sum_k W_ik q(z | x_k) has the mean q(z) = 1 / N sum_n q(z | x_n).

    Args:
        batch: samples B in the batch; one alone has the weight 1.
        samples: N >= B in the data set.
        device: where they are made.

    Reference: Chen et al. (2018), appendix C.
    """
    others = batch - 1
    if not others:
        return torch.ones(1, 1, dtype=torch.float64, device=device)
    weights = torch.full((batch, batch), 1 / others, dtype=torch.float64, device=device)
    weights.fill_diagonal_(1 / samples)
    for following in (1, -others):
        weights.diagonal(following).fill_((samples - others) / (samples * others))
    return weights
