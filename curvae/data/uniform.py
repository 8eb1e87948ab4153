"""Points drawn uniformly from the unit square."""

import numpy as np
import xarray as xr

from curvae.data.layout import SPLITS, assemble
from curvae.settings.data import Uniform


def quadrant(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Quadrant about (1/2, 1/2), numbered counter-clockwise from the upper right.

    0: x >= 1/2, y >= 1/2; 1: x < 1/2, y >= 1/2; 2: x < 1/2, y < 1/2; 3: x >= 1/2, y < 1/2.

    Args:
        x: abscissa, any shape.
        y: ordinate, the same shape.
    """
    left, lower = np.asarray(x) < 0.5, np.asarray(y) < 0.5
    return np.where(lower, 3 - left.astype(int), left.astype(int))


def make(settings: Uniform) -> xr.Dataset:
    """Points of [0, 1)^2 as images of two features.

    Factors: x, y (equal to the images) and `quadrant`, numbered as in `quadrant`. Every split has its own
    generator, so that more samples leave the earlier ones as they were.

    Args:
        settings: numbers of samples and seed.
    """
    counts = [getattr(settings.samples, name) for name in SPLITS]
    points = np.concatenate(
        [
            np.random.default_rng([settings.seed, flag]).random((count, 2), dtype=np.float32)
            for flag, count in enumerate(counts)
        ]
    )
    x, y = points.T
    return assemble(
        settings,
        title="Points drawn uniformly from the unit square",
        images=xr.Variable(("sample", "coordinate"), points),
        factors={"x": (x, "1"), "y": (y, "1"), "quadrant": (quadrant(x, y), "1")},
        split=np.repeat(np.arange(3), counts),
        coordinates={"coordinate": ["x", "y"]},
    )
