"""Mutual information of latents and factors, for the metrics that are a formula of it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import xlogy
from scipy.stats import entropy

from curvae.scores.discretise import equal_width_bins, quantile_bins
from curvae.scores.presets import choice, count, settle
from curvae.scores.result import Estimate, Score, assess, drawn
from curvae.scores.sample import outliers

BINNINGS = {"quantile": quantile_bins, "equal_width": equal_width_bins}
BIAS = 0.05  # share of a factor's entropy
ROUNDING = 1e-12  # nats; the entropies' difference for variables that share nothing


@dataclass(frozen=True)
class InformationSettings:
    """Settings of `mig`, `dcimig`, `jemmig` and `migsup`.

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


PRESETS = {"default": InformationSettings(), "dlib": InformationSettings(binning="equal_width", points=10_000)}


@dataclass(frozen=True)
class Information:
    """Plug-in estimates from counts, in nats.

    Attributes:
        mutual: [d, k] I(z_j; v_k).
        latents: [d] H(z_j) of the binned latents.
        factors: [k] H(v_k).
    """

    mutual: NDArray[np.float64]
    latents: NDArray[np.float64]
    factors: NDArray[np.float64]

    def share(self) -> NDArray[np.float64]:
        """[d, k] I(z_j; v_k) / H(v_k), in [0, 1]; 0 for a factor that a resample froze."""
        return self.mutual / np.where(self.factors > 0, self.factors, 1.0)


Formula = Callable[[Information, InformationSettings], tuple[float, dict[str, NDArray]]]


def assess_information(
    metric: str,
    formula: Formula,
    codes: ArrayLike,
    factors: ArrayLike,
    *,
    seed: int,
    preset: str,
    factor_names: Sequence[str] | None,
    settings: Mapping[str, Any],
    least: int,
) -> Score:
    """Score codes by a formula of mutual information and entropies. The bootstrap keeps the bins.

    Args:
        metric: name of the metric, for messages.
        formula: (information, settings) -> value in [0, 1] and its parts.
        codes: [n, d] array or CPU tensor.
        factors: [n, k] discrete or continuous.
        seed: of the thinning, the bootstrap and the permutations.
        preset: "default" or "dlib".
        factor_names: k names, or None.
        settings: fields of `InformationSettings`.
        least: number of factors below which the metric has no meaning.

    Raises:
        NotApplicable: fewer than `least` factors vary.
        ValueError: codes, factors, preset or settings that are not allowed.
    """
    chosen = settle(metric, PRESETS, preset, settings)
    sample = drawn(metric, codes, factors, factor_names, chosen, seed, least)

    def measure(values: NDArray, rng: np.random.Generator) -> Estimate:
        bins = bin_latents(values, chosen.binning, chosen.bins)
        found = binned_information(bins, sample.labels)
        value, parts = formula(found, chosen)

        def resample(rng: np.random.Generator, times: int) -> NDArray:
            draws = (rng.integers(len(bins), size=len(bins)) for _ in range(times))
            return np.array([formula(binned_information(bins[i], sample.labels[i]), chosen)[0] for i in draws])

        details = {"mutual_information": found.mutual, "entropies": found.factors} | parts
        doubts = doubts_of_bins(values, bins, sample.labels, sample.names, chosen.binning, chosen.bins)
        if values.shape[1] == 1 and least == 1:  # a metric that ranks the latents, not the factors
            doubts = ("one latent: the second mutual information is taken as 0", *doubts)
        return Estimate(value, resample, details, doubts)

    return assess(measure, sample, chosen, seed)


def mutual_information(first: NDArray, second: NDArray) -> tuple[NDArray, NDArray]:
    """Mutual information of every column of one table of labels with every column of another.

    I(x; y) = H(x) + H(y) - H(x, y), from counts, in nats.

    Args:
        first: [n, d] labels 0, 1, ...
        second: [n, k] labels 0, 1, ...

    Returns:
        [d, k] mutual information, never negative and 0 up to rounding, and [k] entropies of `second`.
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
    return np.where(information > ROUNDING, information, 0.0), entropies


def _entropies(counts: NDArray, n: int) -> NDArray:
    """Entropy [nats] of each row of counts that sums to n."""
    return np.log(n) - xlogy(counts, counts).sum(axis=1) / n


def bin_latents(codes: NDArray, binning: str, bins: int) -> NDArray[np.int64]:
    """[n, d] bin of every latent, 0, 1, ...; `binning` is "quantile" or "equal_width"."""
    return np.stack([BINNINGS[binning](column, bins) for column in codes.T], axis=1)


def binned_information(bins: NDArray, labels: NDArray) -> Information:
    """Plug-in information of binned latents [n, d] and labelled factors [n, k]."""
    mutual, factors = mutual_information(bins, labels)
    return Information(mutual, np.array([entropy(np.bincount(column)) for column in bins.T]), factors)


def gap(values: NDArray, axis: int) -> NDArray[np.float64]:
    """Largest less second largest number along an axis; a second one that does not exist is 0."""
    ranked = np.sort(np.insert(values, 0, 0.0, axis=axis), axis=axis)
    return np.take(ranked, -1, axis) - np.take(ranked, -2, axis)


def doubts_of_bins(
    codes: NDArray, bins: NDArray, labels: NDArray, names: Sequence[str], binning: str, most: int
) -> tuple[str, ...]:
    """Warnings on outliers in equal-width bins, and on cells too many for the samples."""
    said = []
    if binning == "equal_width":
        for latent, share in outliers(codes).items():
            left = int(np.ceil(share * most))
            said.append(
                f"latent {latent}: an outlier leaves 99 % of the samples {left} of {most} "
                "equal-width bins; quantile bins are not affected"
            )
    bias = bins.max() * labels.max(axis=0) / (2 * len(bins))
    for name, nats, column in zip(names, bias, labels.T, strict=True):
        whole = entropy(np.bincount(column))
        if nats > BIAS * whole:
            said.append(
                f"too few samples ({len(bins)}): mutual information with factor {name!r} is biased by up to "
                f"{nats:.2g} of {whole:.2g} nats"
            )
    return tuple(said)
