"""Separated attribute predictability."""

import warnings as python_warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.exceptions import ConvergenceWarning
from sklearn.svm import LinearSVC

from curvae.scores.discretise import standardise
from curvae.scores.heldout import resampled, split
from curvae.scores.presets import choice, count, settle
from curvae.scores.result import Estimate, Score, assess, stream
from curvae.scores.sample import Sample


@dataclass(frozen=True)
class SapSettings:
    """Settings of `sap`.

    Attributes:
        train: samples that the classifiers learn from.
        test: samples that they are scored on.
        kind: "discrete", accuracies for every factor; "continuous", squared correlations for every factor;
            "mixed", squared correlations for the continuous factors and accuracies for the others.
        standardise: give the classifiers latents of mean 0 and standard deviation 1.
        max_levels: a factor with more distinct values is continuous.
        factor_bins: quantile bins of a continuous factor where accuracies are asked for.
        bootstrap: resamples of the interval.
        permutations: permutations of the floor.
    """

    train: int = count(10_000, 1)
    test: int = count(5_000, 1)
    kind: str = choice("mixed", "discrete", "continuous")
    standardise: bool = choice(True, False)
    max_levels: int = count(50, 2)
    factor_bins: int = count(20, 2)
    bootstrap: int = count(200, 0)
    permutations: int = count(5, 0)


PRESETS = {"default": SapSettings(), "dlib": SapSettings(kind="discrete", standardise=False)}


def sap(
    codes: ArrayLike,
    factors: ArrayLike,
    *,
    seed: int = 0,
    preset: str = "default",
    factor_names: Sequence[str] | None = None,
    **settings: Any,
) -> Score:
    """Separated attribute predictability: does one latent alone predict a factor linearly?

    SAP = 1/k sum_v (S_(1)v - S_(2)v), the gap between the two latents that predict factor v best. S_jv is,
    for a discrete factor, the accuracy on held-out samples of a linear support vector machine (one against
    the rest, C = 0.01, classes weighted inversely to their frequency) that sees latent j alone; for a
    continuous one, the squared correlation cov(z_j, v)^2 / (var(z_j) var(v)) over all samples drawn.

    A linear machine on one latent cannot cut out a level between two others, so that even the factors
    themselves score low on factors with many levels: compare with the ceiling. With one latent the second is
    a constant. The interval resamples the samples and keeps the fitted machines.

    Presets: "dlib" takes all factors as discrete and the codes as they are; since C is not free of units,
    their scale matters. "default" standardises the codes and takes the squared correlation for continuous
    factors, as the paper does.

    Args:
        codes: [n, d] array or CPU tensor.
        factors: [n, k] discrete or continuous.
        seed: of the parts, the bootstrap and the permutations.
        preset: "default" or "dlib".
        factor_names: k names for messages and details.
        **settings: fields of `SapSettings`.

    Returns:
        Score; details hold `predictability` [d, k] and `gaps` [k].

    Raises:
        NotApplicable: no factor varies in both parts.
        ValueError: codes, factors, preset or settings that are not allowed.

    Reference: Kumar et al. 2018, Variational Inference of Disentangled Latent Concepts, section 3.
    """
    chosen = settle("sap", PRESETS, preset, settings)
    sample, train, test = split(
        "sap",
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
        return _estimate(values, sample, train, test, chosen)

    return assess(measure, sample, chosen, seed)


def squared_correlations(first: NDArray, second: NDArray, weights: NDArray) -> NDArray:
    """Squared correlation of every column of one table with every column of another.

    Args:
        first: [n, d] numbers; a constant column correlates with nothing.
        second: [n, k] numbers.
        weights: [t, n] how often each sample counts.

    Returns:
        [t, d, k] values in [0, 1].
    """
    first, second = standardise(first), standardise(second)
    weights = weights / weights.sum(axis=1, keepdims=True)
    first_mean, second_mean = weights @ first, weights @ second
    first_variance = weights @ first**2 - first_mean**2
    second_variance = weights @ second**2 - second_mean**2
    joint = weights @ (first[:, :, None] * second[:, None]).reshape(len(first), -1)
    covariance = (
        joint.reshape(len(weights), first.shape[1], second.shape[1]) - first_mean[:, :, None] * second_mean[:, None]
    )
    spread = first_variance[:, :, None] * second_variance[:, None]
    return np.divide(covariance**2, spread, out=np.zeros_like(spread), where=spread > 1e-12)


def _hits(codes: NDArray, labels: NDArray, train: NDArray, test: NDArray) -> tuple[NDArray, bool]:
    """Whether each latent alone predicts each held-out sample [n, d], and whether all machines converged."""
    with python_warnings.catch_warnings(record=True) as caught:
        python_warnings.simplefilter("always", ConvergenceWarning)
        machine = LinearSVC(C=0.01, class_weight="balanced", random_state=0)
        guesses = [machine.fit(z[train, None], labels[train]).predict(z[test, None]) for z in codes.T]
    return np.stack(guesses, axis=1) == labels[test, None], not caught


def _estimate(codes: NDArray, sample: Sample, train: NDArray, test: NDArray, settings: SapSettings) -> Estimate:
    warnings = []
    if codes.shape[1] == 1:
        codes = np.hstack([codes, np.zeros_like(codes)])
        warnings.append("one latent: the second is taken as a constant")
    if settings.standardise:
        codes = standardise(codes, codes[train])
    linear = [
        settings.kind == "continuous" or (settings.kind == "mixed" and name in sample.binned) for name in sample.names
    ]
    hits = {}
    for k in np.flatnonzero(~np.array(linear)):
        hits[k], converged = _hits(codes, sample.labels[:, k], train, test)
        if not converged:
            warnings.append(f"factor {sample.names[k]!r}: a support vector machine did not converge")

    def predictability(seen: NDArray, drawn: NDArray) -> NDArray:
        found = np.empty((len(seen), codes.shape[1], len(linear)))
        found[:, :, linear] = squared_correlations(codes, sample.oracle[:, linear], drawn)
        for k, hit in hits.items():
            found[:, :, k] = seen @ hit / len(hit)
        return found

    def resample(rng: np.random.Generator, times: int) -> NDArray:
        draws = predictability(resampled(len(test), rng, times), resampled(len(codes), rng, times))
        return _gaps(draws).mean(axis=1)

    whole = predictability(*(np.ones((1, n)) for n in (len(test), len(codes))))
    gaps = _gaps(whole)[0]
    details = {"predictability": whole[0], "gaps": gaps}
    return Estimate(float(gaps.mean()), resample, details, tuple(warnings))


def _gaps(predictability: NDArray) -> NDArray:
    ranked = np.sort(predictability, axis=1)
    return ranked[:, -1] - ranked[:, -2]
