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
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr
import zarr

from curvae.data.layout import assemble, unit_interval
from curvae.settings.data import Own

logger = logging.getLogger(__name__)

FEWEST = 10


def make(settings: Own) -> xr.Dataset:
    """The user's images and factors in the shared layout.

    Args:
        settings: path, names of the arrays and of the factors, shares and seed of the split.

    Raises:
        ValueError: a file or an array is missing or breaks the contract above.
    """
    path = Path(settings.path)
    wanted = [name for name in (settings.images, settings.factors) if name is not None]
    arrays = _reader(path, settings)(path, wanted)
    images = _images(arrays[settings.images], f"{path}: {settings.images}")
    samples = len(images)
    return assemble(
        settings,
        title=f"Arrays from {path.name}",
        images=images,
        factors=_factors(arrays, settings, samples),
        split=_split(samples, settings),
        eight_bit=arrays[settings.images].dtype == np.uint8,
    )


def _reader(path: Path, settings: Own) -> Callable[[Path, list[str]], dict[str, np.ndarray]]:
    if not path.exists():
        raise ValueError(f"path = {path}: no such file or folder")
    if path.is_dir():
        return _read_zarr
    if path.suffix == ".npz":
        return _read_npz
    if path.suffix != ".npy":
        raise ValueError(f"path = {path}: allowed: a .npz file, a .npy file or a zarr folder")
    if settings.factors is not None:
        raise ValueError(f"factors = {settings.factors!r}: a .npy file holds the images alone; use .npz or zarr")
    return _read_npy


def _read_npy(path: Path, names: list[str]) -> dict[str, np.ndarray]:
    try:
        return {names[0]: np.load(path, allow_pickle=False)}
    except (OSError, EOFError, ValueError) as error:
        raise _unreadable(path, error) from error


def _read_npz(path: Path, names: list[str]) -> dict[str, np.ndarray]:
    try:
        with np.load(path, allow_pickle=False) as file:
            _require(path, names, file.files)
            return {name: _member(file, path, name) for name in names}
    except (OSError, EOFError, zipfile.BadZipFile) as error:
        raise _unreadable(path, error) from error


def _member(file: Any, path: Path, name: str) -> np.ndarray:
    try:
        return file[name]
    except ValueError as error:
        raise _unreadable(f"{path}: {name}", error) from error


def _read_zarr(path: Path, names: list[str]) -> dict[str, np.ndarray]:
    try:
        group = zarr.open_group(path, mode="r")
        present = sorted(group.array_keys())
    except (OSError, ValueError) as error:
        raise _unreadable(path, error) from error
    _require(path, names, present)
    try:
        if not all(_named_dimensions(group[name]) for name in names):
            return {name: group[name][...] for name in names}
        others = [name for name in present if name not in names]
        with xr.open_zarr(path, chunks=None, consolidated=False, decode_times=False, drop_variables=others) as store:
            return {name: store[name].values for name in names}
    except (OSError, ValueError) as error:
        raise _unreadable(path, error) from error


def _named_dimensions(array: zarr.Array) -> bool:
    return "_ARRAY_DIMENSIONS" in array.attrs or getattr(array.metadata, "dimension_names", None) is not None


def _require(path: Path, names: list[str], present: list[str]) -> None:
    for name in names:
        if name not in present:
            raise ValueError(f"{path}: no array {name!r}; it has: {', '.join(present) or 'none'}")


def _unreadable(where: Any, error: Exception) -> ValueError:
    reason = " ".join(str(error).split()) or type(error).__name__
    return ValueError(f"{where}: cannot be read: {reason} (allowed: arrays of numbers, no objects)")


def _images(array: np.ndarray, where: str) -> xr.Variable:
    if array.dtype != np.uint8 and array.dtype.kind != "f":
        raise ValueError(f"{where}: dtype {array.dtype}; allowed: uint8 or floating point")
    if array.ndim < 2 or 0 in array.shape[1:]:
        raise ValueError(f"{where}: shape {array.shape}; allowed: (sample, ...), at least two dimensions, none empty")
    if len(array) < FEWEST:
        raise ValueError(f"{where}: {len(array)} samples; allowed: at least {FEWEST}")
    if array.dtype == np.uint8:
        if array.max() <= 1:
            logger.warning("%s: the largest of 0..255 is %d; give 0/1 images as floats", where, array.max())
        values = unit_interval(array)
    else:
        with np.errstate(over="ignore"):
            values = array.astype(np.float32)
        _require_finite(values, where)
    dims = ("sample", *(f"axis_{k}" for k in range(1, array.ndim)))
    return xr.Variable(dims, values, {"value_range": [float(values.min()), float(values.max())]})


def _factors(arrays: dict[str, np.ndarray], settings: Own, samples: int) -> dict[str, tuple[np.ndarray, str]]:
    if settings.factors is None:
        return {}
    array, where = arrays[settings.factors], f"{settings.path}: {settings.factors}"
    if array.dtype.kind not in "buif":
        raise ValueError(f"{where}: dtype {array.dtype}; allowed: numbers")
    if array.ndim != 2 or array.shape[1] == 0:
        raise ValueError(f"{where}: shape {array.shape}; allowed: (sample, factor)")
    if len(array) != samples:
        raise ValueError(f"{where}: {len(array)} rows; allowed: {samples}, one for every image")
    _require_finite(array, where)
    names = settings.factor_names or tuple(f"factor_{k}" for k in range(1, array.shape[1] + 1))
    if len(names) != array.shape[1] or len(set(names)) < len(names):
        raise ValueError(f"factor_names = {list(names)}: allowed: {array.shape[1]} different names")
    return {name: (array[:, k], "unknown") for k, name in enumerate(names)}


def _require_finite(array: np.ndarray, where: str) -> None:
    finite = np.isfinite(array)
    if not finite.all():
        index = tuple(int(k) for k in np.unravel_index(np.argmin(finite), array.shape))
        raise ValueError(f"{where}: {array[index]} at index {index}; allowed: finite numbers")


def _split(samples: int, settings: Own) -> np.ndarray:
    validation, test = (max(1, round(share * samples)) for share in (settings.validation, settings.test))
    if validation + test >= samples:
        raise ValueError(
            f"validation = {settings.validation}, test = {settings.test}: leave none of {samples} samples for training"
        )
    split = np.zeros(samples, dtype=np.int8)
    order = np.random.default_rng(settings.seed).permutation(samples)
    split[order[:validation]] = 1
    split[order[validation : validation + test]] = 2
    return split
