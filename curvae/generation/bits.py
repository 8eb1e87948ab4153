"""Bits that a density of images with levels of grey spends on a pixel."""

import math

import numpy as np
import pandas as pd
from jaxtyping import Float

from curvae.flows.levels import bits_per_dimension

Pictures = Float[np.ndarray, "sample h w"]
ENDS = {"bits": "bound", "low": "high", "high": "low"}  # of bits from those of nats, whose sign is the other


def pixel_nats(train: Pictures, test: Pictures, count: int) -> Float[np.ndarray, " sample"]:
    """-log p of test images [nats] when every pixel has a distribution over levels of its own and none sees another.

    Each level is counted once more than it is seen (Laplace).

    Args:
        train: intensities from 0 to 1, rounded to levels k / (count - 1).
        test: of the same kind.
        count: of levels.
    """
    seen, met = (np.rint(x * (count - 1)).astype(int).reshape(len(x), -1) for x in (train, test))
    logs = np.stack([np.log(((seen == level).sum(0) + 1) / (len(seen) + count)) for level in range(count)])
    return -logs[met, np.arange(met.shape[1])].sum(1)


def bits_table(bounds: pd.DataFrame, apart: Float[np.ndarray, " sample"], dim: int) -> pd.DataFrame:
    """Mean bits per dimension of every member, and below them of pixels apart.

    Args:
        bounds: of `curvae.scores.bound.bound_table`: the members' axes, draws, bound, low and high [nats], n.
        apart: of `pixel_nats`, on the same images.
        dim: numbers in an image.

    Returns:
        ``density`` (``flow`` or ``pixels apart``), the axes, ``draws`` of the noise, ``bits`` [bits/dimension], ``low``
        and ``high`` (95 % interval of the mean over images, normal approximation), ``n``.
    """
    mean, half = apart.mean(), 1.96 * apart.std(ddof=1) / math.sqrt(len(apart))
    last = {"bound": -mean, "low": -mean - half, "high": -mean + half, "n": len(apart)}
    table = pd.concat([bounds.assign(density="flow"), pd.DataFrame([{"density": "pixels apart", **last}])])
    bits = {name: bits_per_dimension(table[other], dim) for name, other in ENDS.items()}
    axes = [name for name in bounds.columns if name not in ("bound", "low", "high", "n")]
    return table.assign(**bits)[["density", *axes, *ENDS, "n"]].reset_index(drop=True)
