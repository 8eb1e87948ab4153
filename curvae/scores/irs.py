"""Interventional robustness score."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from curvae.scores.discretise import equal_width_bins
from curvae.scores.presets import choice, count, number, settle
from curvae.scores.result import Estimate, Score, assess, drawn
from curvae.scores.sample import Sample


@dataclass(frozen=True)
class IrsSettings:
    """Settings of `irs`.

    Attributes:
        quantile: of the deviations within a level of a factor, 0.5 to 1; 1 is the largest.
        whole: the deviation of all samples that they are held against: "quantile", the same one, or "largest".
        levels: "own", the levels of the factor (quantile bins of a continuous one), or "equal_width",
            `factor_bins` bins of equal width for every factor.
        weights: mean over the levels of a factor by their "share" of the samples, or "equal".
        points: largest number of samples; more are thinned at random.
        max_levels: a factor with more distinct values is continuous.
        factor_bins: bins of a continuous factor, or of every factor.
        bootstrap: resamples of the interval.
        permutations: permutations of the floor.
    """

    quantile: float = number(0.99, 0.5, 1.0)
    whole: str = choice("quantile", "largest")
    levels: str = choice("own", "equal_width")
    weights: str = choice("share", "equal")
    points: int = count(10_000, 2)
    max_levels: int = count(50, 2)
    factor_bins: int = count(20, 2)
    bootstrap: int = count(200, 0)
    permutations: int = count(5, 0)


PRESETS = {
    "default": IrsSettings(),
    "dlib": IrsSettings(whole="largest", levels="equal_width", weights="equal"),
    "paper": IrsSettings(quantile=1.0, whole="largest"),
}


def irs(
    codes: ArrayLike,
    factors: ArrayLike,
    *,
    seed: int = 0,
    preset: str = "default",
    factor_names: Sequence[str] | None = None,
    **settings: Any,
) -> Score:
    """Interventional robustness score: once a factor is set, do changes of the others leave a latent alone?

    D_jk = E_{v_k} sup |z_j - E[z_j | v_k]| is how far latent j strays at worst while factor k is held, D_j =
    sup |z_j - E[z_j]| how far it strays in all. A latent scores 1 - min_k D_jk / D_j, 0 at least, and
    IRS = sum_j D_j (score of j) / sum_j D_j. Dead latents have no weight; if all are dead, IRS = 0. The score
    asks for robustness, not for a latent of its own: codes that hold one factor only can score 1.

    Presets: "paper" takes the largest deviations for both suprema. They grow with the number of samples, so a
    level with few samples looks robust, and one outlier in D_j lifts the score to almost 1. "dlib" takes the
    .99-quantile within a level but the largest deviation in all, cuts every factor into 20 bins of equal width
    and gives them equal weight; noise then scores about .4. "default" takes the .99-quantile for both, which
    brings noise near 0 and lets no outlier lift the score (through the mean of its level it may lower it), and
    weighs the levels by their share of the samples, as the expectation says. Within a level the other factors
    are taken to vary freely, so factors must not be confounded.

    Args:
        codes: [n, d] array or CPU tensor.
        factors: [n, k] discrete or continuous.
        seed: of the thinning, the bootstrap and the permutations.
        preset: "default", "dlib" or "paper".
        factor_names: k names for messages and details.
        **settings: fields of `IrsSettings`.

    Returns:
        Score; details hold `robustness` [d, k] = 1 - D_jk / D_j (NaN for dead latents), `deviations` D [d] and
        `parents` [d], the factor's index that each latent is most robust for (-1 for dead latents).

    Raises:
        ValueError: codes, factors, preset or settings that are not allowed.

    Reference: Suter et al. 2019, Robustly Disentangled Causal Mechanisms, section 4.
    """
    chosen = settle("irs", PRESETS, preset, settings)
    sample = drawn("irs", codes, factors, factor_names, chosen, seed)
    labels = sample.labels
    if chosen.levels == "equal_width":
        labels = np.stack([equal_width_bins(column, chosen.factor_bins) for column in sample.oracle.T], axis=1)

    def measure(values: NDArray, rng: np.random.Generator) -> Estimate:
        value, details = _irs(values, labels, chosen)

        def resample(rng: np.random.Generator, times: int) -> NDArray:
            draws = (rng.integers(len(labels), size=len(labels)) for _ in range(times))
            return np.array([_irs(values[rows], labels[rows], chosen)[0] for rows in draws])

        return Estimate(value, resample, details, _doubts(sample, labels, chosen))

    return assess(measure, sample, chosen, seed)


def _irs(codes: NDArray, labels: NDArray, settings: IrsSettings) -> tuple[float, dict[str, NDArray]]:
    whole = _stray(codes, settings.quantile if settings.whole == "quantile" else 1.0)
    within = np.stack([_within(codes, column, settings) for column in labels.T], axis=1)
    alive = whole > 0
    robustness = 1 - np.divide(within, whole[:, None], out=np.full_like(within, np.nan), where=alive[:, None])
    best = np.where(alive, np.maximum(robustness.max(axis=1), 0.0), 0.0)
    parents = np.where(alive, robustness.argmax(axis=1), -1)
    value = float(np.average(best, weights=whole)) if alive.any() else 0.0
    return value, {"robustness": robustness, "deviations": whole, "parents": parents}


def _stray(codes: NDArray, quantile: float) -> NDArray:
    """[d] quantile of the distance of each latent to its mean."""
    away = np.abs(codes - codes.mean(axis=0))
    return away.max(axis=0) if quantile == 1 else np.quantile(away, quantile, axis=0)


def _within(codes: NDArray, labels: NDArray, settings: IrsSettings) -> NDArray:
    """[d] mean over the levels of a factor of how far each latent strays within them."""
    order = np.argsort(labels, kind="stable")
    _, starts = np.unique(labels[order], return_index=True)
    blocks = np.split(codes[order], starts[1:])
    strays = np.stack([_stray(block, settings.quantile) for block in blocks])
    shares = [len(block) for block in blocks] if settings.weights == "share" else None
    return np.average(strays, axis=0, weights=shares)


def _doubts(sample: Sample, labels: NDArray, settings: IrsSettings) -> tuple[str, ...]:
    """Levels with too few samples to hold the quantile."""
    needed = 100 if settings.quantile == 1 else round(1 / (1 - settings.quantile))
    said = []
    for name, column in zip(sample.names, labels.T, strict=True):
        mean = len(column) / len(np.unique(column))
        if mean < needed:
            said.append(
                f"too few samples: {mean:.3g} a level of factor {name!r} on average, fewer than {needed}; "
                "robustness to the others is overrated"
            )
    return tuple(said)
