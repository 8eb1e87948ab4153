"""What the study asserts about likely changes of the ball's latents (Pyle 2019)."""

from typing import Any

import pandas as pd

from curvae.claims.claim import Claim, Evidence, NotTestable, judge_all, require

SOURCE = "Pyle 2019"


def directions_claims(directions: pd.DataFrame, seed: int = 0) -> list[dict[str, Any]]:
    """One row a claim; one decoder is one seed, and the note gives the interval over points.

    Args:
        directions: one row a statistic, definition and axis: value, low, high.
        seed: of the bootstrap.

    Raises:
        ValueError: a column is missing.
    """
    require("directions", directions, ("statistic", "definition", "axis", "value", "low", "high"))
    return judge_all(CLAIMS, directions, seed=seed)


def of(statistic: str, definition: str, axis: str | None = None) -> Any:
    """Measure a statistic of a definition, or of its agreement with another."""

    def measure(directions: pd.DataFrame) -> Evidence:
        rows = directions[(directions["statistic"] == statistic) & (directions["definition"] == definition)]
        rows = rows if axis is None else rows[rows["axis"] == axis]
        if rows.empty:
            raise NotTestable(f"no {statistic} by the definition {definition!r}")
        row = rows.iloc[0]
        return Evidence([row["value"]], f"95 % interval over points: {row['low']:.3g}, {row['high']:.3g}")

    return measure


def unequal_axes(directions: pd.DataFrame) -> Evidence:
    """Share of the steps' variance along the least likely latent over that along the likeliest."""
    rows = directions[(directions["statistic"] == "share") & (directions["definition"] == "steps")]
    if rows.empty:
        raise NotTestable("no steps: the data have no trajectories")
    order = rows.sort_values("value", ascending=False)
    note = ", ".join(f"{r.axis} {r.value:.3f} ({r.low:.3f} to {r.high:.3f})" for r in order.itertuples())
    return Evidence([order["value"].iloc[-1] / order["value"].iloc[0]], f"shares of the variance: {note}")


def _claim(key: str, sentence: str, statistic: str, comparison: str, threshold: float) -> Claim:
    return Claim(f"directions.{key}", SOURCE, sentence, statistic, "1", comparison, threshold)


_AGREE = "How likely a change is does not depend on how one measures it"
_COSINE = "median |cos| between the unlikeliest directions"

CLAIMS = (
    (
        _claim(
            "axes",
            "Changes of one latent are much less likely than those of another.",
            "variance of the steps along the least likely latent over that along the likeliest",
            *("<=", 0.5),
        ),
        unequal_axes,
    ),
    (
        _claim(
            "sheet",
            "Locally the ball's steps leave one direction of the latent space out.",
            "least over largest local variance of the steps, median over points",
            *("<=", 0.05),
        ),
        of("unlikeliest over likeliest", "steps"),
    ),
    (
        _claim("codes", f"{_AGREE}: by steps and by codes.", _COSINE, ">=", 0.9),
        of("agreement unlikeliest", "steps", "codes"),
    ),
    (
        _claim("posterior", f"{_AGREE}: by steps and by the posterior.", _COSINE, ">=", 0.9),
        of("agreement unlikeliest", "steps", "posterior"),
    ),
    (
        _claim(
            "mass",
            "A likely change keeps the ball whole.",
            "median relative change of the decoded light after half a prior s.d. along the likeliest direction",
            *("<=", 0.1),
        ),
        of("mass", "steps", "likeliest"),
    ),
)
