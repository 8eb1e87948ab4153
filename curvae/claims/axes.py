"""What the study of the digits asserts of the axes of its decoded grid (Philion 2018)."""

from typing import Any

import numpy as np
import pandas as pd

from curvae.claims.claim import Claim, Evidence, NotTestable, judge_all, require

SOURCE = "Philion 2018"
COLUMNS = ("seed", "latent", "attribute", "correlation")
LEAST = 0.5  # a quarter of the variance over the grid


def axes_claims(table: pd.DataFrame, seed: int = 0) -> list[dict[str, Any]]:
    """One row a claim about the axes of a grid of two latents.

    Args:
        table: of `curvae.generation.axis_correlations`, with the column ``seed``.
        seed: of the bootstrap.

    Raises:
        ValueError: a column is missing.
    """
    require("table", table, COLUMNS)
    return judge_all(CLAIMS, table, seed=seed)


def leaning(table: pd.DataFrame) -> Evidence:
    """|correlation| of slant with the axis that has more of it."""
    slants = _strengths(table, "slant")
    return Evidence(slants.max(axis=1), "latent " + ", ".join(map(str, slants.idxmax(axis=1))))


def thickening(table: pd.DataFrame) -> Evidence:
    """|correlation| of thickness with the axis that has less of the slant."""
    slants, thick = (_strengths(table, name) for name in ("slant", "thickness"))
    other = slants.idxmin(axis=1)
    values = np.array([thick.loc[seed, latent] for seed, latent in other.items()])
    return Evidence(values, f"with the better of both axes {', '.join(f'{value:.2f}' for value in thick.max(axis=1))}")


def _strengths(table: pd.DataFrame, attribute: str) -> pd.DataFrame:
    """|correlation|, a row a seed and a column a latent; 0 where an attribute does not vary."""
    rows = table[table["attribute"] == attribute]
    if rows.empty:
        raise NotTestable(f"no correlations of {attribute}")
    return rows.pivot_table("correlation", "seed", "latent", dropna=False).abs().fillna(0.0)


CLAIMS = (
    (
        Claim(
            *("axes.slant", SOURCE),
            "One latent of the decoded grid encodes, in a sense, the angle of the digit.",
            "|correlation| over the grid of slant, by moments of the ink, with the latent that has more of it",
            *("1", ">=", LEAST),
        ),
        leaning,
    ),
    (
        Claim(
            *("axes.thickness", "beside " + SOURCE),
            "The other latent encodes how thick the strokes are.",
            "|correlation| over the grid of thickness, area over half the edges, with the latent that has less slant",
            *("1", ">=", LEAST),
        ),
        thickening,
    ),
)
