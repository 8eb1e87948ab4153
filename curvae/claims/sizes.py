"""What the study asserts about the size of the ball's latent space: three is the smallest that will do (Pyle 2018)."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from curvae.claims.claim import Claim, Evidence, NotTestable, judge_all, one_a_seed, require

SOURCE = "Pyle 2018"
CLAIMED = 3  # latents
ACCURATE = 1.0  # px


def sizes_claims(table: pd.DataFrame, seed: int = 0) -> list[dict[str, Any]]:
    """One row a claim about sizes of the latent space.

    Accurate is what puts the ball within `ACCURATE` px: in half of the frames (median), or in 99 % of them (q99).

    Args:
        table: one row a member: latent, seed, median and q99 [px] (`curvae.dynamics.reconstruction`).
        seed: of the bootstrap.

    Raises:
        ValueError: a column is missing, or a seed has several members of one size.
    """
    require("table", table, ("latent", "seed", "median", "q99"))
    return judge_all(CLAIMS, table, seed=seed)


def error(column: str) -> Callable[[pd.DataFrame], Evidence]:
    """A quantile of the position error at the claimed size."""

    def measure(table: pd.DataFrame) -> Evidence:
        rows = table[table["latent"] == CLAIMED]
        if rows.empty:
            raise NotTestable(f"no member has {CLAIMED} latents")
        return Evidence(one_a_seed("table", rows, column), _said(table, column))

    return measure


def smallest(column: str) -> Callable[[pd.DataFrame], Evidence]:
    """The smallest size whose quantile of the position error is below `ACCURATE`; NaN where none is.

    So it is where a smaller member diverged: that says nothing about its size.
    """

    def measure(table: pd.DataFrame) -> Evidence:
        sizes = sorted(table["latent"].unique())
        if sizes[0] >= CLAIMED:
            raise NotTestable(f"no member has fewer than {CLAIMED} latents")
        errors = {size: one_a_seed("table", table[table["latent"] == size], column) for size in sizes}
        return Evidence(pd.DataFrame(errors).apply(_first_small, axis=1), _said(table, column))

    return measure


def _first_small(errors: pd.Series) -> float:
    """The size of the first small error; NaN if there is none, or the error of a smaller size is not known."""
    rest = errors[~(errors >= ACCURATE)]
    return float(rest.index[0]) if len(rest) and np.isfinite(rest.iloc[0]) else np.nan


def _said(table: pd.DataFrame, column: str) -> str:
    medians = table.groupby("latent")[column].median()
    return "error by size: " + ", ".join(f"{size}: {value:.2f} px" for size, value in medians.items())


def _claim(key: str, sentence: str, statistic: str, unit: str, comparison: str, threshold: float) -> Claim:
    return Claim(f"ball.size_{key}", SOURCE, sentence, statistic, unit, comparison, threshold)


_ENOUGH = "Three latents reconstruct the ball accurately."
_FEWEST = "Fewer than three do not."

CLAIMS = (
    (
        _claim("median", _ENOUGH, "median over frames of the position error", "px", "<=", ACCURATE),
        error("median"),
    ),
    (
        _claim("q99", _ENOUGH, "99 % quantile over frames of the position error", "px", "<=", ACCURATE),
        error("q99"),
    ),
    (
        _claim("fewest_median", _FEWEST, "smallest size whose median error is below 1 px", "latent", ">=", CLAIMED),
        smallest("median"),
    ),
    (
        _claim("fewest_q99", _FEWEST, "smallest size with 99 % of the frames below 1 px", "latent", ">=", CLAIMED),
        smallest("q99"),
    ),
)
