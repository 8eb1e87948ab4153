"""What the study asserts about how codes fall, and what flows make of them (Pyle 2018, 2019)."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from curvae.claims.claim import Claim, Evidence, NotTestable, judge_all, require

SOURCE = "Pyle 2018"
FLOW = "realnvp"


def density_claims(tables: Mapping[str, pd.DataFrame], seed: int = 0) -> list[dict[str, Any]]:
    """Two rows an experiment; one member is one seed, and the note gives all densities.

    Args:
        tables: by experiment, of `curvae.flows.density.densities`, one row a density: density ("prior" and "realnvp"
            among them), nats, expansion.
        seed: of the bootstrap.

    Raises:
        ValueError: a column is missing.
    """
    rows = []
    for name, table in tables.items():
        require(f"density of {name}", table, ("density", "nats", "expansion"))
        rows += judge_all([(_claim(name), gain), (_expansion(name), expansion)], table, seed=seed)
    return rows


def gain(table: pd.DataFrame) -> Evidence:
    """Mean log-density of the codes under RealNVP less that under the prior."""
    known = table.set_index("density")["nats"]
    for name in ("prior", FLOW):
        if name not in known:
            raise NotTestable(f"no density {name!r}")
    return Evidence([known[FLOW] - known["prior"]], _listed(known))


def expansion(table: pd.DataFrame) -> Evidence:
    """Mean log-determinant of RealNVP at the codes, less that at points drawn evenly from the box around them."""
    known = table.set_index("density")["expansion"]
    if FLOW not in known:
        raise NotTestable(f"no density {FLOW!r}")
    return Evidence([known[FLOW]], _listed(known.dropna()))


def _listed(known: pd.Series) -> str:
    return ", ".join(f"{name} {nats:.2f}" for name, nats in known.items())


def _claim(name: str) -> Claim:
    return Claim(
        *(f"density.{name}.prior", SOURCE),
        f"The codes of {name} do not fall as N(0, I) says: a flow describes them better.",
        "mean log-density of test codes, RealNVP less the prior",
        *("nats/code", ">=", 0.1),
    )


def _expansion(name: str) -> Claim:
    return Claim(
        *(f"density.{name}.expansion", "Pyle 2019"),
        f"A flow of the codes of {name} expands the space around them.",
        "mean log-determinant of RealNVP at test codes, less that in the box around them; additive layers have 0",
        *("nats", ">=", 0.1),
    )
