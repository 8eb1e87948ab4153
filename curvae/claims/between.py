"""What is asserted of an autoencoder whose images between codes an adversary judges (Sainburg et al. 2018)."""

from typing import Any

import numpy as np
import pandas as pd

from curvae.claims.claim import Claim, Evidence, NotTestable, judge_all, require

SOURCE = "Sainburg et al. 2018"
JUDGED = "interpolator"  # the kind of model that an adversary trains between its codes


def between_claims(table: pd.DataFrame, seed: int = 0) -> list[dict[str, Any]]:
    """One row a claim about images decoded between codes.

    Args:
        table: of `curvae.generation.between.between_table`, with the columns model (``interpolator`` or another kind)
            and seed; a member is a seed.
        seed: of the bootstrap.

    Raises:
        ValueError: a column is missing.
    """
    require("table", table, ("model", "seed", "fraction", "sharpness", "distance", "pairs"))
    return judge_all(CLAIMS, table, seed=seed)


def convex(table: pd.DataFrame) -> Evidence:
    """Distance to the nearest training image half way over that at the ends, of every member with an adversary."""
    judged, others = _halfway(table, "distance")
    return Evidence(judged, _said(table, judged, others))


def nearer(table: pd.DataFrame) -> Evidence:
    """The same less the median of the members without an adversary."""
    return _lead(table, "distance")


def sharper(table: pd.DataFrame) -> Evidence:
    """Sharpness half way over that at the ends, with an adversary less the median without."""
    return _lead(table, "sharpness")


def _lead(table: pd.DataFrame, column: str) -> Evidence:
    judged, others = _halfway(table, column)
    if others.empty:
        raise NotTestable("no autoencoder without an adversary beside it")
    return Evidence(judged - others.median(), _said(table, judged, others))


def _halfway(table: pd.DataFrame, column: str) -> tuple[pd.Series, pd.Series]:
    """The measure half way over its mean at both ends, a member each: with an adversary, and without."""
    if not np.isclose(table["fraction"], 0.5).any():
        raise NotTestable("an even number of steps has none half way")
    parts = []
    for part in (table[table["model"] == JUDGED], table[table["model"] != JUDGED]):
        middle = part[np.isclose(part["fraction"], 0.5)].groupby("seed")[column].mean()
        parts.append(middle / part[part["fraction"].isin((0, 1))].groupby("seed")[column].mean())
    if parts[0].empty:
        raise NotTestable(f"no model {JUDGED}")
    return parts[0], parts[1]


def _said(table: pd.DataFrame, judged: pd.Series, others: pd.Series) -> str:
    without = f", {others.median():.3f} without" if len(others) else ""
    return f"{judged.median():.3f} with an adversary{without}; {table['pairs'].iloc[0]} pairs of test images"


CLAIMS = (
    (
        Claim(
            *("between.convex", SOURCE),
            "An adversary of interpolations makes the latent distribution convex: between two codes there are data.",
            "distance of decoded images to the nearest training image, half way over the ends of a straight line",
            *("1", "<=", 1.0),
        ),
        convex,
    ),
    (
        Claim(
            *("between.nearer", SOURCE),
            "With it images between codes stay nearer to the data than a VAE's.",
            "distance to the nearest training image half way over the ends, with the adversary less without",
            *("1", "<=", 0.0),
        ),
        nearer,
    ),
    (
        Claim(
            *("between.sharper", SOURCE),
            "With it they stay sharper than a VAE's.",
            "sharpness half way over the ends, with the adversary less without",
            *("1", ">=", 0.0),
        ),
        sharper,
    ),
)
