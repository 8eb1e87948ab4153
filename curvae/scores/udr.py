"""Unsupervised disentanglement ranking."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import rankdata
from sklearn.linear_model import Lasso

from curvae.scores.discretise import standardise
from curvae.scores.presets import check_whole
from curvae.scores.result import stream
from curvae.scores.sample import living
from curvae.scores.unsupervised import NO_FACTORS

SIMILARITIES = ("spearman", "lasso")
PENALTY = 0.1  # of the lasso, for codes of variance 1


@dataclass(frozen=True)
class Ranking:
    """How well m members of a sweep agree on their latents: a `Score` of each, as arrays.

    Attributes:
        value: [m] median over the other members of the pairs, in [0, 1].
        interval: [m, 2] 95 % percentile bootstrap over a member's pairs (low, high); NaN with bootstrap = 0 and for
            two members, who have one pair.
        floor: NaN; ``details["floor_and_ceiling"]`` says why.
        ceiling: NaN.
        warnings: for each member, what casts doubt on its value.
        details: ``pairs`` [m, m], agreement of member i (row) with member j (column), NaN on the diagonal; with
            "lasso" the latents of j are predicted from those of i. ``informative``, for each member [d] whether a
            latent took part.
    """

    value: NDArray[np.float64]
    interval: NDArray[np.float64]
    floor: float
    ceiling: float
    warnings: tuple[tuple[str, ...], ...]
    details: dict[str, Any]


def udr(
    codes: Sequence[ArrayLike],
    kl: Sequence[ArrayLike] | None = None,
    *,
    similarity: str = "spearman",
    threshold: float = 0.01,
    seed: int = 0,
    bootstrap: int = 200,
) -> Ranking:
    """Unsupervised disentanglement ranking: do members that differ by seed alone find the same latents?

    R_ab is the similarity of latent a of one member and b of another: the absolute rank correlation
    ("spearman"), or the absolute weight of a in a lasso that predicts b from all informative latents, all
    standardised ("lasso"). With r_a = max_b R_ab and r_b = max_a R_ab,

        UDR_ij = 1 / (d_i + d_j) [ sum_a r_a^2 / sum_b R_ab + sum_b r_b^2 / sum_a R_ab ],

    over the d_i and d_j informative latents, those with a mean KL above the threshold. A member's score is the
    median of its pairs. Members that are permutations and reflections of one code score 1 ("lasso": 1 - 0.1,
    for its penalty shrinks the weights), members that mix the latents differently less; a member without an
    informative latent scores 0. Agreement is evidence for disentanglement only among members whose seeds, and
    nothing else, differ: identical networks agree whatever they have learnt.

    disentanglement_lib averages the two sums' means instead, which is the same if d_i = d_j.

    Args:
        codes: m arrays or CPU tensors [n, d_i] of the same n samples, two members or more.
        kl: m arrays [d_i], mean KL of each latent to the prior in nats (see `latent_kl`); None counts every
            latent that is not constant as informative.
        similarity: "spearman" or "lasso".
        threshold: nats above which a latent is informative.
        seed: of the bootstrap.
        bootstrap: resamples of the intervals, a member's pairs drawn with replacement; 0 for none.

    Raises:
        ValueError: fewer than two members, numbers of samples that differ, a kl of another shape or that is
            negative or not finite, an unknown similarity, or codes that are not allowed.

    Reference: Duan et al. 2020, Unsupervised Model Selection for Variational Disentangled Representation
    Learning, section 4.
    """
    if similarity not in SIMILARITIES:
        raise ValueError(f"similarity = {similarity!r}: allowed: {', '.join(map(repr, SIMILARITIES))}")
    if not 0 <= threshold < np.inf:
        raise ValueError(f"threshold = {threshold!r}: allowed: numbers from 0")
    if len(codes) < 2:
        raise ValueError(f"codes: {len(codes)} members: allowed: 2 or more")
    check_whole("bootstrap", bootstrap, 0)
    checked = [living(member, name=f"codes[{i}]") for i, member in enumerate(codes)]
    for i, (values, *_) in enumerate(checked):
        if len(values) != len(checked[0][0]):
            raise ValueError(
                f"codes[{i}] have {len(values)} samples, codes[0] {len(checked[0][0])}: allowed: the same number"
            )
    informative = [~dead for _, dead, _ in checked]
    if kl is not None:
        informative = [mask & nats for mask, nats in zip(informative, _above(kl, informative, threshold), strict=True)]
    values = [standardise(member)[:, mask] for (member, *_), mask in zip(checked, informative, strict=True)]
    if similarity == "spearman":
        values = [standardise(rankdata(member, axis=0)) for member in values]
    compare = _spearman if similarity == "spearman" else _lasso
    pairs = np.full((len(values), len(values)), np.nan)
    for i, first in enumerate(values):
        for j, second in enumerate(values):
            if i != j:
                pairs[i, j] = agreement(compare(first, second)) if first.size and second.size else 0.0
    few = ("no interval: two members have one pair",) if len(codes) == 2 else ()
    said = [_absent(dead, mask, threshold) for (_, dead, _), mask in zip(checked, informative, strict=True)]
    return Ranking(
        value=np.nanmedian(pairs, axis=0),
        interval=_intervals(pairs, stream(seed, "bootstrap"), bootstrap),
        floor=float("nan"),
        ceiling=float("nan"),
        warnings=tuple((*absent, *few) for absent in said),
        details={"pairs": pairs, "informative": tuple(informative), "floor_and_ceiling": NO_FACTORS},
    )


def latent_kl(mean: ArrayLike, log_variance: ArrayLike, prior_variance: float = 1.0) -> NDArray[np.float64]:
    """[d] mean over samples of KL(N(mu, s) || N(0, v)) = ((mu^2 + s) / v - 1 - ln(s / v)) / 2, s = sigma^2, in nats.

    Args:
        mean: [n, d] mu.
        log_variance: [n, d] ln sigma^2.
        prior_variance: v.

    Raises:
        ValueError: shapes that differ.
    """
    mu, logs = np.asarray(mean, dtype=np.float64), np.asarray(log_variance, dtype=np.float64)
    if mu.shape != logs.shape or mu.ndim != 2:
        raise ValueError(f"mean: shape {mu.shape}, log_variance: shape {logs.shape}: allowed: the same (samples, d)")
    logs = logs - np.log(prior_variance)
    return ((mu**2 / prior_variance + np.exp(logs) - 1 - logs) / 2).mean(axis=0)


def agreement(similarity: NDArray) -> float:
    """UDR_ij of a matrix of similarities [d_i, d_j] from 0; a latent similar to none adds 0."""
    total = 0.0
    for axis in (0, 1):
        whole = similarity.sum(axis=axis)
        best = similarity.max(axis=axis) ** 2
        total += np.divide(best, whole, out=np.zeros_like(whole), where=whole > 0).sum()
    return float(total / sum(similarity.shape))


def _spearman(first: NDArray, second: NDArray) -> NDArray:
    """[d_i, d_j] absolute correlations of standardised ranks."""
    return np.minimum(np.abs(first.T @ second) / len(first), 1.0)


def _lasso(first: NDArray, second: NDArray) -> NDArray:
    """[d_i, d_j] absolute weights of the latents of `first` in the prediction of `second`."""
    weights = Lasso(alpha=PENALTY).fit(first, second).coef_
    return np.abs(weights).reshape(second.shape[1], first.shape[1]).T


def _absent(dead: NDArray, informative: NDArray, threshold: float) -> tuple[str, ...]:
    """Which latents of a member took no part, and why."""
    constant = [f"dead dimension: latent {j} is constant" for j in np.flatnonzero(dead)]
    faint = np.flatnonzero(~dead & ~informative)
    return (*constant, *(f"latent {j} is dead: its KL is not above {threshold:g} nats" for j in faint))


def _intervals(pairs: NDArray, rng: np.random.Generator, times: int) -> NDArray[np.float64]:
    """[m, 2] percentiles of the median of each member's pairs [m, m], drawn with replacement."""
    m = len(pairs)
    if m < 3 or times == 0:
        return np.full((m, 2), np.nan)
    others = pairs.T[~np.eye(m, dtype=bool)].reshape(m, m - 1)
    medians = np.median(others[:, rng.integers(m - 1, size=(times, m - 1))], axis=-1)  # [m, times]
    return np.quantile(medians, [0.025, 0.975], axis=1).T


def _above(kl: Sequence[ArrayLike], masks: Sequence[NDArray], threshold: float) -> list[NDArray[np.bool_]]:
    """Which latents have a KL above the threshold, checked."""
    if len(kl) != len(masks):
        raise ValueError(f"kl: {len(kl)} members: allowed: {len(masks)}, as of the codes")
    nats = [np.asarray(member, dtype=np.float64) for member in kl]
    for i, (member, mask) in enumerate(zip(nats, masks, strict=True)):
        if member.shape != mask.shape:
            raise ValueError(f"kl[{i}]: shape {member.shape}: allowed: {mask.shape}, one a latent")
        if not (np.isfinite(member) & (member >= 0)).all():
            raise ValueError(f"kl[{i}] = {member}: allowed: finite numbers from 0")
    return [member > threshold for member in nats]
