"""A score: value, interval, floor, ceiling and warnings."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from curvae.scores.presets import check_whole
from curvae.scores.sample import Sample, prepare


class NotApplicable(ValueError):
    """The input is sound, but the metric has no meaning for it."""


@dataclass(frozen=True)
class Score:
    """One metric of one set of codes.

    Attributes:
        value: the metric.
        interval: 95 % bootstrap interval of the value (low, high), what it covers is the metric's to say; NaN with
            bootstrap = 0, or where the metric has none.
        floor: mean value when the factors are permuted against the codes; NaN with permutations = 0, and of measures
            that see no factors.
        ceiling: value of the oracle code, the standardised factors; NaN of measures that see no factors.
        warnings: what casts doubt on the value, one sentence each.
        details: parts of the value; arrays carry the order of ``details["factors"]``.
    """

    value: float
    interval: tuple[float, float]
    floor: float
    ceiling: float
    warnings: tuple[str, ...] = ()
    details: dict[str, Any] = field(default_factory=dict, compare=False)


@dataclass(frozen=True)
class Estimate:
    """A metric's value, with what is needed to resample it.

    Attributes:
        value: the metric, in [0, 1].
        resample: (generator, times) -> [times] values on samples drawn with replacement; None if there is no
            way short of measuring again.
        details: parts of the value.
        warnings: what went wrong on the way.
    """

    value: float
    resample: Callable[[np.random.Generator, int], NDArray] | None
    details: dict[str, Any]
    warnings: tuple[str, ...] = ()


def stream(seed: int, purpose: str) -> np.random.Generator:
    """A generator of its own for each purpose, so that more permutations do not change the value.

    Args:
        seed: whole number from 0.
        purpose: "sample", "value", "bootstrap", "floor" or "ceiling".

    Raises:
        ValueError: the seed is not a whole number from 0.
    """
    check_whole("seed", seed, 0)
    return np.random.default_rng((seed, ("sample", "value", "bootstrap", "floor", "ceiling").index(purpose)))


def drawn(
    metric: str,
    codes: ArrayLike,
    factors: ArrayLike,
    factor_names: Sequence[str] | None,
    settings: Any,
    seed: int,
    least: int = 1,
) -> Sample:
    """Checked codes and factors for a metric that takes all samples alike.

    Args:
        metric: its name, for messages.
        codes: see `prepare`, as the next two.
        factors: discrete or continuous.
        factor_names: k names, or None.
        settings: the metric's, with `points`, `max_levels` and `factor_bins`.
        seed: of the thinning to `points`.
        least: number of factors below which the metric has no meaning.

    Raises:
        NotApplicable: fewer than `least` factors vary.
        ValueError: codes or factors that are not allowed.
    """
    sample = prepare(
        codes,
        factors,
        factor_names,
        max_levels=settings.max_levels,
        factor_bins=settings.factor_bins,
        points=settings.points,
        rng=stream(seed, "sample"),
    )
    if len(sample.names) < least:
        raise NotApplicable(f"{metric}: factors that vary = {len(sample.names)}: allowed: {least} or more")
    return sample


def assess(
    measure: Callable[[NDArray, np.random.Generator], Estimate], sample: Sample, settings: Any, seed: int
) -> Score:
    """Measure the codes, the codes permuted against the factors, and the oracle code.

    Args:
        measure: (codes [n, d], generator) -> estimate; the factors are bound to it.
        sample: checked codes and factors.
        settings: the metric's settings, with `bootstrap` and `permutations`.
        seed: whole number from 0.
    """
    found = measure(sample.codes, stream(seed, "value"))
    rng = stream(seed, "floor")
    floors = [measure(rng.permutation(sample.codes), rng).value for _ in range(settings.permutations)]
    about = {
        "factors": sample.names,
        "binned_factors": sample.binned,
        "points": len(sample.codes),
        "settings": asdict(settings),
    }
    return Score(
        value=found.value,
        interval=_interval(found, stream(seed, "bootstrap"), settings.bootstrap),
        floor=float(np.mean(floors)) if floors else float("nan"),
        ceiling=measure(sample.oracle, stream(seed, "ceiling")).value,
        warnings=(*sample.warnings, *found.warnings),
        details=found.details | about,
    )


def _interval(found: Estimate, rng: np.random.Generator, times: int) -> tuple[float, float]:
    """Bootstrap interval of a value in [0, 1]."""
    if times == 0 or found.resample is None:
        return float("nan"), float("nan")
    return around(found.value, found.resample(rng, times), 1.0)


def around(value: float, draws: NDArray, most: float = float("inf")) -> tuple[float, float]:
    """2.5 and 97.5 % percentiles of a bootstrap, moved so that their median is the value.

    Resampling adds the estimator's own bias once more (plug-in mutual information rises with every empty
    cell); the shift takes it out again.

    Args:
        value: in [0, most].
        draws: the same of samples drawn with replacement, finite.
        most: largest value.
    """
    low, middle, high = np.quantile(draws, [0.025, 0.5, 0.975])
    return float(max(0.0, value + low - middle)), float(min(most, value + high - middle))
