"""White squares, ellipses and hearts on black: a stand-in for dSprites in closed form.

737,280 images of 64 x 64 pixels, one for every combination of the levels of five factors. A pixel is 1 if its centre
lies in the closed shape. Rows are counted downwards, so that pos_y = 0 is the top; rotation is counter-clockwise.

Reference:
    Matthey, Higgins, Hassabis, Lerchner, dSprites: Disentanglement testing Sprites dataset, 2017 (the factors, their
    levels and the order of the images).
"""

from math import prod, tau
from pathlib import Path

import numpy as np
import xarray as xr
from numpy.typing import ArrayLike

from curvae.data import sprites_files
from curvae.data.layout import SPLITS, assemble
from curvae.data.packed import Packed
from curvae.settings.data import SPRITE_LEVELS, Sprites

SIZE = 64  # side of an image [px]
SHAPES = ("square", "ellipse", "heart")
LEVELS = {
    "shape": np.arange(3.0),
    "scale": np.linspace(0.5, 1, 6),
    "orientation": np.linspace(0, tau, 40),  # first and last level are the same angle
    "pos_x": np.linspace(0, 1, 32),
    "pos_y": np.linspace(0, 1, 32),
}
UNITS = {"shape": "1", "scale": "1", "orientation": "rad", "pos_x": "1", "pos_y": "1"}
COUNT = prod(SPRITE_LEVELS.values())
ORIGIN, TRAVEL = 15.5, 32  # centre at position 0, and its way to position 1 [px]
REACH = (10 * np.sqrt(2), 13.0, 11.5)  # no point of a shape at scale 1 lies farther from its centre [px]
STRIP = 64  # lattice rows sampled at once: few enough for the processor's cache


def render(
    shape: ArrayLike, scale: ArrayLike, orientation: ArrayLike, pos_x: ArrayLike, pos_y: ArrayLike
) -> np.ndarray:
    """Images of shapes; all arguments broadcast. What lies outside the image is cut off.

    The centre is (15.5 + 32 pos_x, 15.5 + 32 pos_y); shapes at scale 1 and orientation 0, with v downwards:

    - square: |u| <= 10, |v| <= 10;
    - ellipse: (u / 13)^2 + (v / 7)^2 <= 1;
    - heart: within u = 9.76 sin^3 t, v = -0.66 (13 cos t - 5 cos 2t - 2 cos 3t - cos 4t) - 1.5.

    Args:
        shape: 0 square, 1 ellipse, 2 heart.
        scale: factor of the shape's lengths.
        orientation: counter-clockwise angle on the screen [rad].
        pos_x: horizontal position, 0 left to 1 right.
        pos_y: vertical position, 0 top to 1 bottom.

    Returns:
        bool, (*shape of the arguments, 64, 64).

    Raises:
        ValueError: an unknown shape, a scale that is not above 0, or a value that is not finite.
    """
    values = np.broadcast_arrays(shape, scale, orientation, pos_x, pos_y)
    kind, scale, orientation, pos_x, pos_y = values
    _require("shape", kind, np.isin(kind, LEVELS["shape"]), f"0, 1, 2 ({', '.join(SHAPES)})")
    _require("scale", scale, scale > 0, "above 0")
    for name, value in zip(LEVELS, values, strict=True):
        _require(name, value, np.isfinite(value), "finite numbers")
    images = np.empty((*kind.shape, SIZE, SIZE), dtype=bool)
    for code in range(len(SHAPES)):
        here = kind == code
        dx, dy = (np.arange(SIZE) - (ORIGIN + TRAVEL * position[here][..., None]) for position in (pos_x, pos_y))
        images[here] = _inside(code, scale[here], orientation[here], dx, dy)
    return images


def index_of(levels: ArrayLike) -> np.ndarray:
    """Place of an image in the whole set: mixed radix (3, 6, 40, 32, 32), pos_y fastest.

    Args:
        levels: (..., 5), levels of shape, scale, orientation, pos_x, pos_y, counted from 0.

    Raises:
        ValueError: a level that does not exist.
    """
    columns = np.moveaxis(np.asarray(levels), -1, 0)
    for (name, count), column in zip(SPRITE_LEVELS.items(), columns, strict=True):
        _require(name, column, np.isin(column, np.arange(count)), f"levels from 0 to {count - 1}")
    return np.ravel_multi_index(tuple(columns), tuple(SPRITE_LEVELS.values()))


def factors_of(index: ArrayLike) -> np.ndarray:
    """Levels of the factors of an image, the inverse of `index_of`.

    Args:
        index: places in the whole set, any shape.

    Returns:
        (*shape, 5), levels of shape, scale, orientation, pos_x, pos_y, counted from 0.

    Raises:
        ValueError: an index outside the set.
    """
    return np.stack(np.unravel_index(_in_set(index), tuple(SPRITE_LEVELS.values())), axis=-1)


