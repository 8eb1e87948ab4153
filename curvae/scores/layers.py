"""Which layers of latents are used: their KL divergence and their active units."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import pandas as pd

from curvae.scores.members import DEAD


def layer_table(history: pd.DataFrame, sizes: Sequence[int], dead: float = DEAD) -> pd.DataFrame:
    """KL and active units of every layer, on the validation set after the last epoch.

    Args:
        history: of training, one row a member, epoch and split, with ``kl_0``, ``kl_1``, ... [nats].
        sizes: latents of each layer, the bottom one first.
        dead: latents with a smaller mean KL are not active [nats].

    Returns:
        One row a member and layer: the history's other columns, ``layer`` (from 1, the bottom one), ``latents``,
        ``active`` and ``layer_kl`` [nats].

    Raises:
        ValueError: the history has another number of latents.
    """
    names = [name for name in history if name.startswith("kl_")]
    if len(names) != sum(sizes):
        raise ValueError(f"sizes = {tuple(sizes)}: allowed: {len(names)} latents in all")
    last = history[(history["split"] == "validation") & (history["epoch"] == history["epoch"].max())]
    latents, ends = last[[f"kl_{j}" for j in range(len(names))]].to_numpy(), np.cumsum([0, *sizes])
    parts = []
    for layer, (first, end) in enumerate(pairwise(ends), 1):
        own = latents[:, first:end]
        found = {"layer": layer, "latents": end - first, "active": (own > dead).sum(1), "layer_kl": own.sum(1)}
        parts.append(last.drop(columns=names).assign(**found))
    return pd.concat(parts, ignore_index=True)
