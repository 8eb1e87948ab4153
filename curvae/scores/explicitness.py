"""Explicitness."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import rankdata
from sklearn.linear_model import LogisticRegression

from curvae.scores.discretise import standardise
from curvae.scores.heldout import resampled, split
from curvae.scores.presets import choice, count, settle
from curvae.scores.result import Estimate, Score, assess, stream


@dataclass(frozen=True)
class ExplicitnessSettings:
    """Settings of `explicitness`.

    Attributes:
        train: samples that the classifiers learn from.
        test: samples that they are scored on.
        rescale: map the area under the curve from [0.5, 1] to [0, 1].
        max_levels: a factor with more distinct values is continuous.
        factor_bins: quantile bins of a continuous factor.
        bootstrap: resamples of the interval.
        permutations: permutations of the floor.
    """

    train: int = count(10_000, 1)
    test: int = count(5_000, 1)
    rescale: bool = choice(True, False)
    max_levels: int = count(50, 2)
    factor_bins: int = count(20, 2)
    bootstrap: int = count(200, 0)
    permutations: int = count(5, 0)


PRESETS = {"default": ExplicitnessSettings(), "dlib": ExplicitnessSettings(rescale=False)}


def explicitness(
    codes: ArrayLike,
    factors: ArrayLike,
    *,
    seed: int = 0,
    preset: str = "default",
    factor_names: Sequence[str] | None = None,
    **settings: Any,
) -> Score:
    """Explicitness: can a linear classifier read each level of each factor off all latents?

    For every level of a factor a logistic regression (penalty ||w||^2 / 2) learns that level against the rest
    from the standardised codes. A_vc is the area under its ROC curve on held-out samples, the chance that a
    sample of level c has a higher score than one of another level. The value is the mean of A over the
    levels of a factor, then over factors.

    A high value says that the information is there and easy to read, not that it is disentangled. The
    interval resamples the held-out samples and keeps the classifiers, to first order: each sample changes A
    by its own influence (DeLong's components).

    Presets: "dlib" gives the mean area, 0.5 at chance. "default" maps it to 2 A - 1, 0 at chance and never
    below.

    Args:
        codes: [n, d] array or CPU tensor.
        factors: [n, k] discrete or continuous.
        seed: of the parts, the bootstrap and the permutations.
        preset: "default" or "dlib".
        factor_names: k names for messages and details.
        **settings: fields of `ExplicitnessSettings`.

    Returns:
        Score; details hold `areas` [k], the mean area of each factor.

    Raises:
        NotApplicable: no factor varies in both parts.
        ValueError: codes, factors, preset or settings that are not allowed.

    References: Ridgeway and Mozer 2018, Learning Deep Disentangled Embeddings with the F-Statistic Loss,
        section 2; DeLong et al. 1988 for the interval.
    """
    chosen = settle("explicitness", PRESETS, preset, settings)
    sample, train, test = split(
        "explicitness",
        codes,
        factors,
        factor_names,
        train=chosen.train,
        test=chosen.test,
        max_levels=chosen.max_levels,
        factor_bins=chosen.factor_bins,
        rng=stream(seed, "sample"),
    )

    def measure(values: NDArray, rng: np.random.Generator) -> Estimate:
        return _estimate(values, sample.labels, train, test, chosen)

    return assess(measure, sample, chosen, seed)


def areas(scores: NDArray, positive: NDArray) -> tuple[NDArray, NDArray]:
    """Areas under ROC curves and what each sample adds to them.

    Args:
        scores: [n, c] one score a sample and level.
        positive: [n, c] whether the sample has that level; some do and some do not.

    Returns:
        [c] areas, ties counted half, and [n, c] influences: with sample weights w that sum to 1 the area is
        area + w @ influence to first order.
    """
    n, many = len(scores), positive.sum(axis=0)
    ranks = rankdata(scores, axis=0)
    beaten = np.empty(scores.shape)
    for c, own in enumerate(positive.T):
        for part, others in ((own, n - many[c]), (~own, many[c])):
            beaten[part, c] = (ranks[part, c] - rankdata(scores[part, c])) / others
    placements = np.where(positive, beaten, 1 - beaten)
    found = np.where(positive, placements, 0).sum(axis=0) / many
    return found, (placements - found) * n / np.where(positive, many, n - many)


def _estimate(
    codes: NDArray, labels: NDArray, train: NDArray, test: NDArray, settings: ExplicitnessSettings
) -> Estimate:
    learnt, unseen = standardise(codes[train]), standardise(codes[test], codes[train])
    model = LogisticRegression(max_iter=1_000)
    found, influence = np.empty(labels.shape[1]), np.zeros(len(test))
    for k, column in enumerate(labels.T):
        levels = np.intersect1d(column[train], column[test])
        scores = [model.fit(learnt, column[train] == c).decision_function(unseen) for c in levels]
        area, influences = areas(np.stack(scores, axis=1), column[test, None] == levels)
        found[k] = area.mean()
        influence += influences.mean(axis=1) / labels.shape[1]

    def mapped(area: NDArray) -> NDArray:
        return np.maximum(0.0, 2 * area - 1) if settings.rescale else area

    def resample(rng: np.random.Generator, times: int) -> NDArray:
        return mapped(found.mean() + resampled(len(test), rng, times) @ influence / len(test))

    return Estimate(float(mapped(found.mean())), resample, {"areas": found})
