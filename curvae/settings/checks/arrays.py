"""Files of arrays that a user names, by their headers: no value is read, nothing is unpickled."""

import math
import os
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, BinaryIO, NamedTuple

import numpy as np
from numpy.lib import format as npy

from curvae.settings.base import ConfigError, known, listed
from curvae.settings.data import SPRITE_LEVELS, Own

FILES = "allowed: a .npz file, a .npy file or a zarr folder"
SPRITES = "allowed: the published dSprites .npz"
FEWEST = 10
VERSIONS = {(1, 0): npy.read_array_header_1_0, (2, 0): npy.read_array_header_2_0}
# Of the published sprites: types, and their name.
PUBLISHED = {
    "imgs": (np.uint8, "uint8"),
    "latents_classes": (np.integer, "whole numbers"),
    "latents_values": (np.floating, "floating point"),
}


class Header(NamedTuple):
    """What an array's header says."""

    dtype: np.dtype
    shape: tuple[int, ...]


class Held(NamedTuple):
    """What a user's arrays hold: shape of an observation, samples of each split, names of the factors."""

    shape: tuple[int, ...]
    splits: tuple[int, int, int]
    factors: tuple[str, ...]


def named(settings: Own) -> dict[str, str]:
    """Key, images or factors, -> name of the array."""
    return {key: name for key in ("images", "factors") if (name := getattr(settings, key)) is not None}


def check_own(settings: Own) -> Held:
    """The arrays are there, of types and shapes that `curvae.data.own` reads.

    Raises:
        ConfigError: the first that is not so; its key is one of the section's.
    """
    found = headers(settings.path, named(settings))

    def require(holds: bool, key: str, said: str, allowed: str) -> None:
        if not holds:
            raise ConfigError(key, getattr(settings, key), f"{said} in {settings.path!r}; allowed: {allowed}")

    dtype, shape = found["images"]
    require(dtype == np.uint8 or dtype.kind == "f", "images", f"dtype {dtype}", "uint8 or floating point")
    whole = len(shape) > 1 and 0 not in shape[1:]
    require(whole, "images", f"shape {shape}", "(sample, ...), at least two dimensions, none empty")
    samples = shape[0]
    require(samples >= FEWEST, "images", f"{samples} samples", f"at least {FEWEST}")
    validation, test = settings.held_out(samples)
    left = samples - validation - test
    require(left > 0, "test", f"beside validation = {settings.validation} none of {samples} samples is left", "less")
    held = Held(shape[1:], (left, validation, test), ())
    if settings.factors is None:
        return held
    dtype, shape = found["factors"]
    require(dtype.kind in "buif", "factors", f"dtype {dtype}", "numbers")
    require(len(shape) == 2 and shape[1] > 0, "factors", f"shape {shape}", "(sample, factor)")
    require(shape[0] == samples, "factors", f"{shape[0]} rows", f"{samples}, one for every image")
    names = settings.named_factors(shape[1])
    require(
        len(set(names)) == len(names) == shape[1], "factor_names", f"{shape[1]} factors", f"{shape[1]} different names"
    )
    return held._replace(factors=names)


def check_published(path: str) -> None:
    """The arrays of a dSprites file are there, of its types and shapes.

    Raises:
        ConfigError: the first that is not so; its key is `path`.
    """

    def require(holds: bool, name: str, said: str, allowed: str) -> None:
        if not holds:
            raise ConfigError("path", path, f"{name}: {said}; allowed: {allowed}")

    if not os.path.isfile(path):
        raise ConfigError("path", path, f"no such file; {SPRITES}")
    with reading("path", path, SPRITES), zipfile.ZipFile(path) as file:
        held = {name.removesuffix(".npy") for name in file.namelist()}
        if not held >= PUBLISHED.keys():
            raise ConfigError("path", path, f"holds {listed(sorted(held))}; allowed: {listed(PUBLISHED)}")
        found = {name: _of_member(file, name) for name in PUBLISHED}
    for name, (kind, allowed) in PUBLISHED.items():
        require(np.issubdtype(found[name].dtype, kind), name, f"dtype {found[name].dtype}", allowed)
    images, *others = (found[name].shape for name in PUBLISHED)
    require(images[1:] == (64, 64) and images[0] > 0, "imgs", f"shape {images}", "(image, 64, 64)")
    rows = images[0], len(SPRITE_LEVELS) + 1
    for name, shape in zip(("latents_classes", "latents_values"), others, strict=True):
        require(shape == rows, name, f"shape {shape}", f"{rows}")


