"""The MNIST digits, binarised once; validation is the end of the official training set."""

import numpy as np
import xarray as xr

from curvae.data.layout import assemble, unit_interval
from curvae.data.mnist_files import cache_folder, raw_files
from curvae.settings.data import Mnist


def parse(raw: bytes) -> np.ndarray:
    """The array of unsigned bytes in an idx file.

    Layout: two zero bytes, the type code 8, the number of dimensions, each dimension as a big-endian
    32-bit integer, then the values, last dimension fastest.

    Args:
        raw: the whole file.

    Raises:
        ValueError: not an idx file of unsigned bytes, or of another length than it says.

    Reference:
        LeCun, Cortes, Burges, The MNIST database of handwritten digits, file formats.
    """
    if len(raw) < 4 or raw[:3] != b"\x00\x00\x08":
        raise ValueError(f"idx file begins with {raw[:4].hex(' ')}: allowed: 00 00 08 and a number of dimensions")
    start = 4 + 4 * raw[3]
    if len(raw) < start:
        raise ValueError(f"idx file of {len(raw)} bytes: its header alone has {start}")
    shape = tuple(int(size) for size in np.frombuffer(raw, ">u4", count=raw[3], offset=4))
    length = start + int(np.prod(shape, dtype=np.int64))
    if len(raw) != length:
        raise ValueError(f"idx file of {len(raw)} bytes: shape {shape} needs {length}")
    return np.frombuffer(raw, np.uint8, offset=start).reshape(shape)


def digits(folder: str | None) -> tuple[np.ndarray, np.ndarray]:
    """All digits in the official order: 60,000 for training, then 10,000 for testing.

    Args:
        folder: folder with the raw files, looked in first; None looks in the cache and the public sources.

    Returns:
        Intensities (70000, 28, 28) in 0..255 and labels (70000,), both uint8.

    Raises:
        ValueError: a file in `folder` is not the published one.
        DataUnavailable: no source has the files.
    """
    raw = raw_files(folder, cache_folder())
    images, labels = (
        np.concatenate([parse(raw[f"{part}-{kind}-ubyte"]) for part in ("train", "t10k")])
        for kind in ("images-idx3", "labels-idx1")
    )
    return images, labels


def binarise(intensities: np.ndarray, seed: int) -> np.ndarray:
    """One draw of every pixel, P(pixel = 1) = intensity / 255 exactly.

    Args:
        intensities: uint8, any shape.
        seed: seed of the draw.

    Returns:
        uint8 of 0 and 1, the same shape.
    """
    # u uniform on 0..254 is below k with probability k / 255.
    draws = np.random.default_rng(seed).integers(0, 255, intensities.shape, dtype=np.uint8)
    return (draws < intensities).astype(np.uint8)


def make(settings: Mnist) -> xr.Dataset:
    """Digits as images (28, 28): uint8 of 0 and 1 if binarised, else float32 intensities in [0, 1].

    Train is the beginning of the first 50,000 official training digits, validation the end of the last
    10,000, test the beginning of the official test digits. All 70,000 are binarised before any is left
    out, so that a smaller data set has the same pixels. Factor: digit.

    Args:
        settings: numbers of digits, binarisation and its seed, the user's folder.

    Raises:
        ValueError: a file in the user's folder is not the published one.
        DataUnavailable: no source has the files.
    """
    pixels, labels = digits(settings.folder)
    counts = settings.train, settings.validation, settings.test
    chosen = np.r_[: settings.train, 60000 - settings.validation : 60000, 60000 : 60000 + settings.test]
    if settings.binarize:
        images, values = binarise(pixels, settings.seed)[chosen], "0 or 1, uint8, drawn once from Bernoulli(intensity)"
    else:
        images, values = unit_interval(pixels[chosen]), "intensity in [0, 1]"
    return assemble(
        settings,
        title="MNIST handwritten digits",
        images=xr.Variable(("sample", "row", "column"), images, {"values": values}),
        factors={"digit": (labels[chosen], "1")},
        split=np.repeat(np.arange(3), counts),
        eight_bit=not settings.binarize,
    )
