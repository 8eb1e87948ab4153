"""Attributes moved along directions in the space of codes, and measured in what is decoded there."""

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd
import torch
from jaxtyping import Float

from curvae.flows.glow import attribute_direction
from curvae.generation.attributes import ATTRIBUTES

Codes = Float[np.ndarray, "sample dim"]
Pictures = Float[np.ndarray, "sample h w"]
Edited = Float[np.ndarray, "attribute strength sample h w"]
COLUMNS = ("edited", "attribute", "strength", "mean", "low", "high", "shift", "step", "rising", "samples")


def attribute_edits(
    decode: Callable[[Codes], Pictures],
    known: tuple[Codes, Pictures],
    codes: Codes,
    strengths: Sequence[float],
    names: Sequence[str],
) -> tuple[pd.DataFrame, Edited]:
    """Decode z + strength v, v the difference of class means of an attribute, and measure every attribute there.

    The classes are the images above the attribute's median and the others.

    Args:
        decode: from codes to images.
        known: codes and images that the directions, medians and deviations are taken from.
        codes: of other images, which are edited.
        strengths: ascending; 1 goes as far as from one class's mean to the other's.
        names: of attributes, keys of `curvae.generation.attributes.ATTRIBUTES`.

    Returns:
        A row an edited and a measured attribute and strength: mean over images with its 95 % interval (``low``,
        ``high``, normal approximation), ``shift`` (mean change from the weakest strength to this one, image by image,
        in standard deviations of the attribute over the known images), ``step`` (the same from the strength before;
        NaN at the first), ``rising`` (share of images on which it rises from the strength before) and ``samples``
        (images with ink at every strength); and all decoded images.

    Raises:
        ValueError: no two strengths in ascending order.

    Reference: Kingma & Dhariwal (2018), section 6, for the directions.
    """
    strengths = np.asarray(strengths, dtype=np.float64)
    if len(strengths) < 2 or (np.diff(strengths) <= 0).any():
        raise ValueError(f"strengths = {strengths.tolist()}: allowed: two or more, ascending")
    values = {name: ATTRIBUTES[name](known[1]) for name in names}
    parts, drawn = [], []
    for edited in names:
        inked = np.isfinite(values[edited])
        high = torch.as_tensor(values[edited][inked] > np.median(values[edited][inked]))
        direction = attribute_direction(torch.as_tensor(known[0][inked]), high).numpy()
        images = np.stack([decode(codes + strength * direction) for strength in strengths])
        drawn.append(images)
        for name in names:
            measured = np.stack([ATTRIBUTES[name](batch) for batch in images])
            found = _rows(measured, np.nanstd(values[name]))
            parts.append(found.assign(edited=edited, attribute=name, strength=strengths))
    return pd.concat(parts, ignore_index=True)[list(COLUMNS)], np.stack(drawn)


def _rows(measured: Float[np.ndarray, "strength sample"], deviation: float) -> pd.DataFrame:
    measured = measured[:, np.isfinite(measured).all(0)]
    count = measured.shape[1]
    if count < 2:
        return pd.DataFrame({"samples": [count] * len(measured)}).reindex(columns=COLUMNS[3:])
    half = 1.96 * measured.std(1, ddof=1) / np.sqrt(count)
    steps = np.diff(measured, axis=0, prepend=np.nan)
    return pd.DataFrame(
        {
            "mean": measured.mean(1),
            "low": measured.mean(1) - half,
            "high": measured.mean(1) + half,
            "shift": (measured - measured[0]).mean(1) / deviation,
            "step": steps.mean(1) / deviation,
            "rising": np.where(np.isnan(steps[:, 0]), np.nan, (steps > 0).mean(1)),
            "samples": count,
        }
    )