def headers(path: str, wanted: dict[str, str]) -> dict[str, Header]:
    """Headers of some arrays of a .npz file or a zarr folder, or of the one array of a .npy file.

    Args:
        path: of the file or folder.
        wanted: key of the config -> name of the array.

    Raises:
        ConfigError: a file or an array is missing or cannot be read; its key is `path` or that of the array.
    """
    if not os.path.exists(path):  # pathlib's raises for names that are too long
        raise ConfigError("path", path, f"no such file or folder; {FILES}")
    if os.path.isdir(path):
        with zarr_arrays(path, wanted) as arrays:
            return {key: Header(array.dtype, array.shape) for key, array in arrays.items()}
    if path.endswith(".npz"):
        with reading("path", path), zipfile.ZipFile(path) as file:
            held = sorted(name.removesuffix(".npy") for name in file.namelist())
            for key, name in wanted.items():
                known(key, name, held, "an array")
            found = {}
            for key, name in wanted.items():
                with reading(key, name):
                    found[key] = _of_member(file, name)
            return found
    if not path.endswith(".npy"):
        raise ConfigError("path", path, FILES)
    if "factors" in wanted:
        raise ConfigError("factors", wanted["factors"], "a .npy file holds images alone; allowed: .npz or zarr")
    with reading("path", path), open(path, "rb") as file:
        return {"images": _of_npy(file, os.path.getsize(path))}


@contextmanager
def zarr_arrays(path: str, wanted: dict[str, str]) -> Iterator[dict[str, Any]]:
    """Arrays of a zarr folder, unread; of a store that xarray wrote, with its scale factors and fill values applied.

    Args:
        path: of the folder.
        wanted: key of the config -> name of the array.

    Raises:
        ConfigError: as `headers`.
    """
    import xarray as xr  # a second that studies without such data do without
    import zarr

    with reading("path", path):
        group = zarr.open_group(path, mode="r")
        present = sorted(group.array_keys())
    for key, name in wanted.items():
        known(key, name, present, "an array")
    with reading("path", path):
        if not all(_named_dimensions(group[name]) for name in wanted.values()):
            yield {key: group[name] for key, name in wanted.items()}
            return
        others = [name for name in present if name not in wanted.values()]
        with xr.open_zarr(path, chunks=None, consolidated=False, decode_times=False, drop_variables=others) as store:
            yield {key: store[name] for key, name in wanted.items()}


def _named_dimensions(array: Any) -> bool:
    return "_ARRAY_DIMENSIONS" in array.attrs or getattr(array.metadata, "dimension_names", None) is not None


@contextmanager
def reading(key: str, value: str, allowed: str = f"{FILES}, of numbers") -> Iterator[None]:
    """Whatever a foreign file makes its reader raise becomes one line.

    Args:
        key: of the config.
        value: its value.
        allowed: the end of the line.

    Raises:
        ConfigError: with the given key and value.
    """
    try:
        yield
    except ConfigError:
        raise
    except Exception as error:
        reason = " ".join(str(error).split()) or type(error).__name__
        raise ConfigError(key, value, f"cannot be read: {reason}; {allowed}") from None


def _of_member(file: zipfile.ZipFile, name: str) -> Header:
    with file.open(f"{name}.npy") as member:
        return _of_npy(member, file.getinfo(f"{name}.npy").file_size)


def _of_npy(file: BinaryIO, size: int) -> Header:
    version = npy.read_magic(file)
    if version not in VERSIONS:
        raise ValueError(f"version {version} of the format, which holds tables")
    shape, _, dtype = VERSIONS[version](file)
    if not dtype.hasobject and file.tell() + math.prod(shape) * dtype.itemsize > size:
        raise ValueError(f"cut off after {size} bytes")
    return Header(dtype, shape)
