"""Mutual information gap."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import xlogy

from curvae.scores.discretise import equal_width_bins, quantile_bins
from curvae.scores.presets import choice, count, settle
from curvae.scores.result import Estimate, Score, assess, stream
from curvae.scores.sample import outliers, prepare

BINNINGS = {"quantile": quantile_bins, "equal_width": equal_width_bins}
BIAS = 0.05  # share of a factor's entropy


@dataclass(frozen=True)
class MigSettings:
    """Settings of `mig`.

    Attributes:
        bins: bins a latent.
        binning: "quantile" or "equal_width".
        points: largest number of samples; more are thinned at random.
        max_levels: a factor with more distinct values is continuous.
        factor_bins: quantile bins of a continuous factor.
        bootstrap: resamples of the interval.
        permutations: permutations of the floor.
    """

    bins: int = count(20, 2)
    binning: str = choice("quantile", "equal_width")
    points: int = count(50_000, 2)
    max_levels: int = count(50, 2)
    factor_bins: int = count(20, 2)
    bootstrap: int = count(200, 0)
    permutations: int = count(5, 0)


PRESETS = {"default": MigSettings(), "dlib": MigSettings(binning="equal_width", points=10_000)}


def mig(
    codes: ArrayLike,
    factors: ArrayLike,
    *,
    seed: int = 0,
    preset: str = "default",
    factor_names: Sequence[str] | None = None,
    **settings: Any,
) -> Score:
    """Mutual information gap: does one latent alone know a factor?

    MIG = 1/k sum_v (I(z_(1); v) - I(z_(2); v)) / H(v), with z_(1), z_(2) the two latents that know most about
    factor v; entropies and mutual information in nats, from counts of discretised values.

    Presets: "dlib" has 20 bins of equal width a latent and at most 10,000 samples; one extreme sample then
    pushes all others into a few bins. "default" has 20 bins of equal frequency and at most 50,000 samples; it
    sees ranks only, and no outlier can take the bins. A factor with more than `max_levels` distinct values,
    or with values that do not recur, is cut into quantile bins (``details["binned_factors"]``). With one
    latent I(z_(2); v) = 0. The bootstrap keeps the bins.

    Args:
        codes: [n, d] array or CPU tensor.
        factors: [n, k] discrete or continuous.
        seed: of the thinning, the bootstrap and the permutations.
        preset: "default" or "dlib".
        factor_names: k names for messages and details.
        **settings: fields of `MigSettings`.

    Returns:
        Score; details hold `mutual_information` [d, k], `entropies` [k] (nats) and `gaps` [k].

    Raises:
        ValueError: codes, factors, preset or settings that are not allowed.

    Reference: Chen et al. 2018, Isolating Sources of Disentanglement in VAEs, section 4.
    """
    chosen = settle("mig", PRESETS, preset, settings)
    sample = prepare(
        codes,
        factors,
        factor_names,
        max_levels=chosen.max_levels,
        factor_bins=chosen.factor_bins,
        points=chosen.points,
        rng=stream(seed, "sample"),
    )

    def measure(values: NDArray, rng: np.random.Generator) -> Estimate:
        return _estimate(values, sample.labels, sample.names, chosen)

    return assess(measure, sample, chosen, seed)


def mutual_information(first: NDArray, second: NDArray) -> tuple[NDArray, NDArray]:
    """Mutual information of every column of one table of labels with every column of another.

    I(x; y) = H(x) + H(y) - H(x, y), from counts, in nats.

    Args:
        first: [n, d] labels 0, 1, ...
        second: [n, k] labels 0, 1, ...

    Returns:
        [d, k] mutual information, never negative, and [k] entropies of `second`.
    """
    n, d = first.shape
    height = first.max() + 1
    start = height * np.arange(d)
    own = _entropies(np.bincount((first + start).ravel(), minlength=d * height).reshape(d, height), n)
    information, entropies = np.empty((d, second.shape[1])), np.empty(second.shape[1])
    for column, labels in enumerate(second.T):
        width = labels.max() + 1
        cells = (first + start) * width + labels[:, None]
        joint = np.bincount(cells.ravel(), minlength=d * height * width).reshape(d, height * width)
        entropies[column] = _entropies(np.bincount(labels)[None], n)[0]
        information[:, column] = own + entropies[column] - _entropies(joint, n)
    return np.maximum(information, 0.0), entropies


def _entropies(counts: NDArray, n: int) -> NDArray:
    """Entropy [nats] of each row of counts that sums to n."""
    return np.log(n) - xlogy(counts, counts).sum(axis=1) / n


def _gaps(bins: NDArray, labels: NDArray) -> tuple[NDArray, NDArray, NDArray]:
    """Gap of each factor, mutual information and entropies; a factor that a resample froze has gap 0."""
    information, entropies = mutual_information(bins, labels)
    ranked = np.sort(np.vstack([np.zeros_like(entropies), information]), axis=0)
    return (ranked[-1] - ranked[-2]) / np.where(entropies > 0, entropies, 1.0), information, entropies


def _estimate(codes: NDArray, labels: NDArray, names: tuple[str, ...], settings: MigSettings) -> Estimate:
    bins = np.stack([BINNINGS[settings.binning](column, settings.bins) for column in codes.T], axis=1)
    gaps, information, entropies = _gaps(bins, labels)

    def resample(rng: np.random.Generator, times: int) -> NDArray:
        draws = (rng.integers(len(bins), size=len(bins)) for _ in range(times))
        return np.array([_gaps(bins[rows], labels[rows])[0].mean() for rows in draws])

    warnings = []
    if codes.shape[1] == 1:
        warnings.append("one latent: the second mutual information is taken as 0")
    if settings.binning == "equal_width":
        for latent, share in outliers(codes).items():
            left = int(np.ceil(share * settings.bins))
            warnings.append(
                f"latent {latent}: an outlier leaves 99 % of the samples {left} of {settings.bins} "
                "equal-width bins; binning='quantile' is not affected"
            )
    bias = bins.max() * labels.max(axis=0) / (2 * len(bins))
    for name, nats, entropy in zip(names, bias, entropies, strict=True):
        if nats > BIAS * entropy:
            warnings.append(
                f"too few samples ({len(bins)}): mutual information with factor {name!r} is biased by up to "
                f"{nats:.2g} of {entropy:.2g} nats"
            )
    details = {"mutual_information": information, "entropies": entropies, "gaps": gaps}
    return Estimate(float(gaps.mean()), resample, details, tuple(warnings))
