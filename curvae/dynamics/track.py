"""Where the ball is: its light, its centre, its shape and its turns, from decoded frames.

Frames are [trajectory, time, height, width] with intensities in [0, 1], positions are
[trajectory, time, 2] with x (column) and y (row) in px from the centre of the first pixel. A position
that is not finite, or beyond `FAR` px, is missing.
"""

from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float

Frames = Float[np.ndarray, "trajectory time height width"]
Positions = Float[np.ndarray, "trajectory time 2"]
Hits = Bool[np.ndarray, "trajectory time 2"]

DARK = 1e-3  # summed intensity below which a frame shows no ball
FAR = 1e6  # px
STILL = 1e-4  # px; a shorter step ends a fit
FILMS = 20  # trajectories that `look` has in memory at a time
FITTED = 4  # frames between two to which `look` fits a blob


def mass(frames: Frames) -> Float[np.ndarray, "trajectory time"]:
    """Sum of a frame's intensities, background included; NaN if a pixel is not finite.

    A Gaussian blob of standard deviation r and height 1 that lies inside the image has 2 pi r^2.
    """
    frames = _shaped("frames", frames, 4)
    with np.errstate(invalid="ignore", over="ignore"):
        total = frames.sum((2, 3), dtype=np.float64)
    return np.where(np.isfinite(total), total, np.nan)


def positions(frames: Frames, floor: float = 0.05) -> Positions:
    """Centroid of the light: p = sum_ij w_ij (j, i) / sum_ij w_ij, w = max(intensity - floor, 0).

    Without a floor a faint background draws the centroid to the middle of the image: .002 in each pixel
    of a 28 x 28 image moves a blob of 1.5 px by up to 1 px. Bias on the exact Gaussian blob of standard
    deviation r = 1.5 px whose walls keep a margin m = 3 px from the outermost pixel centres: below .01
    px with the default floor; with floor 0 it is r phi(a) / Phi(a), a = (m + 1/2) / r, or .04 px, away
    from a wall that the ball touches, because the image cuts the blob's tail.

    Args:
        frames: decoded images.
        floor: intensity that counts as darkness.

    Returns:
        x and y in px; NaN where the frame is dark or not finite.
    """
    frames = _shaped("frames", frames, 4)
    rows, columns = (np.arange(n, dtype=np.float64) for n in frames.shape[2:])
    centres = np.empty((*frames.shape[:2], 2))
    for centre, images in zip(centres, frames, strict=True):
        light = np.where(np.abs(images) < FAR, np.maximum(images - floor, 0.0, dtype=np.float64), np.nan)
        total = light.sum((1, 2))
        total = np.where(total > DARK, total, np.nan)
        centre[:, 0] = light.sum(1) @ columns / total
        centre[:, 1] = light.sum(2) @ rows / total
    return centres


class Fit(NamedTuple):
    """What `fit_blob` finds in each frame; NaN where there is no ball."""

    positions: Positions  # px
    height: Float[np.ndarray, "trajectory time"]  # of the blob
    misfit: Float[np.ndarray, "trajectory time"]  # |image - blob| / |image|, 0 to 1


def fit_blob(frames: Frames, radius: float, steps: int = 8, start: Positions | None = None) -> Fit:
    """Least squares of a Gaussian blob: height A and centre c with the smallest |I - A g(c)|^2.

    g_ij(c) = exp(-((j - c_x)^2 + (i - c_y)^2) / (2 radius^2))

    Gauss-Newton from the centroid, steps of at most one px, until they are shorter than `STILL`. Unlike the centroid it
    has no bias where the image cuts the blob's tail. The misfit measures the shape alone: it is 0 for a blob of any
    height at any place, and near 1 where there is none of this radius.

    Args:
        frames: decoded images.
        radius: standard deviation of the true blob [px].
        steps: of Gauss-Newton, at most.
        start: where it starts [px]; by default the centroids.

    Raises:
        ValueError: a radius that is not positive.
    """
    if not radius > 0:
        raise ValueError(f"radius = {radius}: allowed: above 0")
    centres = (positions(frames) if start is None else start).copy()
    images, centre = np.asarray(frames).reshape(-1, *np.shape(frames)[2:]), centres.reshape(-1, 2)
    height, misfit = np.full(len(images), np.nan), np.full(len(images), np.nan)
    for first in range(0, len(images), 4096):
        part = slice(first, first + 4096)
        seen = np.flatnonzero(np.isfinite(centre[part]).all(1)) + first
        if len(seen):
            centre[seen], height[seen], misfit[seen] = _fitted(images[seen], centre[seen], radius, steps)
    return Fit(centre.reshape(centres.shape), height.reshape(centres.shape[:2]), misfit.reshape(centres.shape[:2]))


def _fitted(images: np.ndarray, centre: np.ndarray, radius: float, steps: int) -> tuple[np.ndarray, ...]:
    """Centres, heights and misfits of images that show something, [image, ...]."""
    images, centre, moving = images.astype(np.float64), centre.copy(), np.arange(len(images))
    for _ in range(steps):
        seen, gram = _products(images[moving], centre[moving], radius)
        solved = np.linalg.solve(gram, seen[..., None])[..., 0]
        change = np.clip(solved[:, 1:] / np.maximum(solved[:, :1], 1e-6), -1, 1)
        centre[moving] += change
        moving = moving[np.abs(change).max(1) > STILL]
        if not len(moving):
            break
    seen, gram = _products(images, centre, radius)
    height = seen[:, 0] / gram[:, 0, 0]
    squared = (images**2).sum((1, 2))
    return centre, height, np.sqrt(np.clip(1 - height * seen[:, 0] / squared, 0, 1))


