"""A claim of the study, and what numbers say about it."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from math import isfinite
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from curvae.words import counted

RESAMPLES = 5000
COLUMNS = (
    *("claim", "source", "sentence", "statistic", "unit", "value", "low", "high"),
    *("comparison", "threshold", "margin", "seeds", "repeats", "holds", "verdict", "runs", "note"),
)


@dataclass(frozen=True)
class Claim:
    """A sentence that asserts something measurable: statistic <= threshold or statistic >= threshold.

    Attributes:
        key: names the claim in tables, "file.claim".
        source: who asserts it.
        sentence: what is asserted, in our own words.
        statistic: what is measured.
        unit: of the statistic; "1" without one.
        comparison: "<=" or ">=".
        threshold: in the statistic's unit.

    Raises:
        ValueError: another comparison, or a threshold that is not finite.
    """

    key: str
    source: str
    sentence: str
    statistic: str
    unit: str
    comparison: str
    threshold: float

    def __post_init__(self):
        if self.comparison not in ("<=", ">="):
            raise ValueError(f"comparison = {self.comparison!r}: allowed: <=, >=")
        if not isfinite(self.threshold):
            raise ValueError(f"threshold = {self.threshold}: allowed: a finite number")

    def margin(self, values: ArrayLike) -> NDArray:
        """How far values lie from the threshold; at least 0 where the claim holds, NaN stays NaN."""
        return (1 if self.comparison == ">=" else -1) * (np.asarray(values, dtype=np.float64) - self.threshold)


class NotTestable(Exception):
    """The tables are sound, but do not hold what the claim is about; the message says what is missing."""


class Evidence(NamedTuple):
    """One number a seed or another repetition, how they were obtained, and what is repeated (a singular).

    A single number over a pool may bring its own 95 % interval.
    """

    values: ArrayLike
    note: str = ""
    repeats: str = "seed"
    interval: tuple[float, float] | None = None


Tested = Sequence[tuple[Claim, Callable[..., Evidence]]]


def judge(
    claim: Claim,
    values: ArrayLike,
    seed: int = 0,
    note: str = "",
    repeats: str = "seed",
    interval: tuple[float, float] | None = None,
) -> dict[str, Any]:
    """One row about one claim.

    value is the median over seeds; low and high are the 95 % percentile bootstrap interval of the median over seeds,
    of up to five seeds their range. holds is the share of seeds that satisfy the claim. "reproduced": more than half of
    the seeds satisfy it, and so does the interval's worse end; "partly": the first alone; "not reproduced": otherwise;
    "not testable": there is no value. A seed without a finite number (it diverged, or the ball is not there) counts as
    infinitely far on the wrong side, in value and interval too.

    Args:
        claim: to judge.
        values: one number a seed, in the claim's unit.
        seed: of the bootstrap.
        note: how the numbers were obtained, or why there are none.
        repeats: what the values are repetitions of, if not of seeds.
        interval: 95 % interval of the value, in the place of the bootstrap.

    Returns:
        The columns `COLUMNS`. margin is signed, at least 0 on the right side; seeds counts the values; runs is empty.
    """
    values = np.asarray(values, dtype=np.float64).ravel()
    finite = np.isfinite(values)
    if lost := values.size - finite.sum():
        count = "counts" if lost == 1 else "count"
        said = f"{lost} of {counted(values.size, repeats)} gave no finite number and {count} as the worst"
        note = "; ".join(filter(None, (note, said)))
    value = low = high = holds = np.nan
    verdict = "not testable"
    if values.size:
        ranked = np.where(finite, values, -np.inf if claim.comparison == ">=" else np.inf)
        value = np.median(ranked)
        low, high = interval or _interval(ranked, seed)
        holds = (claim.margin(ranked) >= 0).mean()
        certain = claim.margin([low, high]).min() >= 0
        verdict = "not reproduced" if holds <= 0.5 else "reproduced" if certain else "partly"
    elif not note:
        note = "there are no values"
    said = (claim.key, claim.source, claim.sentence, claim.statistic, claim.unit)
    found = (*map(float, (value, low, high)), claim.comparison, claim.threshold, float(claim.margin(value)))
    row = (*said, *found, int(values.size), repeats, float(holds), verdict, "", note)
    return dict(zip(COLUMNS, row, strict=True))


def judge_all(tested: Tested, *tables: Any, seed: int = 0) -> list[dict[str, Any]]:
    """One row a claim.

    Args:
        tested: claims, each with the function that measures it.
        tables: arguments of every one of these functions.
        seed: of the bootstrap.
    """
    rows = []
    for claim, measure in tested:
        try:
            found = measure(*tables)
        except NotTestable as reason:
            found = Evidence((), str(reason))
        rows.append(judge(claim, found.values, seed, found.note, found.repeats, found.interval))
    return rows


def used(rows: Iterable[dict[str, Any]], runs: Iterable[str]) -> list[dict[str, Any]]:
    """Rows that say which runs they were measured on.

    Args:
        rows: of `judge`.
        runs: names of experiments or climates.
    """
    return [row | {"runs": ", ".join(runs)} for row in rows]


def require(name: str, table: pd.DataFrame, columns: Iterable[str]) -> None:
    """Refuse a table that lacks columns.

    Raises:
        ValueError: the table's name, what it has, what it must have.
    """
    columns = list(columns)
    if not set(columns) <= set(table.columns):
        raise ValueError(f"{name}: columns {', '.join(map(str, table.columns))}; allowed: with {', '.join(columns)}")


def one_a_seed(name: str, rows: pd.DataFrame, column: str) -> pd.Series:
    """The values of a column in the order of the seeds, which are the index.

    Args:
        name: of the table, for the message.
        rows: one row a seed, with the column ``seed``.
        column: to take.

    Raises:
        ValueError: a seed stands in several rows.
    """
    if rows["seed"].duplicated().any():
        twice = rows.loc[rows["seed"].duplicated(), "seed"].iloc[0]
        raise ValueError(f"{name}: {column} of seed {twice} in several rows; allowed: one row a seed")
    return rows.set_index("seed")[column].sort_index().astype(np.float64)


def gains(after: pd.Series, before: pd.Series) -> NDArray:
    """Differences over the seeds that both have.

    Raises:
        NotTestable: there is none.
    """
    both = after.index.intersection(before.index)
    if both.empty:
        raise NotTestable("no seed has both")
    return (after[both] - before[both]).to_numpy()


def _interval(values: NDArray, seed: int) -> tuple[float, float]:
    drawn = np.random.default_rng(seed).integers(values.size, size=(RESAMPLES, values.size))
    medians = np.median(values[drawn], axis=1)
    # Samples, for what lies between infinity and a number is none.
    low, high = np.quantile(medians, [0.025, 0.975], method="inverted_cdf")
    return low, high
