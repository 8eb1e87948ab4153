"""Each sentence of the study that asserts something measurable, as a measured row.

One file a subject; each has a function that takes tables and returns one row a claim, and a tuple `CLAIMS`
of claims with the functions that measure them. `sentences` declares what each source asserts, and which rows measure it
or why none can; `check` judges all results there are, and `account` puts rows and sentences together.
"""

from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd

from curvae.claims.account import account
from curvae.claims.axes import axes_claims
from curvae.claims.ball import ball_claims
from curvae.claims.between import between_claims
from curvae.claims.check import check
from curvae.claims.claim import COLUMNS, Claim, Evidence, NotTestable, judge, judge_all, used
from curvae.claims.climate import climate_claims
from curvae.claims.deep import codes_claims, drawn_claims, pretraining_claims
from curvae.claims.density import density_claims
from curvae.claims.digits import convolutional_claims, digits_claims, grid_claims
from curvae.claims.directions import directions_claims
from curvae.claims.disentanglement import disentanglement_claims
from curvae.claims.flow import flow_claims
from curvae.claims.generation import generation_claims
from curvae.claims.geometry import collapse_of, geometry_claims
from curvae.claims.inversion import inversion_claims
from curvae.claims.joint import joint_claims
from curvae.claims.points import measure_square, roughness
from curvae.claims.posterior import posterior_claims
from curvae.claims.ring import ring_claims
from curvae.claims.sizes import sizes_claims
from curvae.claims.square import square_claims

__all__ = [
    "COLUMNS",
    "Claim",
    "Evidence",
    "NotTestable",
    "account",
    "axes_claims",
    "ball_claims",
    "between_claims",
    "check",
    "climate_claims",
    "codes_claims",
    "collapse_of",
    "convolutional_claims",
    "density_claims",
    "digits_claims",
    "directions_claims",
    "disentanglement_claims",
    "drawn_claims",
    "flow_claims",
    "gather",
    "generation_claims",
    "geometry_claims",
    "grid_claims",
    "inversion_claims",
    "joint_claims",
    "judge",
    "judge_all",
    "measure_square",
    "posterior_claims",
    "pretraining_claims",
    "ring_claims",
    "roughness",
    "sizes_claims",
    "square_claims",
    "used",
]


def gather(rows: Iterable[Mapping[str, Any]]) -> pd.DataFrame:
    """All rows as one table, in their order, with the columns `COLUMNS`.

    Args:
        rows: what `judge` returns.

    Raises:
        ValueError: two rows of one claim.
    """
    table = pd.DataFrame(list(rows), columns=list(COLUMNS))
    if (twice := table["claim"].duplicated()).any():
        raise ValueError(f"claim = {table.loc[twice, 'claim'].iloc[0]!r} in two rows; allowed: one row a claim")
    return table
