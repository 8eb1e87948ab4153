"""A ring that a normal distribution is mapped onto."""

import numpy as np
import xarray as xr

from curvae.data.layout import SPLITS, assemble
from curvae.settings.data import Ring


def ring(z: np.ndarray) -> np.ndarray:
    """g(z) = z / 10 + z / ||z||.

    The radius is 1 + ||z|| / 10 and the angle stays: with z ~ N(0, I) in two dimensions the radius has the mean
    1 + sqrt(pi / 2) / 10 = 1.1253 and the deviation sqrt(2 - pi / 2) / 10 = 0.0655.

    Args:
        z: points (sample, 2), none of them the origin.

    Reference: Doersch (2016), Tutorial on Variational Autoencoders, figure 2.
    """
    return z / 10 + z / np.linalg.norm(z, axis=1, keepdims=True)


def make(settings: Ring) -> xr.Dataset:
    """Points g(z), z ~ N(0, I), as images of two features.

    Factors: z1 and z2, the radius and the angle of g(z). Every split has its own generator, so that more samples leave
    the earlier ones as they were.

    Args:
        settings: numbers of samples and seed.
    """
    counts = [getattr(settings.samples, name) for name in SPLITS]
    z = np.concatenate(
        [np.random.default_rng([settings.seed, flag]).normal(size=(count, 2)) for flag, count in enumerate(counts)]
    )
    points = ring(z)
    return assemble(
        settings,
        title="A normal distribution mapped onto a ring",
        images=xr.Variable(("sample", "coordinate"), points.astype(np.float32)),
        factors={
            "z1": (z[:, 0], "1"),
            "z2": (z[:, 1], "1"),
            "radius": (np.linalg.norm(points, axis=1), "1"),
            "angle": (np.arctan2(points[:, 1], points[:, 0]), "rad"),
        },
        split=np.repeat(np.arange(3), counts),
        coordinates={"coordinate": ["x", "y"]},
    )
