"""Images of another data set, averaged over blocks of pixels."""

import json

import numpy as np
import xarray as xr

from curvae.data.layout import SPLITS
from curvae.settings.data import Pooled


def make(settings: Pooled, source: xr.Dataset) -> xr.Dataset:
    """Means over blocks of block x block pixels; factors and splits are kept.

    Of binary images they have the levels 0, 1 / block^2, ..., 1.

    Args:
        settings: of the data set.
        source: with images (sample, row, column).

    Raises:
        ValueError: images of another shape, or sides that blocks do not divide.
    """
    shape, block = source["images"].shape, settings.block
    if len(shape) != 3 or shape[1] % block or shape[2] % block:
        raise ValueError(f"block = {block}: allowed: a divisor of both sides of the images, which are {shape[1:]}")
    if settings.samples:
        flags = source["split"].values
        first = [np.flatnonzero(flags == n)[: getattr(settings.samples, split)] for n, split in enumerate(SPLITS)]
        source = source.isel(sample=np.sort(np.concatenate(first)))
    images = source["images"]
    blocks = images.values.reshape(len(images), shape[1] // block, block, shape[2] // block, block)
    kept = source.drop_vars("images")
    kept["images"] = (
        ("sample", "row", "column"),
        blocks.mean((2, 4), dtype=np.float32),
        {"values": f"mean of {block} x {block} pixels"},
    )
    for variable in kept.variables.values():
        variable.encoding = {}  # the chunks of the source are of other sizes
    return kept.assign_attrs(
        title=f"{source.attrs.get('title', settings.source)}, pooled",
        kind=settings.kind,
        parameters=json.dumps(settings.model_dump(mode="json"), sort_keys=True),
    )
