"""The Lorenz system of 1963: trajectories on its strange attractor.

dx/dt = sigma (y - x), dy/dt = x (rho - z) - y, dz/dt = x y - beta z

`step` advances arrays, what `flow` returns tensors.
"""

from collections.abc import Callable

import numpy as np
import xarray as xr
from jaxtyping import Float

from curvae.data.layout import standardised_frames
from curvae.settings.data import Lorenz

NAMES = ("x", "y", "z")


States = Float[np.ndarray, "*batch 3"]


def derivative(state: States, sigma: float = 10.0, rho: float = 28.0, beta: float = 8 / 3) -> States:
    """Time derivative of the state (Lorenz 1963, eq. 25-27).

    The trace of its Jacobian is -(sigma + 1 + beta) everywhere.

    Args:
        state: [..., 3].
        sigma: Prandtl number.
        rho: Rayleigh number over its critical value.
        beta: shape of the convection cells.
    """
    x, y, z = state[..., 0], state[..., 1], state[..., 2]
    return np.stack([sigma * (y - x), x * (rho - z) - y, x * y - beta * z], -1)


def step(
    state: States, dt: float, sigma: float = 10.0, rho: float = 28.0, beta: float = 8 / 3, substeps: int = 1
) -> States:
    """The state a time `dt` later, by the classical Runge-Kutta scheme of order 4.

    Args:
        state: [..., 3].
        dt: time ahead.
        sigma: as in `derivative`.
        rho: as in `derivative`.
        beta: as in `derivative`.
        substeps: equal steps that `dt` is cut into.
    """
    h = dt / substeps
    for _ in range(substeps):
        k1 = derivative(state, sigma, rho, beta)
        k2 = derivative(state + h / 2 * k1, sigma, rho, beta)
        k3 = derivative(state + h / 2 * k2, sigma, rho, beta)
        k4 = derivative(state + h * k3, sigma, rho, beta)
        state = state + h / 6 * (k1 + 2 * k2 + 2 * k3 + k4)
    return state


def flow(settings: Lorenz) -> Callable:
    """The step between two frames, on float64 tensors [..., 3]: that of `step`.

    ds/dt = s A + x (s B), and no tensor is multiplied by a number: forward derivatives of that take ten times as long.
    """
    import torch

    sigma, rho, beta = settings.sigma, settings.rho, settings.beta
    a = [[-sigma, rho, 0], [sigma, -1, 0], [0, 0, -beta]]
    b = [[0, 0, 0], [0, 0, 1], [0, -1, 0]]
    both, h = torch.tensor(np.hstack([a, b])), settings.dt / settings.substeps

    def slope(state):
        straight, turned = (state @ both).split(3, -1)
        return torch.addcmul(straight, state[..., :1], turned)

    def advance(state):
        for _ in range(settings.substeps):
            k1 = slope(state)
            k2 = slope(torch.add(state, k1, alpha=h / 2))
            k3 = slope(torch.add(state, k2, alpha=h / 2))
            k4 = slope(torch.add(state, k3, alpha=h))
            state = torch.add(torch.add(state, k1 + k4, alpha=h / 6), k2 + k3, alpha=h / 3)
        return state

    return advance


def mean_trace(settings: Lorenz) -> float:
    """Mean trace of the equation's Jacobian, which all exponents add up to: -(sigma + 1 + beta)."""
    return -(settings.sigma + 1 + settings.beta)


def trajectories(settings: Lorenz, split: int, count: int, frames: int) -> Float[np.ndarray, "trajectory frame 3"]:
    """The first trajectories of a split, each from its own generator, after the transient.

    Before the transient (x, y, z - rho + 1) is standard normal, far from the two fixed points around which an
    orbit would linger.

    Args:
        settings: the data set's settings.
        split: 0 train, 1 validation, 2 test.
        count: number of trajectories.
        frames: frames of each.

    Raises:
        ValueError: a trajectory that does not stay finite.
    """
    drawn = [np.random.default_rng([settings.seed, split, index]).normal(size=3) for index in range(count)]
    state = np.add(drawn, [0, 0, settings.rho - 1])
    path = np.empty((frames, count, 3))
    ahead = (settings.dt, settings.sigma, settings.rho, settings.beta, settings.substeps)
    with np.errstate(over="ignore", invalid="ignore"):
        for frame in range(-settings.transient, frames):
            if frame >= 0:
                path[frame] = state
            state = step(state, *ahead)
    if not np.isfinite(path).all():
        inner = settings.dt / settings.substeps
        raise ValueError(f"dt / substeps = {inner:g}: a trajectory diverged; allowed: a time step short enough")
    return path.swapaxes(0, 1)


def make(settings: Lorenz) -> xr.Dataset:
    """All frames of all trajectories: train, then validation, then test.

    Images are the standardised states; the attributes `mean` and `deviation` of `images` undo it. Factors:
    x, y, z as they are. Coordinates: trajectory (unique over the splits), frame and time.

    Args:
        settings: the system, its sampling, numbers of trajectories and frames.
    """
    return standardised_frames(
        settings,
        title="Trajectories of the Lorenz system",
        paths=[trajectories(settings, *run) for run in settings.runs()],
        dimension=("coordinate", list(NAMES)),
        factors=lambda states: {name: (states[:, k], "1") for k, name in enumerate(NAMES)},
    )
