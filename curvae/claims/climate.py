"""What the study asserts about networks that learn a chaotic system: they learn its climate."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from curvae.claims.claim import Claim, Evidence, NotTestable, judge_all, one_a_seed, require

SOURCE = "Pathak et al. 2017"
TRUTH = "truth"


def climate_claims(exponents: pd.DataFrame, climate: pd.DataFrame, seed: int = 0) -> list[dict[str, Any]]:
    """One row about the truth's own exponents and four about each learner.

    Args:
        exponents: one row a system and exponent: system, exponent, value; `truth` among the systems.
        climate: one row a system and seed: system, seed, largest, sum, trace, dimension, exponents, return_map.
        seed: of the bootstrap.

    Raises:
        ValueError: a column is missing, or a seed stands in two rows of a system.
    """
    require("exponents", exponents, ("system", "exponent", "value"))
    require("climate", climate, ("system", "seed", "largest", "sum", "trace", "dimension", "exponents", "return_map"))
    tested = [(_truth(), trace)]
    for learner in climate.loc[climate["system"] != TRUTH, "system"].unique():
        tested += [(_claim(learner, *said), measure(learner)) for said, measure in LEARNED]
    return judge_all(tested, exponents, climate, seed=seed)


def trace(exponents: pd.DataFrame, climate: pd.DataFrame) -> Evidence:
    """|sum of all exponents - mean trace of the Jacobian| of the true system."""
    rows = climate[climate["system"] == TRUTH]
    if rows.empty or rows["trace"].isna().all():
        raise NotTestable("not all exponents of the true system were measured")
    known = ", ".join(f"{value:.3f}" for value in exponents.loc[exponents["system"] == TRUTH, "value"])
    return Evidence(np.abs(rows["sum"] - rows["trace"]), f"exponents {known}")


def largest(learner: str) -> Callable[..., Evidence]:
    """|largest exponent / true one - 1| of every seed."""

    def measure(exponents: pd.DataFrame, climate: pd.DataFrame) -> Evidence:
        true, values = _both(climate, learner, "largest")
        return Evidence(np.abs(values / true - 1), f"mean {values.mean():.4f}, true {true:.4f}")

    return measure


def dimension(learner: str) -> Callable[..., Evidence]:
    """|Kaplan-Yorke dimension - true one| of every seed."""

    def measure(exponents: pd.DataFrame, climate: pd.DataFrame) -> Evidence:
        true, values = _both(climate, learner, "dimension")
        return Evidence(np.abs(values - true), f"mean {values.mean():.3f}, true {true:.3f}")

    return measure


def spectrum(learner: str) -> Callable[..., Evidence]:
    """Distance of all exponents from the true ones, over the true ones' sizes, of every seed."""

    def measure(exponents: pd.DataFrame, climate: pd.DataFrame) -> Evidence:
        _, values = _both(climate, learner, "exponents")
        told = exponents.groupby("system")["value"]
        said = (", ".join(f"{value:.3f}" for value in told.get_group(name)) for name in (learner, TRUTH))
        return Evidence(values, "means {}; true {}".format(*said))

    return measure


def maxima(learner: str) -> Callable[..., Evidence]:
    """Distance of the return map of every seed."""

    def measure(exponents: pd.DataFrame, climate: pd.DataFrame) -> Evidence:
        floor, values = _both(climate, learner, "return_map")
        return Evidence(values, f"truth against truth {floor:.3f}")

    return measure


def _both(climate: pd.DataFrame, learner: str, column: str) -> tuple[float, np.ndarray]:
    """A number of the truth, and that of every seed of a learner."""
    rows, true = (climate[climate["system"] == name] for name in (learner, TRUTH))
    if rows.empty or true.empty:
        raise NotTestable(f"no climate of {learner if rows.empty else TRUTH}")
    return float(true[column].iloc[0]), one_a_seed("climate", rows, column)


def _claim(learner: str, key: str, sentence: str, statistic: str, threshold: float) -> Claim:
    said = f"What {learner} learned has the true climate: {sentence}."
    return Claim(f"climate.{learner}.{key}", SOURCE, said, statistic, "1", "<=", threshold)


def _truth() -> Claim:
    return Claim(
        "climate.trace",
        SOURCE,
        "The exponents of the true system add up to the mean trace of its Jacobian.",
        "|sum of the exponents - mean trace|",
        *("1/time", "<=", 1e-3),
    )


LEARNED = (
    (("largest", "the same largest Lyapunov exponent", "|largest exponent / true one - 1|", 0.05), largest),
    (("dimension", "the same Kaplan-Yorke dimension", "|dimension - true one|", 0.02), dimension),
    (
        (
            "spectrum",
            "the same Lyapunov spectrum, as many exponents as the true system has",
            "sum of the distances of the exponents from the true ones over the sum of their sizes",
            0.05,
        ),
        spectrum,
    ),
    (
        (
            "return_map",
            "maxima follow each other in the same way",
            "distance of the return map in standard deviations of the true maxima",
            0.05,
        ),
        maxima,
    ),
)
