"""A user's own arrays.

Formats, by the path:

- ``name.npz``: named arrays, as from ``numpy.savez``;
- ``name.npy``: one array, the images, as from ``numpy.save``;
- a folder: a zarr group (version 2 or 3) of named arrays, or a zarr store written by xarray, whose scale
  factors and fill values are then applied.

Contract:

- the images have at least two dimensions, the sample first: (sample, ...); at least 10 samples;
- they are uint8, then divided by 255, or floating point, then kept as float32. Floats outside [0, 1] are
  kept as they are; the attribute `value_range` of the images says how far they reach;
- every value is finite;
- the factors, if any, are a numeric and finite array (sample, factor), one row for every image in the same
  order; without `factor_names` they are called factor_1, factor_2, ...;
- objects are refused: nothing is unpickled.

The samples keep the order of the file. A permutation drawn from `seed` says which of them are for
validation (`validation` of all, rounded, at least one), for testing (likewise) and for training (the rest).
"""

import logging
import os
from pathlib import Path

import numpy as np
import xarray as xr
import zarr

from curvae.data.layout import assemble, unit_interval
from curvae.settings.base import ConfigError
from curvae.settings.checks.arrays import check_own, named, reading, zarr_arrays
from curvae.settings.data import Own

logger = logging.getLogger(__name__)


def make(settings: Own) -> xr.Dataset:
    """The user's images and factors in the shared layout.

    Args:
        settings: path, names of the arrays and of the factors, shares and seed of the split.

    Raises:
        ConfigError: a file or an array is missing or breaks the contract above.
    """
    arrays = read(settings)
    return assemble(
        settings,
        title=f"Arrays from {Path(settings.path).name}",
        images=_images(arrays["images"], settings),
        factors=_factors(arrays["factors"], settings) if "factors" in arrays else {},
        split=_split(len(arrays["images"]), settings),
        eight_bit=arrays["images"].dtype == np.uint8,
    )


def read(settings: Own) -> dict[str, np.ndarray]:
    """The user's arrays by their keys: images, uint8 or float32, and factors.

    Raises:
        ConfigError: as of `make`.
    """
    check_own(settings)
    with reading("path", settings.path):
        arrays = _read(settings.path, named(settings))
    if arrays["images"].dtype != np.uint8:
        with np.errstate(over="ignore"):
            arrays["images"] = arrays["images"].astype(np.float32)
    for key, array in arrays.items():
        _require_finite(array, key, settings)
    return arrays


def source(made: str | os.PathLike) -> str | None:
    """SHA-256 of the file or folder that a data set on disk was made of; None if that is not known."""
    try:
        return zarr.open_group(made, mode="r").attrs.get("source_sha256")
    except (OSError, ValueError):  # no such folder, or none of zarr
        return None


def _read(path: str, names: dict[str, str]) -> dict[str, np.ndarray]:
    """The checked arrays, by their keys."""
    if Path(path).is_dir():
        with zarr_arrays(path, names) as arrays:
            return {key: np.asarray(array) for key, array in arrays.items()}
    if path.endswith(".npy"):
        return {"images": np.load(path, allow_pickle=False)}
    with np.load(path, allow_pickle=False) as file:
        return {key: file[name] for key, name in names.items()}


def _images(array: np.ndarray, settings: Own) -> xr.Variable:
    if array.dtype == np.uint8:
        if array.max() <= 1:
            logger.warning("%s: the largest of 0..255 is %d; give 0/1 images as floats", settings.images, array.max())
        array = unit_interval(array)
    dims = ("sample", *(f"axis_{k}" for k in range(1, array.ndim)))
    return xr.Variable(dims, array, {"value_range": [float(array.min()), float(array.max())]})


def _factors(array: np.ndarray, settings: Own) -> dict[str, tuple[np.ndarray, str]]:
    return {name: (array[:, k], "unknown") for k, name in enumerate(settings.named_factors(array.shape[1]))}


def _require_finite(array: np.ndarray, key: str, settings: Own) -> None:
    finite = np.isfinite(array)
    if not finite.all():
        index = tuple(int(k) for k in np.unravel_index(np.argmin(finite), array.shape))
        said = f"{array[index]} at index {index} in {settings.path!r}; allowed: finite numbers"
        raise ConfigError(key, getattr(settings, key), said)


def _split(samples: int, settings: Own) -> np.ndarray:
    validation, test = settings.held_out(samples)
    split = np.zeros(samples, dtype=np.int8)
    order = np.random.default_rng(settings.seed).permutation(samples)
    split[order[:validation]] = 1
    split[order[validation : validation + test]] = 2
    return split
