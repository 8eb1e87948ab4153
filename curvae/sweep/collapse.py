"""Generators that draw nearly the same sample every time, and autoencoders whose codes say nothing of their images."""

from dataclasses import dataclass

import pandas as pd

LEAST = 0.1  # of the data's variance
LEAST_KL = 0.1  # nats, over all latents
LEAST_LATENT = 0.01  # nats, of the most active latent


@dataclass(frozen=True)
class Collapsed:
    """A member that ends so; its weights stay as they are.

    Attributes:
        member: its place.
        epoch: since when.
        spread: of a generator, variance of its samples over the data's, below `LEAST`.
        kl: of an autoencoder [nats]: below `LEAST_KL`, or no latent has `LEAST_LATENT`.
    """

    member: int
    epoch: int
    spread: float | None = None
    kl: float | None = None


def collapsed(history: pd.DataFrame) -> list[Collapsed]:
    """Members that end with too little `spread`, or with too little `kl`, on the validation set, and since when.

    A member can come back, so it is trained on; one that diverged is not counted. Of a generator that draws a few
    samples and no others the spread says nothing.

    Args:
        history: of `curvae.sweep.train`; without columns ``spread`` or ``kl_0`` nobody has collapsed: an encoder that
            gives points has no KL.
    """
    name = next((name for name, column in (("spread", "spread"), ("kl", "kl_0")) if column in history), None)
    if name is None:
        return []
    rows = history[(history["split"] == "validation") & ~history["frozen"]].sort_values("epoch")
    if name == "spread":
        wide = rows["spread"] >= LEAST
    else:
        wide = (rows["kl"] >= LEAST_KL) & (rows.filter(regex=r"^kl_\d+$").max(axis=1) >= LEAST_LATENT)
    sound = rows["epoch"].where(wide).groupby(rows["member"]).transform("max")
    low = rows[~(rows["epoch"] <= sound)].groupby("member")
    since, ends = low["epoch"].min(), low.tail(1).sort_values("member")
    ended = (ends["epoch"] == history["epoch"].max()).to_numpy()
    return [
        Collapsed(int(member), int(since[member]), **{name: float(value)})
        for member, value in ends.loc[ended, ["member", name]].itertuples(index=False)
    ]
