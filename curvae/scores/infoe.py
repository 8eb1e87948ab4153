"""InfoE: explicitness as predictive information."""

import warnings as python_warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import log_softmax
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LinearRegression, LogisticRegression

from curvae.scores.discretise import standardise
from curvae.scores.presets import choice, count, number, settle
from curvae.scores.result import Estimate, Score, assess, stream
from curvae.scores.sample import Sample, prepare


@dataclass(frozen=True)
class InfoeSettings:
    """Settings of `infoe`.

    Attributes:
        held_out: each half of the samples is predicted from a fit to the other; False predicts what was fitted.
        penalty: weight of the ridge penalty 1/2 ||w||^2 on the logistic regression, beside the summed log-loss.
        balanced: every level weighs the same in the fit.
        max_iter: largest number of steps of the logistic regression.
        points: largest number of samples; more are thinned at random.
        max_levels: a factor with more distinct values is continuous.
        bootstrap: resamples of the interval.
        permutations: permutations of the floor.
    """

    held_out: bool = choice(True, False)
    penalty: float = number(0.0, 0.0)
    balanced: bool = choice(False, True)
    max_iter: int = count(300, 1)
    points: int = count(10_000, 4)
    max_levels: int = count(50, 2)
    bootstrap: int = count(200, 0)
    permutations: int = count(5, 0)


PRESETS = {
    "default": InfoeSettings(),
    "dlib": InfoeSettings(),
    "hsu": InfoeSettings(held_out=False, balanced=True, max_iter=100),
}


def infoe(
    codes: ArrayLike,
    factors: ArrayLike,
    *,
    seed: int = 0,
    preset: str = "default",
    factor_names: Sequence[str] | None = None,
    **settings: Any,
) -> Score:
    """InfoE, explicitness: how much of each factor can a linear model read from all latents?

    With L_k(z) the loss of the best linear prediction of factor k from the standardised codes, L_k(0) that of
    the best constant, InfoE = mean_k max(0, 1 - L_k(z) / L_k(0)): predictive V-information over predictive
    entropy. Discrete factors: logistic regression, log-loss. Continuous factors: linear regression, squared
    error, and so the share of the variance explained.

    A grid of many levels along a line is no easy task for this: logistic regression does not tell 40 neighbours
    apart, and the ceiling, the factors themselves, is well below 1.

    Presets: "hsu" fits without penalty, weighs levels equally, takes 100 steps and reports the loss on the
    samples it fitted, which rises with the number of latents even for noise. "default" and "dlib" (the library
    has no such score) predict each half of the samples from the other and let the fit converge. The interval
    resamples the predicted samples: it says how well the loss of these fits is known.

    Args:
        codes: [n, d] array or CPU tensor.
        factors: [n, k] discrete or continuous.
        seed: of the thinning, the halves, the bootstrap and the permutations.
        preset: "default", "dlib" or "hsu".
        factor_names: k names for messages and details.
        **settings: fields of `InfoeSettings`.

    Returns:
        Score; details hold `losses` and `null_losses` [k] (nats, or variances) and `parts` [k].

    Raises:
        ValueError: codes, factors, preset or settings that are not allowed.

    Reference: Hsu et al. 2023, Disentanglement via Latent Quantization, section 4; V-information: Xu et al.
    2020, A Theory of Usable Information under Computational Constraints.
    """
    chosen = settle("infoe", PRESETS, preset, settings)
    rng = stream(seed, "sample")
    sample = prepare(
        codes, factors, factor_names, max_levels=chosen.max_levels, factor_bins=2, points=chosen.points, rng=rng
    )
    halves = [_halves(column, rng) if chosen.held_out else _all_twice(column) for column in sample.labels.T]

    def measure(values: NDArray, rng: np.random.Generator) -> Estimate:
        return _estimate(values, sample, halves, chosen)

    return assess(measure, sample, chosen, seed)


