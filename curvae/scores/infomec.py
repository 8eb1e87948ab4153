"""InfoMEC: modularity, explicitness and compactness from information."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from curvae.scores.infoe import infoe
from curvae.scores.information import bin_latents, binned_information, doubts_of_bins
from curvae.scores.ksg import ksg_terms
from curvae.scores.presets import choice, count, number, settle
from curvae.scores.result import Estimate, NotApplicable, Score, assess, drawn


@dataclass(frozen=True)
class InfomecSettings:
    """Settings of `infom` and `infoc`.

    Attributes:
        estimator: of mutual information: from "quantile" or "equal_width" bins, or "ksg", nearest neighbours.
        bins: bins a latent.
        neighbours: of "ksg".
        spread: "std" or "range" of a latent.
        inactive: a latent whose spread is at most this share of the largest is left out.
        points: largest number of samples; more are thinned at random.
        max_levels: a factor with more distinct values is continuous.
        factor_bins: quantile bins of a continuous factor.
        bootstrap: resamples of the interval.
        permutations: permutations of the floor.
    """

    estimator: str = choice("quantile", "equal_width", "ksg")
    bins: int = count(20, 2)
    neighbours: int = count(10, 1)
    spread: str = choice("std", "range")
    inactive: float = number(0.05, 0.0, 1.0)
    points: int = count(50_000, 2)
    max_levels: int = count(50, 2)
    factor_bins: int = count(20, 2)
    bootstrap: int = count(200, 0)
    permutations: int = count(5, 0)


PRESETS = {
    "default": InfomecSettings(),
    "dlib": InfomecSettings(estimator="equal_width", points=10_000),
    "hsu": InfomecSettings(estimator="ksg", spread="range", points=10_000),
}


class InfoMEC(NamedTuple):
    """The three scores of `infomec`. What a `Score` has is a mapping here, from the names of the three to theirs."""

    infom: Score
    infoe: Score
    infoc: Score

    @property
    def value(self) -> dict[str, float]:
        """The values."""
        return {name: score.value for name, score in self._asdict().items()}

    @property
    def interval(self) -> dict[str, tuple[float, float]]:
        """The intervals, (low, high)."""
        return {name: score.interval for name, score in self._asdict().items()}

    @property
    def floor(self) -> dict[str, float]:
        """The values under permuted factors."""
        return {name: score.floor for name, score in self._asdict().items()}

    @property
    def ceiling(self) -> dict[str, float]:
        """The values of the oracle code."""
        return {name: score.ceiling for name, score in self._asdict().items()}

    @property
    def warnings(self) -> dict[str, tuple[str, ...]]:
        """What casts doubt on the values."""
        return {name: score.warnings for name, score in self._asdict().items()}

    @property
    def details(self) -> dict[str, dict[str, Any]]:
        """The parts of the values."""
        return {name: score.details for name, score in self._asdict().items()}


def infomec(
    codes: ArrayLike,
    factors: ArrayLike,
    *,
    seed: int = 0,
    preset: str = "default",
    factor_names: Sequence[str] | None = None,
    **settings: Any,
) -> InfoMEC:
    """InfoM, InfoE and InfoC of the same codes: (infom, infoe, infoc), each a `Score`.

    The result has the attributes of a `Score` as well, as mappings: ``infomec(...).value["infom"]``.

    They answer three questions and are not averaged. Explicitness should be read first: modularity and
    compactness are ratios, and say little about codes that know little.

    Args:
        codes: [n, d] array or CPU tensor.
        factors: [n, k] discrete or continuous.
        seed: of every draw.
        preset: "default", "dlib" or "hsu".
        factor_names: k names for messages and details.
        **settings: fields that `InfomecSettings` and `InfoeSettings` share.

    Raises:
        NotApplicable: fewer than two factors vary, or one latent.
        ValueError: codes, factors, preset or settings that are not allowed.

    Reference: Hsu et al. 2023, Disentanglement via Latent Quantization, section 4.
    """
    given = {"seed": seed, "preset": preset, "factor_names": factor_names} | settings
    return InfoMEC(*(metric(codes, factors, **given) for metric in (infom, infoe, infoc)))


def infom(
    codes: ArrayLike,
    factors: ArrayLike,
    *,
    seed: int = 0,
    preset: str = "default",
    factor_names: Sequence[str] | None = None,
    **settings: Any,
) -> Score:
    """InfoM, modularity: does what a latent knows belong to one factor?

    With J_jk = I(z_j; v_k) / H(v_k), a latent has the ratio max_k J_jk / sum_k J_jk, between 1/k and 1.
    InfoM = (mean of the ratios over active latents - 1/k) / (1 - 1/k). A latent is active if its spread exceeds
    1/20 of the largest. One that knows nothing has the ratio 1/k; without an active latent InfoM = 0.

    The ratio does not ask how much a latent knows. Estimates of independent variables are never all equal, so
    noise does not score 0: see the floor, and `infoe`.

    Presets: "hsu" estimates mutual information from 10 nearest neighbours and judges activity by the range, on
    at most 10,000 samples. "default" has 20 bins of equal frequency and judges by the standard deviation, so
    that no outlier can silence the other latents. "dlib" has 20 bins of equal width and at most 10,000 samples.
    The bootstrap keeps the bins, the neighbours and the active latents.

    Args:
        codes: [n, d] array or CPU tensor.
        factors: [n, k] discrete or continuous.
        seed: of the thinning, the estimate, the bootstrap and the permutations.
        preset: "default", "dlib" or "hsu".
        factor_names: k names for messages and details.
        **settings: fields of `InfomecSettings`.

    Returns:
        Score; details hold `information` J [d, k], `active` [d] and `ratios` of the active latents.

    Raises:
        NotApplicable: fewer than two factors vary.
        ValueError: codes, factors, preset or settings that are not allowed.

    Reference: Hsu et al. 2023, Disentanglement via Latent Quantization, section 4.
    """
    return _assess("infom", 1, codes, factors, seed, preset, factor_names, settings)


def infoc(
    codes: ArrayLike,
    factors: ArrayLike,
    *,
    seed: int = 0,
    preset: str = "default",
    factor_names: Sequence[str] | None = None,
    **settings: Any,
) -> Score:
    """InfoC, compactness: does what the code knows of a factor lie in one latent?

    With J_jk = I(z_j; v_k) / H(v_k) of the active latents, d of them, a factor has the ratio
    max_j J_jk / sum_j J_jk, between 1/d and 1. InfoC = (mean of the ratios over factors - 1/d) / (1 - 1/d). A
    factor that no latent knows has the ratio 1/d. With fewer than two active latents compactness means nothing
    and InfoC = 0, with a warning.

    Presets, active latents and what to beware of are those of `infom`.

    Args:
        codes: [n, d] array or CPU tensor, two latents or more.
        factors: [n, k] discrete or continuous.
        seed: of the thinning, the estimate, the bootstrap and the permutations.
        preset: "default", "dlib" or "hsu".
        factor_names: k names for messages and details.
        **settings: fields of `InfomecSettings`.

    Returns:
        Score; details hold `information` J [d, k], `active` [d] and `ratios` [k].

    Raises:
        NotApplicable: one latent, or fewer than two factors vary (the oracle code has one latent a factor).
        ValueError: codes, factors, preset or settings that are not allowed.

    Reference: Hsu et al. 2023, Disentanglement via Latent Quantization, section 4.
    """
    return _assess("infoc", 0, codes, factors, seed, preset, factor_names, settings)


def _assess(
    metric: str,
    axis: int,
    codes: ArrayLike,
    factors: ArrayLike,
    seed: int,
    preset: str,
    factor_names: Sequence[str] | None,
    settings: dict[str, Any],
) -> Score:
    chosen = settle(metric, PRESETS, preset, settings)
    sample = drawn(metric, codes, factors, factor_names, chosen, seed, least=2)
    if axis == 0 and sample.codes.shape[1] < 2:
        raise NotApplicable(f"{metric}: latents = {sample.codes.shape[1]}: allowed: 2 or more")

    def measure(values: NDArray, rng: np.random.Generator) -> Estimate:
        spread = np.ptp(values, axis=0) if chosen.spread == "range" else values.std(axis=0)
        active = spread > chosen.inactive * spread.max()
        shared, doubts = _shared(values, sample.labels, sample.names, chosen, rng)
        every = np.arange(len(values))
        information = shared(every)
        ratios, value = concentration(information[active], axis)

        def resample(rng: np.random.Generator, times: int) -> NDArray:
            draws = (rng.choice(every, len(every)) for _ in range(times))
            return np.array([concentration(shared(rows)[active], axis)[1] for rows in draws])

        if axis == 0 and active.sum() < 2:
            doubts = (*doubts, f"active latents = {active.sum()}: compactness means nothing and is taken as 0")
        details = {"information": information, "active": active, "ratios": ratios}
        return Estimate(value, resample, details, doubts)

    return assess(measure, sample, chosen, seed)


def concentration(information: NDArray, axis: int) -> tuple[NDArray, float]:
    """How much of each sum along an axis is its largest term.

    Args:
        information: [d, k] numbers from 0.
        axis: along which to sum.

    Returns:
        Ratios max / sum (1/m for a sum of 0, m the length of the axis), and their mean scaled to be 0 for
        equal terms and 1 for one term; 0 if m < 2 or there is no ratio.
    """
    m = information.shape[axis]
    if m < 2 or information.size == 0:
        return np.ones(information.shape[1 - axis]), 0.0
    whole = information.sum(axis=axis)
    ratios = np.divide(information.max(axis=axis), whole, out=np.full(len(whole), 1 / m), where=whole > 0)
    return ratios, float((ratios.mean() - 1 / m) / (1 - 1 / m))


def _shared(
    codes: NDArray, labels: NDArray, names: Sequence[str], settings: InfomecSettings, rng: np.random.Generator
) -> tuple[Callable[[NDArray], NDArray], tuple[str, ...]]:
    """Function from rows to J [d, k] of these samples, and warnings."""
    if settings.estimator == "ksg":
        terms = ksg_terms(codes, labels, settings.neighbours, rng)
        entropies = binned_information(labels, labels).factors
        return lambda rows: np.maximum(terms[rows].mean(axis=0), 0.0) / entropies, ()
    bins = bin_latents(codes, settings.estimator, settings.bins)
    doubts = doubts_of_bins(codes, bins, labels, names, settings.estimator, settings.bins)
    return lambda rows: binned_information(bins[rows], labels[rows]).share(), doubts
