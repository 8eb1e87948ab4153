"""An exact bouncing ball, stepped from reflection to reflection, for the tests of this folder."""

import numpy as np

SIZE, RADIUS = 28, 1.5  # px
LOW, HIGH = 3.0, 24.0  # px


def starts(trajectories: int, seed: int, flattest: float = 0.0, steepest: float = 90.0):
    """Random places and velocities; the folded direction lies between two angles in degrees."""
    rng = np.random.default_rng(seed)
    angle = np.radians(rng.uniform(flattest, steepest, trajectories))
    velocity = rng.uniform(0.5, 2, trajectories)[:, None] * np.stack([np.cos(angle), np.sin(angle)], axis=-1)
    return rng.uniform(LOW, HIGH, (trajectories, 2)), velocity * rng.choice([-1, 1], velocity.shape)


def simulate(start: np.ndarray, velocity: np.ndarray, frames: int):
    """Positions, velocities and hits [trajectory, time, 2]; a hit is the frame nearest to a reflection."""
    p, v = start.copy(), velocity.copy()
    path, speeds, hits = [p], [v], np.zeros((len(p), frames + 1, 2), dtype=bool)
    for t in range(1, frames):
        p = p + v
        beyond = np.maximum(p - HIGH, LOW - p)  # distance to travel back
        wall = np.where(v > 0, HIGH, LOW)
        late = beyond > 0
        hits[:, t] |= late & (beyond <= np.abs(v) / 2)
        hits[:, t - 1] |= late & (beyond > np.abs(v) / 2)
        p, v = np.where(late, 2 * wall - p, p), np.where(late, -v, v)
        path.append(p)
        speeds.append(v)
    return np.stack(path, axis=1), np.stack(speeds, axis=1), hits[:, :frames]


def render(points: np.ndarray) -> np.ndarray:
    """Gaussian blobs of height 1, [trajectory, time, height, width]."""
    x, y = (np.exp(-((np.arange(SIZE) - points[..., axis, None]) ** 2) / (2 * RADIUS**2)) for axis in (0, 1))
    return y[..., :, None] * x[..., None, :]
