"""The steps of the beta-VAE metric on real codes, for a drawing of how it works."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import binomtest

from curvae.scores.higgins import HigginsSettings, differences, higgins
from curvae.scores.levels import halves
from curvae.scores.result import stream


@dataclass(frozen=True)
class Steps:
    """One example of each step, and what comes out.

    Attributes:
        factors: names of the k factors.
        pairs: two samples that agree in the factor, [k, 2].
        differences: mean over points with this factor held of |z1 - z2|, over the mean of all points, [k, d]; NaN for
            a latent that is constant.
        low: 5 % quantile over the points.
        high: 95 % quantile.
        accuracies: share of held-out points whose factor is told right, [k].
        accuracies_low: Wilson's 95 % interval.
        accuracies_high: the same.
        value: the metric.
        batch: pairs a point.
    """

    factors: tuple[str, ...]
    pairs: NDArray[np.int64]
    differences: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    accuracies: NDArray[np.float64]
    accuracies_low: NDArray[np.float64]
    accuracies_high: NDArray[np.float64]
    value: float
    batch: int


def higgins_steps(
    codes: ArrayLike,
    factors: ArrayLike,
    *,
    seed: int = 0,
    factor_names: Sequence[str] | None = None,
    train: int = 10_000,
    test: int = 5_000,
    batch: int = 64,
) -> Steps:
    """The beta-VAE metric taken apart: pairs that share a factor, their differences, the classifier's answers.

    The value is that of `higgins` with the same arguments; pairs and differences are of its held-out half.

    Args:
        codes: [n, d] array or CPU tensor.
        factors: [n, k].
        seed: of the metric.
        factor_names: k names.
        train: points that the classifier learns from.
        test: points that it is scored on.
        batch: pairs a point.

    Raises:
        NotApplicable: fewer than two factors vary and have pairs.
        ValueError: codes, factors or settings that are not allowed.
    """
    given = {"train": train, "test": test, "batch": batch, "bootstrap": 0, "permutations": 0}
    score = higgins(codes, factors, seed=seed, factor_names=factor_names, **given)
    chosen = HigginsSettings(**given)
    bins = {"max_levels": chosen.max_levels, "factor_bins": chosen.factor_bins}
    sample, _, unseen = halves("higgins", codes, factors, factor_names, **bins, rng=stream(seed, "sample"))
    rng = stream(seed, "value")
    pairs = []
    for group in unseen:
        first = rng.integers(len(group.order))
        begin, many = group.start[first], group.size[first]
        second = begin + (first - begin + rng.integers(1, many)) % many
        pairs.append((group.order[first], group.order[second]))
    points, held = differences(sample.codes, unseen, test, batch, rng)
    usual = points.mean(axis=0)
    points = np.divide(points, usual, out=np.full_like(points, np.nan), where=usual > 0)
    own = [points[held == factor] for factor in range(len(unseen))]
    accuracies, shown = score.details["accuracies"], np.bincount(held, minlength=len(unseen))
    intervals = [
        binomtest(round(share * many), many).proportion_ci(method="wilson")
        for share, many in zip(accuracies, shown.tolist(), strict=True)
    ]
    return Steps(
        factors=sample.names,
        pairs=np.array(pairs),
        differences=np.stack([part.mean(axis=0) for part in own]),
        low=np.stack([np.quantile(part, 0.05, axis=0) for part in own]),
        high=np.stack([np.quantile(part, 0.95, axis=0) for part in own]),
        accuracies=accuracies,
        accuracies_low=np.array([interval.low for interval in intervals]),
        accuracies_high=np.array([interval.high for interval in intervals]),
        value=score.value,
        batch=batch,
    )
