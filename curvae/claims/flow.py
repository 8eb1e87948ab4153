"""What the study of flows of images asserts (Pyle 2019, after Kingma & Dhariwal 2018)."""

from collections.abc import Callable
from typing import Any

import pandas as pd

from curvae.claims.claim import Claim, Evidence, NotTestable, judge_all, require

SOURCE = "Kingma & Dhariwal 2018"
LEAST = 0.1  # s.d.; less is no change of an attribute
COLUMNS = ("edited", "attribute", "strength", "step", "shift", "rising", "samples", "seed")


def flow_claims(edits: pd.DataFrame, seed: int = 0) -> list[dict[str, Any]]:
    """One row a claim about attributes moved along a direction.

    Args:
        edits: of `curvae.generation.edits.attribute_edits`, with the column ``seed``.
        seed: of the bootstrap.

    Raises:
        ValueError: a column is missing.
    """
    require("edits", edits, COLUMNS)
    return judge_all(CLAIMS, edits, seed=seed)


def least_step(attribute: str) -> Callable[[pd.DataFrame], Evidence]:
    """From edits to the smallest change of the mean attribute between neighbouring strengths, one a seed.

    Args:
        attribute: that is edited and measured.
    """

    def measure(edits: pd.DataFrame) -> Evidence:
        rows = edits[(edits["edited"] == attribute) & (edits["attribute"] == attribute)]
        if rows.empty:
            raise NotTestable(f"no edits of {attribute}")
        moved = rows.dropna(subset="step").groupby("seed")
        others = edits[(edits["edited"] == attribute) & (edits["attribute"] != attribute)]
        own, other = (part.groupby(["seed", "attribute"])["shift"].last() for part in (rows, others))
        ends = f"from the weakest strength to the strongest {own.median():.2f} s.d."
        leak = f", {other.abs().max():.2f} s.d. at most of another attribute" if len(other) else ""
        rising = f"{moved['rising'].min().median():.0%} of {rows['samples'].min()} images rise at the least step"
        return Evidence(moved["step"].min(), f"{ends}{leak}; {rising}")

    return measure


def _claim(attribute: str, sentence: str) -> tuple[Claim, Callable[[pd.DataFrame], Evidence]]:
    statistic = f"least change of the mean {attribute} between neighbouring strengths of the edit"
    claim = Claim(f"flow.{attribute}", SOURCE, sentence, statistic, "s.d. over images", ">=", LEAST)
    return claim, least_step(attribute)


CLAIMS = (
    _claim("slant", "Along the difference of class means in a flow's codes an attribute grows step by step: slant."),
    _claim("thickness", "The same of the strokes' thickness."),
    _claim("width", "The same of the digits' width."),
)
