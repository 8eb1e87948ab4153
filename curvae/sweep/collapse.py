"""Generators that draw nearly the same sample every time."""

from dataclasses import dataclass

import pandas as pd

LEAST = 0.1  # of the data's variance


@dataclass(frozen=True)
class Collapsed:
    """A member whose samples have less than `LEAST` of the data's variance at the end; its weights stay as they are."""

    member: int
    epoch: int
    spread: float


def collapsed(history: pd.DataFrame) -> list[Collapsed]:
    """Members that end with a `spread` below `LEAST` on the validation set, and since when they have it.

    A member can come back, so it is trained on; one that diverged is not counted. Of a generator that draws a few
    samples and no others the spread says nothing.

    Args:
        history: of `curvae.sweep.train`; without a column ``spread`` nobody has collapsed.
    """
    if "spread" not in history:
        return []
    rows = history[(history["split"] == "validation") & ~history["frozen"]].sort_values("epoch")
    found = []
    for member, curve in rows.groupby("member"):
        wide = curve[curve["spread"] >= LEAST]["epoch"]
        low = curve[curve["epoch"] > wide.max()] if len(wide) else curve
        if len(low) and curve["epoch"].max() == history["epoch"].max():
            found.append(Collapsed(int(member), int(low["epoch"].iloc[0]), float(low["spread"].iloc[-1])))
    return found