def _products(images: np.ndarray, centre: np.ndarray, radius: float) -> tuple[np.ndarray, np.ndarray]:
    """Of g and its two derivatives by the centre: products with the image [image, 3], with each other [image, 3, 3]."""
    # g = gy gx and its derivatives gy hx and hy gx are all products of a column and a row
    (gx, hx), (gy, hy) = (_side(n, centre[:, k], radius) for k, n in enumerate(images.shape[:0:-1]))
    columns, rows = np.stack([gy, gy, hy], 1), np.stack([gx, hx, gx], 1)
    return ((columns @ images) * rows).sum(-1), (columns @ columns.mT) * (rows @ rows.mT)


def _side(pixels: int, centre: np.ndarray, radius: float) -> tuple[np.ndarray, np.ndarray]:
    """A Gaussian on one axis and its derivative by the centre, [image, pixel]."""
    away = np.arange(pixels) - centre[:, None]
    g = np.exp(-(away**2) / (2 * radius**2))
    return g, away / radius**2 * g


def unseen(positions: Positions) -> Fit:
    """The fit to frames that are not there."""
    none = np.full(positions.shape[:2], np.nan)
    return Fit(np.full(positions.shape, np.nan), none, none)


class Seen(NamedTuple):
    """What `look` finds in each frame."""

    positions: Positions  # px
    mass: Float[np.ndarray, "trajectory time"]
    fit: Fit  # of every `FITTED`-th frame, from the first on


def look(frames: Frames, radius: float | None = None) -> Seen:
    """`positions`, `mass` and `fit_blob` of films that need not fit into memory.

    Args:
        frames: decoded images, or what gives them by slices of trajectories.
        radius: standard deviation of the true blob [px]; without it the fit is NaN.
    """
    parts = []
    for first in range(0, max(1, len(frames)), FILMS):
        part = np.asarray(frames[first : first + FILMS])
        path = positions(part)
        fitted, start = part[:, ::FITTED], path[:, ::FITTED]
        parts.append((path, mass(part), *(unseen(start) if radius is None else fit_blob(fitted, radius, start=start))))
    path, light, *fit = (np.concatenate(side) for side in zip(*parts, strict=True))
    return Seen(path, light, Fit(*fit))


def bounces(positions: Positions, jitter: float = 0.5) -> Hits:
    """Frames at which a coordinate turns round: a sign change of its velocity.

    A turn counts once the coordinate has come back by more than `jitter` px from its extreme, having
    gone there by more than `jitter` px; the hit is the frame of the extreme, the one nearest in time
    to the exact reflection. Noise of a peak-to-peak amplitude up to `jitter` makes no hit, at any
    speed. Turns whose approach or return is cut off by the ends of the sequence are not seen.
    Missing positions are passed over.

    Args:
        positions: in px.
        jitter: in px.

    Raises:
        ValueError: a negative jitter.
    """
    if not jitter >= 0:
        raise ValueError(f"jitter = {jitter}: allowed: at least 0")
    path = present(positions)
    hits = np.zeros(path.shape, dtype=bool)
    heading = np.zeros((path.shape[0], 2), dtype=np.int8)  # 0 until the first move of more than jitter
    top, bottom = path[:, 0].copy(), path[:, 0].copy()
    top_at, bottom_at = np.zeros(heading.shape, dtype=int), np.zeros(heading.shape, dtype=int)
    for t in range(1, path.shape[1]):
        x = path[:, t]
        rises, falls = (x > top) | np.isnan(top), (x < bottom) | np.isnan(bottom)
        top, top_at = np.where(rises, x, top), np.where(rises, t, top_at)
        bottom, bottom_at = np.where(falls, x, bottom), np.where(falls, t, bottom_at)
        down, up = (heading >= 0) & (top - x > jitter), (heading <= 0) & (x - bottom > jitter)
        for turned, before, at in ((down, 1, top_at), (up, -1, bottom_at)):
            row, axis = np.nonzero(turned & (heading == before))
            hits[row, at[row, axis], axis] = True
        # after a turn the other extreme is sought anew, from here on
        bottom, bottom_at = np.where(down, x, bottom), np.where(down, t, bottom_at)
        top, top_at = np.where(up, x, top), np.where(up, t, top_at)
        heading = np.where(down, -1, np.where(up, 1, heading))
    return hits


def present(positions: Positions) -> Positions:
    """Positions in float64, with NaN for what is missing.

    Raises:
        ValueError: another shape than [trajectory, time, 2], or an empty one.
    """
    path = _shaped("positions", positions, 3).astype(np.float64)
    if path.shape[2] != 2:
        raise ValueError(f"positions: shape {path.shape}; allowed: [trajectory, time, 2]")
    return np.where((np.abs(path) < FAR).all(2, keepdims=True), path, np.nan)


def _shaped(name: str, array: np.ndarray, ndim: int) -> np.ndarray:
    array = np.asarray(array)
    if array.ndim != ndim or 0 in array.shape:
        raise ValueError(f"{name}: shape {array.shape}; allowed: {ndim} axes, none empty")
    return array
