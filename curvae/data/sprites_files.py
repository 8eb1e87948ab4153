"""The published dSprites file, where a user has it."""

import zipfile
import zlib
from pathlib import Path

import numpy as np

from curvae.settings.data import SPRITE_LEVELS

SIZES = (1, *SPRITE_LEVELS.values())  # the published factors begin with the constant colour


def read(path: Path) -> tuple[np.ndarray, np.ndarray]:
    """Images and their places in the whole set. Nothing is unpickled: the entry `metadata` is never read.

    Checked: `imgs` is uint8 (image, 64, 64) of 0 and 1; `latents_classes` is whole numbers (image, 6), the levels of
    colour, shape, scale, orientation, pos_x, pos_y, and no two images have the same; `latents_values` are the values
    of these levels (shape 1 to 3, scale 0.5 to 1, orientation 0 to 2 pi, positions 0 to 1, evenly spaced) within
    1e-5. A file may hold a part of the set, in any order.

    Args:
        path: the .npz file; the whole one takes 3 GB of memory.

    Returns:
        Images (image, 64, 64) and places in the whole set (image,).

    Raises:
        ValueError: the first of these that is not so.
    """
    images, classes, values = _arrays(path, ("imgs", "latents_classes", "latents_values"))
    _require(images.dtype == np.uint8, f"{path}: imgs: dtype {images.dtype}", "uint8")
    _require(images.shape[1:] == (64, 64) and len(images), f"{path}: imgs: shape {images.shape}", "(image, 64, 64)")
    _require(images.max() <= 1, f"{path}: imgs: largest value {images.max()}", "0 and 1")

    shape = len(images), len(SIZES)
    _require(classes.dtype.kind in "iu", f"{path}: latents_classes: dtype {classes.dtype}", "whole numbers")
    _require(classes.shape == shape, f"{path}: latents_classes: shape {classes.shape}", f"{shape}")
    outside = (classes < 0) | (classes >= SIZES)
    _require(not outside.any(), f"{path}: latents_classes: {_first(classes, outside)}", f"0 to below {SIZES}")
    places = np.ravel_multi_index(tuple(classes.T), SIZES)
    different = len(np.unique(places))
    _require(different == len(places), f"{path}: latents_classes: {different} different rows", f"{len(places)}")

    _require(values.dtype.kind == "f", f"{path}: latents_values: dtype {values.dtype}", "floating point")
    _require(values.shape == shape, f"{path}: latents_values: shape {values.shape}", f"{shape}")
    starts, ends = np.array([1, 1, 0.5, 0, 0, 0]), np.array([1, 3, 1, 2 * np.pi, 1, 1])
    levels = starts + classes * (ends - starts) / np.maximum(np.array(SIZES) - 1, 1)
    off = ~(np.abs(values - levels) <= 1e-5)
    _require(not off.any(), f"{path}: latents_values: {_first(values, off)}", f"{_first(levels, off)}")
    return images, places


def _arrays(path: Path, names: tuple[str, ...]) -> list[np.ndarray]:
    if not path.is_file():
        raise ValueError(f"path = {path}: no such file")
    try:
        with np.load(path, allow_pickle=False) as file:
            present = file.files
            arrays = [file[name] for name in names if name in present]
    except (OSError, EOFError, TypeError, ValueError, zipfile.BadZipFile, zlib.error) as error:
        raise ValueError(f"{path}: not a .npz of numbers: {' '.join(str(error).split())}") from error
    _require(len(arrays) == len(names), f"{path}: holds {', '.join(present) or 'nothing'}", ", ".join(names))
    return arrays


def _first(array: np.ndarray, where: np.ndarray) -> str:
    if not where.any():
        return ""
    index = tuple(int(k) for k in np.unravel_index(np.argmax(where), where.shape))
    return f"{array[index]} at {index}"


def _require(holds: bool, found: str, allowed: str) -> None:
    if not holds:
        raise ValueError(f"{found}; allowed: {allowed}")