def _halves(labels: NDArray, rng: np.random.Generator) -> list[tuple[NDArray, NDArray]]:
    """(rows to fit, rows to predict), twice; a level with two samples or more has some in each half."""
    rows = rng.permutation(len(labels))
    rows = rows[np.argsort(labels[rows], kind="stable")]
    return [(rows[::2], rows[1::2]), (rows[1::2], rows[::2])]


def _all_twice(labels: NDArray) -> list[tuple[NDArray, NDArray]]:
    rows = np.arange(len(labels))
    return [(rows, rows)]


def _estimate(
    codes: NDArray, sample: Sample, halves: list[list[tuple[NDArray, NDArray]]], settings: InfoeSettings
) -> Estimate:
    losses, null = np.zeros((2, *sample.labels.shape))
    warnings = []
    for k, name in enumerate(sample.names):
        for fit, predict in halves[k]:
            if name in sample.binned:
                found = _squares(codes, sample.oracle[:, k], fit, predict)
            else:
                *found, done = _log_losses(codes, sample.labels[:, k], fit, predict, settings)
                if not done:
                    warnings.append(
                        f"factor {name!r}: the logistic regression did not converge in {settings.max_iter} steps"
                    )
            losses[predict, k], null[predict, k] = found

    def resample(rng: np.random.Generator, times: int) -> NDArray:
        n = len(codes)
        draws = rng.multinomial(n, np.full(n, 1 / n), size=times) / n
        return _parts(draws @ losses, draws @ null).mean(axis=1)

    means = losses.mean(axis=0), null.mean(axis=0)
    parts = _parts(*means)
    details = {"losses": means[0], "null_losses": means[1], "parts": parts}
    return Estimate(float(parts.mean()), resample, details, tuple(dict.fromkeys(warnings)))


def _parts(losses: NDArray, null: NDArray) -> NDArray:
    return np.maximum(0.0, 1 - np.divide(losses, null, out=np.ones_like(losses), where=null > 0))


def _squares(codes: NDArray, values: NDArray, fit: NDArray, predict: NDArray) -> tuple[NDArray, NDArray]:
    """Squared errors of the linear prediction and of the mean."""
    inputs = standardise(codes, codes[fit])
    found = LinearRegression().fit(inputs[fit], values[fit]).predict(inputs[predict])
    return (values[predict] - found) ** 2, (values[predict] - values[fit].mean()) ** 2


def _log_losses(
    codes: NDArray, labels: NDArray, fit: NDArray, predict: NDArray, settings: InfoeSettings
) -> tuple[NDArray, NDArray, bool]:
    """Log-losses of the logistic prediction and of the levels' shares, and whether the fit converged.

    A level that the fit has not seen cannot be predicted; its samples count for nothing in both losses.
    """
    levels, seen = np.unique(labels[fit], return_counts=True)
    known = np.flatnonzero(np.isin(labels[predict], levels))
    truth = np.searchsorted(levels, labels[predict][known])
    losses, null = np.zeros((2, len(predict)))
    if len(levels) < 2:
        return losses, null, True
    shares = np.full(len(levels), 1 / len(levels)) if settings.balanced else seen / seen.sum()
    null[known] = -np.log(shares[truth])
    inputs = standardise(codes, codes[fit])
    if not inputs.any():
        return null, null, True
    model = LogisticRegression(
        C=1 / settings.penalty if settings.penalty else np.inf,
        class_weight="balanced" if settings.balanced else None,
        max_iter=settings.max_iter,
    )
    with python_warnings.catch_warnings():
        python_warnings.simplefilter("ignore", ConvergenceWarning)  # told in the score's warnings
        model.fit(inputs[fit], labels[fit])
    scores = model.decision_function(inputs[predict][known])
    logs = log_softmax(scores if scores.ndim > 1 else np.stack([np.zeros_like(scores), scores], axis=1), axis=1)
    losses[known] = -logs[np.arange(len(known)), truth]
    return losses, null, bool(np.max(model.n_iter_) < settings.max_iter)
