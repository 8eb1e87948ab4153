"""Samples to learn from and samples to be scored on."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from curvae.scores.result import NotApplicable
from curvae.scores.sample import Sample, prepare


def split(
    metric: str,
    codes: ArrayLike,
    factors: ArrayLike,
    factor_names: Sequence[str] | None,
    *,
    train: int,
    test: int,
    max_levels: int,
    factor_bins: int,
    rng: np.random.Generator,
) -> tuple[Sample, NDArray[np.int64], NDArray[np.int64]]:
    """Draw train + test samples and part them; with fewer at hand both parts shrink alike.

    Args:
        metric: name of the metric, for messages.
        codes: see `prepare`, as the next two.
        factors: of them those without two levels common to both parts are left out.
        factor_names: k names or None.
        train: samples to learn from.
        test: samples to be scored on.
        max_levels: a factor with more distinct values is continuous.
        factor_bins: quantile bins of a continuous factor.
        rng: draws samples and parts.

    Returns:
        The sample, and the rows of its two parts.

    Raises:
        NotApplicable: no factor is left.
        ValueError: codes or factors that are not allowed.
    """
    sample = prepare(
        codes,
        factors,
        factor_names,
        max_levels=max_levels,
        factor_bins=factor_bins,
        points=train + test,
        rng=rng,
    )
    rows = rng.permutation(len(sample.codes))
    cut = round(len(rows) * train / (train + test))
    learnt, unseen = rows[:cut], rows[cut:]
    usable = [k for k, labels in enumerate(sample.labels.T) if len(np.intersect1d(labels[learnt], labels[unseen])) > 1]
    if not usable:
        raise NotApplicable(
            f"{metric}: no factor varies both in {cut} samples to learn from and in {len(unseen)} others"
        )
    said = [
        f"too few samples: factor {name!r} has no two levels common to both parts and was excluded"
        for k, name in enumerate(sample.names)
        if k not in usable
    ]
    return sample.keep(usable, said), learnt, unseen


def resampled(n: int, rng: np.random.Generator, times: int) -> NDArray[np.float64]:
    """How often each of n samples is drawn in n draws with replacement, [times, n]."""
    return np.stack([np.bincount(rng.integers(n, size=n), minlength=n) for _ in range(times)]).astype(np.float64)
