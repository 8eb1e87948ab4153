"""What the study asserts about the Gaussian ring: a decoder can learn it (Konuk 2018, after Doersch 2016)."""

from typing import Any

import pandas as pd

from curvae.claims.claim import Claim, Evidence, NotTestable, judge_all, require

SOURCE = "Konuk 2018"


def ring_claims(table: pd.DataFrame, seed: int = 0) -> list[dict[str, Any]]:
    """One row a claim; one decoder is one seed.

    Args:
        table: one row a source of points ("test", "decoder", "flow"): radius_distance and angle_distance, the
            Kolmogorov-Smirnov distances of radius and angle to the ring's known distributions.
        seed: of the bootstrap.

    Raises:
        ValueError: a column is missing.
    """
    require("ring", table, ("source", "radius_distance", "angle_distance"))
    return judge_all(CLAIMS, table, seed=seed)


def of(column: str) -> Any:
    """Measure a distance of the decoder's draws; the note gives that of the data."""

    def measure(table: pd.DataFrame) -> Evidence:
        known = table.set_index("source")[column]
        if "decoder" not in known:
            raise NotTestable("nothing was drawn from a decoder")
        return Evidence([known["decoder"]], ", ".join(f"{source} {value:.3f}" for source, value in known.items()))

    return measure


CLAIMS = tuple(
    (
        Claim(
            *(f"ring.{part}", SOURCE),
            f"A decoder learns to bend a Gaussian into the ring: its draws have the ring's {part}.",
            f"Kolmogorov-Smirnov distance of the draws' {part} to the ring's",
            *("1", "<=", 0.1),
        ),
        of(f"{part}_distance"),
    )
    for part in ("radius", "angle")
)
