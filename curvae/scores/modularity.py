"""Modularity."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from curvae.scores.information import bin_latents, doubts_of_bins, mutual_information
from curvae.scores.presets import choice, count, settle
from curvae.scores.result import Estimate, Score, assess, drawn
from curvae.scores.sample import Sample


@dataclass(frozen=True)
class ModularitySettings:
    """Settings of `modularity`.

    Attributes:
        bins: bins a latent.
        binning: "quantile" or "equal_width".
        dead: latents without any information are "left_out" of the mean or count as "zero".
        points: largest number of samples; more are thinned at random.
        max_levels: a factor with more distinct values is continuous.
        factor_bins: quantile bins of a continuous factor.
        bootstrap: resamples of the interval.
        permutations: permutations of the floor.
    """

    bins: int = count(20, 2)
    binning: str = choice("quantile", "equal_width")
    dead: str = choice("left_out", "zero")
    points: int = count(50_000, 2)
    max_levels: int = count(50, 2)
    factor_bins: int = count(20, 2)
    bootstrap: int = count(200, 0)
    permutations: int = count(5, 0)


PRESETS = {
    "default": ModularitySettings(),
    "dlib": ModularitySettings(binning="equal_width", dead="zero", points=10_000),
}


def modularity(
    codes: ArrayLike,
    factors: ArrayLike,
    *,
    seed: int = 0,
    preset: str = "default",
    factor_names: Sequence[str] | None = None,
    **settings: Any,
) -> Score:
    """Modularity: does each latent know about one factor alone?

    With m_jv the mutual information of latent j and factor v, and v* the factor that latent j knows most
    about, the value is the mean over latents of

        1 - sum_{v != v*} m_jv^2 / ((k - 1) m_jv*^2).

    Mutual information in nats, from counts of discretised values. A latent of pure noise has a little of it
    with every factor and scores about 2/3, not 0: compare with the floor. The bootstrap
    keeps the bins; it is too wide where the information with the other factors is no more than counting noise.

    Presets: "dlib" has 20 bins of equal width a latent, at most 10,000 samples, and counts a constant latent
    as 0. "default" has 20 bins of equal frequency, at most 50,000 samples, and leaves constant latents out of
    the mean, for they break no modularity; if all are constant the value is 0.

    Args:
        codes: [n, d] array or CPU tensor.
        factors: [n, k] discrete or continuous.
        seed: of the thinning, the bootstrap and the permutations.
        preset: "default" or "dlib".
        factor_names: k names for messages and details.
        **settings: fields of `ModularitySettings`.

    Returns:
        Score; details hold `mutual_information` [d, k] (nats) and `latents` [d], the value of each.

    Raises:
        NotApplicable: fewer than two factors vary.
        ValueError: codes, factors, preset or settings that are not allowed.

    Reference: Ridgeway and Mozer 2018, Learning Deep Disentangled Embeddings with the F-Statistic Loss,
        section 2.
    """
    chosen = settle("modularity", PRESETS, preset, settings)
    sample = drawn("modularity", codes, factors, factor_names, chosen, seed, least=2)

    def measure(values: NDArray, rng: np.random.Generator) -> Estimate:
        return _estimate(values, sample, chosen)

    return assess(measure, sample, chosen, seed)


def _by_latent(information: NDArray) -> NDArray:
    """Modularity of each latent; 0 for one without information."""
    squares = information**2
    most = squares.max(axis=1)
    rest = (squares.sum(axis=1) - most) / (squares.shape[1] - 1)
    return np.where(most > 0, 1 - rest / np.where(most > 0, most, 1.0), 0.0)


def _estimate(codes: NDArray, sample: Sample, settings: ModularitySettings) -> Estimate:
    bins = bin_latents(codes, settings.binning, settings.bins)
    information, _ = mutual_information(bins, sample.labels)
    latents = _by_latent(information)
    counted = np.ptp(codes, axis=0) > 0
    if settings.dead == "zero" or not counted.any():
        counted[:] = True

    def resample(rng: np.random.Generator, times: int) -> NDArray:
        draws = (rng.integers(len(bins), size=len(bins)) for _ in range(times))
        found = [_by_latent(mutual_information(bins[rows], sample.labels[rows])[0]) for rows in draws]
        return np.array([of_latent[counted].mean() for of_latent in found])

    warnings = doubts_of_bins(codes, bins, sample.labels, sample.names, settings.binning, settings.bins)
    details = {"mutual_information": information, "latents": latents}
    return Estimate(float(latents[counted].mean()), resample, details, warnings)
