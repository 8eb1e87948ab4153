"""A blob of light whose centre reflects elastically off the walls of a square box.

Both axes are independent and their paths are known in closed form, so that no frame depends on another.
x is the column and y the row of the centre; rows are counted downwards.
"""

import numpy as np
import xarray as xr
from numpy.typing import ArrayLike

from curvae.data.layout import SPLITS, assemble, unit_interval
from curvae.settings.data import BouncingBall


def position(start: ArrayLike, velocity: ArrayLike, t: ArrayLike, low: float, width: float) -> np.ndarray:
    """Position on one axis: the straight path folded into the box.

    x(t) = low + W - |((x0 + v t - low) mod 2 W) - W|

    Args:
        start: x0, position at t = 0 [px].
        velocity: v, velocity at t = 0 [px/frame].
        t: time [frame]; all arguments broadcast.
        low: lower wall [px].
        width: W, distance of the walls [px].
    """
    return low + width - np.abs(_phase(start, velocity, t, low, width) - width)


def velocity(start: ArrayLike, velocity: ArrayLike, t: ArrayLike, low: float, width: float) -> np.ndarray:
    """Velocity on one axis; at the instant of a hit it is the velocity after it.

    v(t) = v on the rising half of the folded path, -v on the falling half

    Args:
        start: x0, position at t = 0 [px].
        velocity: v, velocity at t = 0 [px/frame].
        t: time [frame]; all arguments broadcast.
        low: lower wall [px].
        width: W, distance of the walls [px].
    """
    phase = _phase(start, velocity, t, low, width)
    forward, backward = phase < width, (phase > 0) & (phase <= width)
    kept = np.where(np.asarray(velocity) >= 0, forward, backward)
    return np.where(kept, velocity, np.negative(velocity))


def render(x: ArrayLike, y: ArrayLike, size: int, radius: float) -> np.ndarray:
    """Images of a Gaussian blob with peak 1.

    I[row, column] = exp(-((column - x)^2 + (row - y)^2) / (2 radius^2))

    Args:
        x: column of the centre [px], any shape.
        y: row of the centre [px], the same shape.
        size: side of the image [px].
        radius: standard deviation of the blob [px].

    Returns:
        float64, (*shape, size, size).
    """
    pixels = np.arange(size)
    columns, rows = (np.exp(-((pixels - np.asarray(centre)[..., None]) ** 2) / (2 * radius**2)) for centre in (x, y))
    return rows[..., :, None] * columns[..., None, :]


def launch(settings: BouncingBall, split: int, trajectory: int) -> tuple[np.ndarray, np.ndarray]:
    """Centre and velocity at frame 0, from the trajectory's own generator.

    The centre is uniform in the box, the speed uniform in its range, the direction uniform.

    Args:
        settings: the data set's settings.
        split: 0 train, 1 validation, 2 test.
        trajectory: number within the split.

    Returns:
        Centre (x, y) [px] and velocity (vx, vy) [px/frame].
    """
    rng = np.random.default_rng([settings.seed, split, trajectory])
    start = settings.margin + (settings.size - 1 - 2 * settings.margin) * rng.random(2)
    speed, angle = rng.uniform(*settings.speed), rng.uniform(0, 2 * np.pi)
    return start, speed * np.array([np.cos(angle), np.sin(angle)])


def make(settings: BouncingBall) -> xr.Dataset:
    """All frames of all trajectories: train, then validation, then test.

    Factors: x, y [px] and the current velocities vx, vy [px/frame]. Coordinates: trajectory (unique over
    the splits) and frame. Images are rounded to 8 bits.

    Args:
        settings: size, walls, speeds, numbers of trajectories and frames.
    """
    counts = [getattr(settings.trajectories, name) for name in SPLITS]
    frames = [settings.frames, settings.frames, settings.test_frames]
    runs = [(split, index) for split in range(3) for index in range(counts[split])]
    lengths = np.repeat(frames, counts)
    ends = np.cumsum(lengths)

    low, width = settings.margin, settings.size - 1 - 2 * settings.margin
    images = np.empty((ends[-1], settings.size, settings.size), dtype=np.float32)
    state = np.empty((ends[-1], 4))
    for (split, index), end, length in zip(runs, ends, lengths, strict=True):
        block = slice(end - length, end)
        path = *launch(settings, split, index), np.arange(length)[:, None], low, width
        state[block] = np.hstack([position(*path), velocity(*path)])
        blobs = render(state[block, 0], state[block, 1], settings.size, settings.radius)
        images[block] = unit_interval(np.rint(255 * blobs).astype(np.uint8))

    units = {"x": "px", "y": "px", "vx": "px/frame", "vy": "px/frame"}
    return assemble(
        settings,
        title="A blob of light bouncing in a square box",
        images=xr.Variable(("sample", "row", "column"), images),
        factors={name: (state[:, k], unit) for k, (name, unit) in enumerate(units.items())},
        split=np.repeat(np.repeat(np.arange(3), counts), lengths),
        coordinates={
            "trajectory": ("sample", np.repeat(np.arange(len(runs), dtype=np.int32), lengths)),
            "frame": ("sample", np.concatenate([np.arange(n, dtype=np.int32) for n in lengths])),
        },
        eight_bit=True,
    )


def _phase(start: ArrayLike, velocity: ArrayLike, t: ArrayLike, low: float, width: float) -> np.ndarray:
    travelled = np.asarray(start) + np.multiply(velocity, t) - low
    return np.mod(travelled, 2 * width)
