"""Data sets, one module a kind, each with `make(settings) -> xarray.Dataset`."""

from collections.abc import Callable
from importlib import import_module

import numpy as np
import xarray as xr

from curvae.settings.data import DATA_KINDS, DataSettings, Trajectories


def module(kind: str) -> str:
    """The dotted name of the module that makes a kind of data set.

    Args:
        kind: one of `DATA_KINDS`.

    Raises:
        ValueError: an unknown kind.
    """
    if kind not in DATA_KINDS:
        raise ValueError(f"kind = {kind!r}: allowed: {', '.join(DATA_KINDS)}")
    return f"{__name__}.{kind}"


def make(settings: DataSettings, **inputs: xr.Dataset) -> xr.Dataset:
    """Make a data set; only the module of its kind is imported.

    Args:
        settings: settings of one data set.
        inputs: what a kind is made of; only codes have any.
    """
    return import_module(module(settings.kind)).make(settings, **inputs)


def flow(settings: Trajectories) -> Callable:
    """The map on tensors [..., width] from a frame of a chaotic system to the next one, in the units of its equation.

    Args:
        settings: of a data set of kind lorenz or kuramoto_sivashinsky.
    """
    return import_module(module(settings.kind)).flow(settings)


def mean_trace(settings: Trajectories) -> float:
    """What all Lyapunov exponents of a chaotic system add up to, per unit of time.

    Args:
        settings: as in `flow`.
    """
    return import_module(module(settings.kind)).mean_trace(settings)


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
    chosen = np.flatnonzero(dataset["split"].values == flags[name])
    if len(chosen) and chosen[-1] - chosen[0] == len(chosen) - 1:
        chosen = slice(chosen[0], chosen[-1] + 1)  # a store reads a slice some three times faster
    return dataset.isel(sample=chosen)