def packed(index: np.ndarray | None = None) -> Packed:
    """Images of the set as bits, equal to what `render` gives for their factors.

    Args:
        index: places in the whole set (image,); None for all 737,280 in order (377 MB, some five seconds).

    Raises:
        ValueError: an index outside the set.
    """
    index = np.arange(COUNT) if index is None else _in_set(index)
    positions = SPRITE_LEVELS["pos_x"] * SPRITE_LEVELS["pos_y"]
    order = np.argsort(index, kind="stable")
    blocks, starts = np.unique(index[order] // positions, return_index=True)
    bits = np.empty((len(index), SIZE, SIZE // 8), dtype=np.uint8)
    for block, mine in zip(blocks, np.split(order, starts[1:]), strict=True):
        bits[mine] = _all_positions(*factors_of(block * positions)[:3])[index[mine] % positions]
    return Packed(bits, SIZE)


def subset(settings: Sprites) -> np.ndarray:
    """Places, in the whole set, of the images that the settings ask for, in increasing order."""
    return index_of(np.stack(np.meshgrid(*settings.levels().values(), indexing="ij"), axis=-1)).ravel()


def make(settings: Sprites) -> xr.Dataset:
    """Images drawn without replacement from a subset: train, then validation, then test.

    More training images leave the others as they were. Factors: shape, scale, orientation [rad], pos_x, pos_y; the
    coordinate `index` is the place in the whole set.

    Args:
        settings: subset, numbers of images, seed, and the published file where its images are wanted.

    Raises:
        ValueError: the file is not what it should be, or has too few images of the subset.
    """
    choices = subset(settings)
    if settings.path is not None:
        images, places = sprites_files.read(Path(settings.path))
        rows = np.full(COUNT, -1)
        rows[places] = np.arange(len(places))
        choices = choices[rows[choices] >= 0]
    counts = [getattr(settings.samples, name) for name in SPLITS]
    if sum(counts) > len(choices):
        raise ValueError(f"samples = {sum(counts)} in all: allowed: at most {len(choices)}, the images of the subset")
    test, validation, train = np.split(
        np.random.default_rng(settings.seed).permutation(choices), [counts[2], counts[2] + counts[1]]
    )
    index = np.concatenate([train[: counts[0]], validation, test])
    pixels = packed(index)[:] if settings.path is None else images[rows[index]]
    levels = factors_of(index)
    dataset = assemble(
        settings,
        title="Sprites in closed form" if settings.path is None else f"Sprites from {Path(settings.path).name}",
        images=xr.Variable(("sample", "row", "column"), pixels, {"values": "0 or 1, uint8"}),
        factors={name: (LEVELS[name][levels[:, k]], UNITS[name]) for k, name in enumerate(LEVELS)},
        split=np.repeat(np.arange(3), counts),
        coordinates={"index": ("sample", index.astype(np.int32), {"long_name": "place in the whole set"})},
        one_bit=True,
    )
    dataset["factors"].attrs["long_name"] = [
        f"shape ({', '.join(f'{code} {name}' for code, name in enumerate(SHAPES))})",
        "scale",
        "counter-clockwise orientation",
        "horizontal position, 0 left",
        "vertical position, 0 top",
    ]
    return dataset


def _require(name: str, values: np.ndarray, good: np.ndarray, allowed: str) -> None:
    if not np.all(good):
        raise ValueError(f"{name} = {np.asarray(values)[~good][0]}: allowed: {allowed}")


def _in_set(index: ArrayLike) -> np.ndarray:
    index = np.asarray(index)
    _require("index", index, (index >= 0) & (index < COUNT), f"0 to {COUNT - 1}")
    return index


def _inside(shape: int, scale: np.ndarray, orientation: np.ndarray, dx: np.ndarray, dy: np.ndarray) -> np.ndarray:
    """Which points lie in a shape: offsets from its centre dx (..., column), dy (..., row) -> (..., row, column)."""
    cos, sin = (function(orientation)[..., None] / scale[..., None] for function in (np.cos, np.sin))
    u = (cos * dx)[..., None, :] - (sin * dy)[..., :, None]
    v = (sin * dx)[..., None, :] + (cos * dy)[..., :, None]
    if shape == 0:
        return (np.abs(u) <= 10) & (np.abs(v) <= 10)
    if shape == 1:
        return (u / 13) ** 2 + (v / 7) ** 2 <= 1
    # Two t with cosines +-c have the same u = 9.76 sin^3 t; the heart lies between their v.
    squared = 1 - np.cbrt(u / 9.76) ** 2
    middle = -0.66 * (4 - 2 * squared - 8 * squared**2) - 1.5
    return (squared >= 0) & (np.abs(v - middle) <= 0.66 * np.sqrt(np.maximum(squared, 0)) * (19 - 8 * squared))


def _all_positions(shape: int, scale: int, orientation: int) -> np.ndarray:
    """Bits of one shape at one scale and orientation, given as levels, at all positions: (1024, 64, 8).

    Pixel k is m / 31 - 15.5 away from a centre at level j, with m = 31 k - 32 j: the shape is sampled once on this
    finer lattice, and every image is a part of it.
    """
    scale, orientation = LEVELS["scale"][scale], LEVELS["orientation"][orientation]
    sides = SPRITE_LEVELS["pos_x"] - 1
    first, last = (int(sides * (ORIGIN + sign * REACH[shape] * scale)) + sign for sign in (-1, 1))
    offset = np.arange(first, last + 1) / sides - ORIGIN
    outside = len(offset)
    places = sides * np.arange(SIZE) - TRAVEL * np.arange(sides + 1)[:, None] - first
    places[(places < 0) | (places >= outside)] = outside
    rows = np.zeros((outside + 1, sides + 1, SIZE // 8), dtype=np.uint8)  # (lattice row, pos_x, byte)
    for start in range(0, outside, STRIP):
        strip = slice(start, min(start + STRIP, outside))
        inside = np.pad(_inside(shape, scale, orientation, offset, offset[strip]), ((0, 0), (0, 1)))
        rows[strip] = np.packbits(np.take(inside, places, axis=1), axis=-1)
    return rows[places].transpose(2, 0, 1, 3).reshape(-1, SIZE, SIZE // 8)
