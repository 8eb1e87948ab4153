"""The beta-VAE metric."""

import warnings as python_warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression

from curvae.scores.discretise import standardise
from curvae.scores.levels import Groups, halves
from curvae.scores.presets import choice, count, settle
from curvae.scores.result import Estimate, Score, assess, stream

BLOCK = 2**17  # differences held at once: 1 MiB, which stays in the cache


@dataclass(frozen=True)
class HigginsSettings:
    """Settings of `higgins`.

    Attributes:
        train: points that the classifier learns from.
        test: points that it is scored on.
        batch: pairs a point.
        standardise: give the classifier inputs of mean 0 and standard deviation 1.
        max_iter: largest number of steps of the logistic regression.
        max_levels: a factor with more distinct values is continuous.
        factor_bins: quantile bins of a continuous factor.
        bootstrap: resamples of the interval.
        permutations: permutations of the floor.
    """

    train: int = count(10_000, 2)
    test: int = count(5_000, 1)
    batch: int = count(64, 1)
    standardise: bool = choice(True, False)
    max_iter: int = count(1_000, 1)
    max_levels: int = count(50, 2)
    factor_bins: int = count(20, 2)
    bootstrap: int = count(200, 0)
    permutations: int = count(5, 0)


PRESETS = {"default": HigginsSettings(), "dlib": HigginsSettings(standardise=False, max_iter=100)}


def higgins(
    codes: ArrayLike,
    factors: ArrayLike,
    *,
    seed: int = 0,
    preset: str = "default",
    factor_names: Sequence[str] | None = None,
    **settings: Any,
) -> Score:
    """The beta-VAE metric: can a linear classifier tell which factor was held fixed?

    A point is z_diff = 1/L sum_l |z_1l - z_2l| over L = `batch` pairs of samples that agree in factor y and
    are random otherwise. Logistic regression learns y from z_diff; the value is its accuracy on held-out
    points.

    Pairs are drawn among the samples at hand, two different ones with an equal factor (the same quantile bin
    of a continuous factor), so the grid need not be complete. One half of the samples serves the training
    points, the other half the held-out points. Every factor is held fixed equally often. Chance is 1/k. The
    interval resamples the held-out points: it says how well the accuracy of this classifier is known.

    Presets: "dlib" has 10,000 and 5,000 points of 64 pairs and the classifier's plain defaults. "default"
    differs in two things: the inputs are standardised, so that the scale of a latent does not matter, and the
    fit may take 1,000 steps.

    Args:
        codes: [n, d] array or CPU tensor.
        factors: [n, k] discrete or continuous.
        seed: of the halves, the pairs, the bootstrap and the permutations.
        preset: "default" or "dlib".
        factor_names: k names for messages and details.
        **settings: fields of `HigginsSettings`.

    Returns:
        Score; details hold `accuracies` [k] by factor, `chance` and `iterations`.

    Raises:
        NotApplicable: fewer than two factors vary and have pairs.
        ValueError: codes, factors, preset or settings that are not allowed.

    Reference: Higgins et al. 2017, beta-VAE, section 3.
    """
    chosen = settle("higgins", PRESETS, preset, settings)
    sample, train, test = halves(
        "higgins",
        codes,
        factors,
        factor_names,
        max_levels=chosen.max_levels,
        factor_bins=chosen.factor_bins,
        rng=stream(seed, "sample"),
    )
    if chosen.train < len(train):
        raise ValueError(f"higgins: train = {chosen.train}: allowed: from {len(train)}, one a factor")

    def measure(values: NDArray, rng: np.random.Generator) -> Estimate:
        return _estimate(values, train, test, chosen, rng)

    return assess(measure, sample, chosen, seed)


def differences(
    codes: NDArray, groups: Sequence[Groups], points: int, batch: int, rng: np.random.Generator
) -> tuple[NDArray, NDArray]:
    """Points z_diff of the metric.

    Args:
        codes: [n, d].
        groups: samples by level, one a factor.
        points: number of points; point i holds factor i mod k fixed.
        batch: pairs a point.
        rng: draws the pairs.

    Returns:
        [points, d] mean absolute differences, [points] the factor held fixed.
    """
    held = np.arange(points) % len(groups)
    codes = np.ascontiguousarray(codes)  # whole rows are gathered; a selection of columns may lie the other way
    result = np.empty((points, codes.shape[1]))
    size = max(1, BLOCK // (batch * codes.shape[1]))
    for factor, group in enumerate(groups):
        places = np.flatnonzero(held == factor)
        first = rng.integers(len(group.order), size=(len(places), batch))
        begin, many = group.start[first], group.size[first]
        # a step of 1 to many - 1 around the level's samples never comes back to the first one
        step = 1 + (rng.random(first.shape) * (many - 1)).astype(np.int64)
        one, other = group.order[first], group.order[begin + (first - begin + step) % many]
        for at in range(0, len(places), size):
            block = slice(at, at + size)
            apart = codes[one[block]]
            apart -= codes[other[block]]
            result[places[block]] = np.abs(apart, out=apart).mean(axis=1)
    return result, held


def _estimate(
    codes: NDArray,
    train: list[Groups],
    test: list[Groups],
    settings: HigginsSettings,
    rng: np.random.Generator,
) -> Estimate:
    inputs, held = differences(codes, train, settings.train, settings.batch, rng)
    unseen, truth = differences(codes, test, settings.test, settings.batch, rng)
    if settings.standardise:
        inputs, unseen = standardise(inputs), standardise(unseen, inputs)
    if inputs.shape[1] > len(inputs):
        # The penalised weights are a combination of the inputs, so that coordinates in their span are enough.
        span = np.linalg.qr(inputs.T)[0]
        inputs, unseen = inputs @ span, unseen @ span
    with python_warnings.catch_warnings():
        python_warnings.simplefilter("ignore", ConvergenceWarning)  # told in the score's warnings
        model = LogisticRegression(max_iter=settings.max_iter).fit(inputs, held)
    iterations = int(np.max(model.n_iter_))
    stopped = f"the logistic regression did not converge in {settings.max_iter} steps"
    right = model.predict(unseen) == truth
    hits = np.bincount(truth, weights=right, minlength=len(test))
    shown = np.bincount(truth, minlength=len(test))
    accuracy = float(right.mean())

    def resample(rng: np.random.Generator, times: int) -> NDArray:
        return rng.binomial(len(right), accuracy, size=times) / len(right)

    accuracies = np.divide(hits, shown, out=np.full(len(test), np.nan), where=shown > 0)
    details = {"accuracies": accuracies, "chance": 1 / len(test), "iterations": iterations}
    return Estimate(accuracy, resample, details, (stopped,) if iterations >= settings.max_iter else ())
