"""The published dSprites file, where a user has it."""

from pathlib import Path

import numpy as np

from curvae.settings.base import ConfigError
from curvae.settings.checks.arrays import PUBLISHED, SPRITES, check_published, reading
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
        ConfigError: the first of these that is not so.
    """
    check_published(str(path))
    with reading("path", str(path), SPRITES), np.load(path, allow_pickle=False) as file:
        images, classes, values = (file[name] for name in PUBLISHED)

    def require(holds: bool, found: str, allowed: str) -> None:
        if not holds:
            raise ConfigError("path", str(path), f"{found}; allowed: {allowed}")

    require(images.max() <= 1, f"imgs: largest value {images.max()}", "0 and 1")
    outside = (classes < 0) | (classes >= SIZES)
    require(not outside.any(), f"latents_classes: {_first(classes, outside)}", f"0 to below {SIZES}")
    places = np.ravel_multi_index(tuple(classes.T), SIZES)
    different = len(np.unique(places))
    require(different == len(places), f"latents_classes: {different} different rows", f"{len(places)}")

    starts, ends = np.array([1, 1, 0.5, 0, 0, 0]), np.array([1, 3, 1, 2 * np.pi, 1, 1])
    levels = starts + classes * (ends - starts) / np.maximum(np.array(SIZES) - 1, 1)
    off = ~(np.abs(values - levels) <= 1e-5)
    require(not off.any(), f"latents_values: {_first(values, off)}", f"{_first(levels, off)}")
    return images, places


def _first(array: np.ndarray, where: np.ndarray) -> str:
    if not where.any():
        return ""
    index = tuple(int(k) for k in np.unravel_index(np.argmax(where), where.shape))
    return f"{array[index]} at {index}"
