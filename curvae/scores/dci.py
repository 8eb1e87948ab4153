"""Disentanglement, completeness, informativeness."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import entr
from scipy.stats import t as student
from sklearn.ensemble import ExtraTreesClassifier, GradientBoostingClassifier

from curvae.scores.heldout import split
from curvae.scores.presets import choice, count, settle
from curvae.scores.result import Estimate, NotApplicable, Score, assess, stream

LEAF = 0.01  # smallest leaf of a forest's tree, as a share of the samples
SPLITS = 6  # of the training part into halves, for the interval


@dataclass(frozen=True)
class DciSettings:
    """Settings of `dci`.

    Attributes:
        train: samples that the trees learn from.
        test: samples that they are scored on.
        trees: "forest", extremely randomised trees; "boosted", gradient-boosted trees.
        size: trees of a forest, or rounds of boosting.
        max_levels: a factor with more distinct values is continuous.
        factor_bins: quantile bins of a continuous factor.
        bootstrap: resamples of the interval.
        permutations: permutations of the floor.
    """

    train: int = count(10_000, 1)
    test: int = count(5_000, 1)
    trees: str = choice("forest", "boosted")
    size: int = count(50, 1)
    max_levels: int = count(50, 2)
    factor_bins: int = count(20, 2)
    bootstrap: int = count(200, 0)
    permutations: int = count(5, 0)


PRESETS = {
    "default": DciSettings(),
    "dlib": DciSettings(trees="boosted", size=100),
    "fast": DciSettings(size=20, permutations=1),
}


def dci(
    codes: ArrayLike,
    factors: ArrayLike,
    *,
    seed: int = 0,
    preset: str = "default",
    factor_names: Sequence[str] | None = None,
    **settings: Any,
) -> Score:
    """DCI disentanglement: is each latent important for one factor alone?

    Trees learn each factor from all latents; R[j, v] is the importance of latent j for factor v, the share of
    the fall in impurity that its splits bring. The value is the disentanglement
    D = sum_j w_j (1 - H_k(R[j, .] / sum_v R[j, v])), with entropies to the base k (the number of factors) and
    weights w_j = sum_v R[j, v] / sum R. Completeness C takes the columns instead, with entropies to the base
    d; informativeness is the accuracy on held-out samples. Both stand in the details.

    Presets: "dlib" boosts trees of depth 3 over 100 rounds, one tree a level and round, which takes minutes
    for factors with many levels; its interval is NaN, for only boosting again could tell. "default" grows 50
    extremely randomised trees a factor on bootstrap samples, all latents tried at each split and no leaf with
    less than 1 % of the samples; large leaves keep latents without information from gathering importance by
    overfitting. "fast" is the same with 20 trees and one permutation.

    A forest's interval comes from half-samples: six times the training part is halved at random, and each half
    grows half of the trees. The two values D', D'' have twice the variance of D, of the samples and of the trees
    alike, so (D' - D'') / 2 has that of D; the interval is D +- t s, with s^2 the mean of its squares and t of
    Student's distribution with six degrees of freedom.

    Args:
        codes: [n, d] array or CPU tensor.
        factors: [n, k] discrete or continuous.
        seed: of the parts, the trees, the bootstrap and the permutations.
        preset: "default", "dlib" or "fast".
        factor_names: k names for messages and details.
        **settings: fields of `DciSettings`.

    Returns:
        Score; details hold `disentanglement`, `completeness`, `informativeness` (mean accuracy), `importance`
        [d, k] and `accuracies` [k].

    Raises:
        NotApplicable: fewer than two factors vary in both parts.
        ValueError: codes, factors, preset or settings that are not allowed.

    Reference: Eastwood and Williams 2018, A Framework for the Quantitative Evaluation of Disentangled
        Representations, section 2.
    """
    chosen = settle("dci", PRESETS, preset, settings)
    sample, train, test = split(
        "dci",
        codes,
        factors,
        factor_names,
        train=chosen.train,
        test=chosen.test,
        max_levels=chosen.max_levels,
        factor_bins=chosen.factor_bins,
        rng=stream(seed, "sample"),
    )
    if len(sample.names) < 2:
        raise NotApplicable(f"dci: factors = {len(sample.names)}: allowed: 2 or more")

    def measure(values: NDArray, rng: np.random.Generator) -> Estimate:
        return _estimate(values, sample.labels, train, test, chosen, rng)

    return assess(measure, sample, chosen, seed)


def disentanglement(importance: NDArray) -> float:
    """Mean over latents, weighted by importance, of 1 minus the entropy over factors to the base k.

    Args:
        importance: [d, k] numbers from 0; if all are 0 so is the result.
    """
    shares, totals = _shares(importance)
    if not totals.any():
        return 0.0
    return float(totals @ (1 - entr(shares).sum(axis=1) / np.log(max(shares.shape[1], 2))) / totals.sum())


def completeness(importance: NDArray) -> float:
    """Mean over factors, weighted by importance, of 1 minus the entropy over latents to the base d.

    Args:
        importance: [d, k] numbers from 0; if all are 0 so is the result.
    """
    return disentanglement(importance.T)


def _shares(importance: NDArray) -> tuple[NDArray, NDArray]:
    totals = importance.sum(axis=1)
    return importance / np.where(totals > 0, totals, 1.0)[:, None], totals


def _estimate(
    codes: NDArray,
    labels: NDArray,
    train: NDArray,
    test: NDArray,
    settings: DciSettings,
    rng: np.random.Generator,
) -> Estimate:
    models = _fitted(codes, labels, train, settings.trees, settings.size, rng)
    importance = np.stack([model.feature_importances_ for model in models], axis=1)
    right = [model.score(codes[test], column[test]) for model, column in zip(models, labels.T, strict=True)]
    value = disentanglement(importance)

    def resample(rng: np.random.Generator, times: int) -> NDArray:
        away = [np.diff([half(rows, rng) for rows in np.array_split(rng.permutation(train), 2)]) for _ in range(SPLITS)]
        spread = np.sqrt(np.mean(np.square(away))) / 2
        return value + spread * student.ppf((np.arange(times) + 0.5) / times, SPLITS)

    def half(rows: NDArray, rng: np.random.Generator) -> float:
        grown = _fitted(codes, labels, rows, settings.trees, max(1, settings.size // 2), rng)
        return disentanglement(np.stack([model.feature_importances_ for model in grown], axis=1))

    details = {
        "disentanglement": value,
        "completeness": completeness(importance),
        "informativeness": float(np.mean(right)),
        "importance": importance,
        "accuracies": np.array(right),
    }
    return Estimate(value, resample if settings.trees == "forest" else None, details)


def _fitted(
    codes: NDArray, labels: NDArray, rows: NDArray, trees: str, size: int, rng: np.random.Generator
) -> list[ExtraTreesClassifier | GradientBoostingClassifier]:
    """Trees that have learnt each factor from some of the samples."""
    forest = {"min_samples_leaf": LEAF, "max_features": None, "bootstrap": True}
    found = []
    for column in labels.T:
        seed = int(rng.integers(2**31))
        model = (
            GradientBoostingClassifier(n_estimators=size, random_state=seed)
            if trees == "boosted"
            else ExtraTreesClassifier(size, random_state=seed, **forest)
        )
        found.append(model.fit(codes[rows], column[rows]))
    return found
