"""Samples sorted by the level of a factor, to draw some that agree in it."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from curvae.scores.result import NotApplicable
from curvae.scores.sample import Sample, outliers, prepare


@dataclass(frozen=True)
class Groups:
    """Samples sorted by the level of one factor.

    Attributes:
        order: [m] samples, those of one level side by side; levels with one sample are left out.
        start: [m] where in `order` the level of each begins.
        size: [m] samples of that level, 2 or more.
    """

    order: NDArray[np.int64]
    start: NDArray[np.int64]
    size: NDArray[np.int64]


def by_level(labels: NDArray, rows: NDArray) -> list[Groups]:
    """Sort samples by the level of each factor.

    Args:
        labels: [n, k] levels 0, 1, ...
        rows: [m] the samples to sort.

    Returns:
        One `Groups` a factor, with indices into the n samples.
    """
    found = []
    for column in labels[rows].T:
        counts = np.bincount(column)
        order = np.argsort(column, kind="stable")
        order = order[counts[column[order]] > 1]
        shared = np.where(counts > 1, counts, 0)
        level = column[order]
        found.append(Groups(rows[order], (np.cumsum(shared) - shared)[level], shared[level]))
    return found


def halves(
    metric: str,
    codes: ArrayLike,
    factors: ArrayLike,
    factor_names: Sequence[str] | None,
    *,
    max_levels: int,
    factor_bins: int,
    rng: np.random.Generator,
) -> tuple[Sample, list[Groups], list[Groups]]:
    """Two random halves of the samples, each sorted by level: one to learn from, one to be scored on.

    Args:
        metric: name of the metric, for messages.
        codes: see `prepare`, as the next four.
        factors: of them those without two samples of one level in each half are left out.
        factor_names: k names or None.
        max_levels: a factor with more distinct values is continuous.
        factor_bins: quantile bins of a continuous factor.
        rng: draws the halves.

    Returns:
        The sample, and for each half one `Groups` a factor.

    Raises:
        NotApplicable: fewer than two factors are left.
        ValueError: codes or factors that are not allowed.
    """
    sample = prepare(codes, factors, factor_names, max_levels=max_levels, factor_bins=factor_bins, rng=rng)
    rows = rng.permutation(len(sample.codes))
    sorted_halves = [by_level(sample.labels, half) for half in np.array_split(rows, 2)]
    usable = [k for k in range(len(sample.names)) if all(len(half[k].order) for half in sorted_halves)]
    if len(usable) < 2:
        raise NotApplicable(f"{metric}: factors with pairs to draw from = {len(usable)}: allowed: 2 or more")
    train, test = ([half[k] for k in usable] for half in sorted_halves)
    return sample.keep(usable, _doubts(sample, usable, sorted_halves)), train, test


def _doubts(sample: Sample, usable: list[int], halves: list[list[Groups]]) -> list[str]:
    said = []
    for k, name in enumerate(sample.names):
        alone = len(sample.codes) - sum(len(half[k].order) for half in halves)
        if k not in usable:
            said.append(f"too few samples: factor {name!r} has no pairs in one half and was excluded")
        elif alone:
            said.append(f"too few samples: {alone} of {len(sample.codes)} share factor {name!r} with no other")
    for latent, share in outliers(sample.codes).items():
        said.append(f"latent {latent}: an outlier; 99 % of the samples span {share:.2g} of the range")
    return said
