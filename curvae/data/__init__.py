"""Data sets, one module a kind, each with `make(settings) -> xarray.Dataset`."""

from importlib import import_module
from typing import get_args

import numpy as np
import xarray as xr

from curvae.settings.data import DataSettings

KINDS = tuple(get_args(settings.model_fields["kind"].annotation)[0] for settings in get_args(get_args(DataSettings)[0]))


def module(kind: str) -> str:
    """The dotted name of the module that makes a kind of data set.

    Args:
        kind: one of `KINDS`.

    Raises:
        ValueError: an unknown kind.
    """
    if kind not in KINDS:
        raise ValueError(f"kind = {kind!r}: allowed: {', '.join(KINDS)}")
    return f"{__name__}.{kind}"


def make(settings: DataSettings) -> xr.Dataset:
    """Make a data set; only the module of its kind is imported.

    Args:
        settings: settings of one data set.
    """
    return import_module(module(settings.kind)).make(settings)


def split(dataset: xr.Dataset, name: str) -> xr.Dataset:
    """The samples of one split, in their order.

    Args:
        dataset: a data set in the shared layout, in memory or lazily opened.
        name: one of the split's ``flag_meanings``.

    Raises:
        ValueError: an unknown split.
    """
    flags = dict(
        zip(dataset["split"].attrs["flag_meanings"].split(), dataset["split"].attrs["flag_values"], strict=True)
    )
    if name not in flags:
        raise ValueError(f"split = {name!r}: allowed: {', '.join(flags)}")
    return dataset.isel(sample=np.flatnonzero(dataset["split"].values == flags[name]))
