"""The Kuramoto-Sivashinsky equation on a periodic domain: a flame front's chaos in space and time.

du/dt = -u du/dx - d2u/dx2 - d4u/dx4

`step` takes the module of the Fourier transform, so that it runs on NumPy arrays and, with ``fft=torch.fft`` and
coefficients as tensors, on tensors that can be differentiated.
"""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import xarray as xr
from jaxtyping import Float

from curvae.data.layout import standardised_frames
from curvae.settings.data import KuramotoSivashinsky

CONTOUR = 32  # points on the circle of Kassam & Trefethen


def wavenumbers(length: float, points: int) -> Float[np.ndarray, " mode"]:
    """Angular wavenumbers 2 pi n / length of the real transform.

    Args:
        length: period of the domain.
        points: grid points.
    """
    return 2 * np.pi * np.fft.rfftfreq(points, length / points)


def coefficients(length: float, points: int, h: float) -> dict[str, np.ndarray]:
    """What one step of ETDRK4 multiplies the modes with (Cox & Matthews 2002).

    The linear part is exact: each mode grows by exp((k^2 - k^4) h). The weights of the nonlinear part are
    differences of nearly equal numbers for small k^2 - k^4 and therefore means over a circle around it in the
    complex plane (Kassam & Trefethen 2005, sec. 3).

    Args:
        length: period of the domain.
        points: grid points.
        h: time step.

    Returns:
        `decay` and `half` (of a step and half a step), `stage` (of the inner stages), `first`, `middle` and
        `last` (of the sum), `slope` (of the nonlinear part, -i k / 2), each [mode].
    """
    k = wavenumbers(length, points)
    linear = k**2 - k**4
    circle = np.exp(1j * np.pi * (np.arange(CONTOUR) + 0.5) / CONTOUR)
    z = h * linear[:, None] + circle
    grown = np.exp(z)
    slope = -0.5j * k
    slope[-1] *= points % 2  # the highest mode of an even grid has no odd derivative
    return {
        "decay": np.exp(h * linear),
        "half": np.exp(h / 2 * linear),
        "stage": h * ((np.exp(z / 2) - 1) / z).real.mean(1),
        "first": h * ((-4 - z + grown * (4 - 3 * z + z**2)) / z**3).real.mean(1),
        "middle": h * ((2 + z + grown * (z - 2)) / z**3).real.mean(1),
        "last": h * ((-4 - 3 * z - z**2 + grown * (4 - z)) / z**3).real.mean(1),
        "slope": slope,
    }


def step(u: Any, weights: Mapping[str, Any], fft: Any = np.fft):
    """The field one time step later, by ETDRK4 in Fourier space.

    Args:
        u: [..., points].
        weights: from `coefficients`; tensors if `u` is one.
        fft: ``np.fft``, or ``torch.fft`` for tensors.
    """
    points = u.shape[-1]

    def nonlinear(modes):
        return weights["slope"] * fft.rfft(fft.irfft(modes, points) ** 2)

    v = fft.rfft(u)
    at_v = nonlinear(v)
    a = weights["half"] * v + weights["stage"] * at_v
    at_a = nonlinear(a)
    b = weights["half"] * v + weights["stage"] * at_a
    at_b = nonlinear(b)
    c = weights["half"] * a + weights["stage"] * (2 * at_b - at_v)
    at_c = nonlinear(c)
    summed = weights["first"] * at_v + 2 * weights["middle"] * (at_a + at_b) + weights["last"] * at_c
    return fft.irfft(weights["decay"] * v + summed, points)


def budget(u: Float[np.ndarray, "*batch point"], length: float) -> dict[str, Float[np.ndarray, "*batch"]]:
    """Means over the domain whose balance is d energy / dt = production - dissipation.

    energy = <u^2> / 2, production = <(du/dx)^2>, dissipation = <(d2u/dx2)^2>

    Args:
        u: fields.
        length: period of the domain.
    """
    k, modes = wavenumbers(length, u.shape[-1]), np.fft.rfft(u)
    slope, bend = (np.fft.irfft(factor * modes, u.shape[-1]) for factor in (1j * k, -(k**2)))
    return {
        "energy": (u**2).mean(-1) / 2,
        "production": (slope**2).mean(-1),
        "dissipation": (bend**2).mean(-1),
    }


def flow(settings: KuramotoSivashinsky) -> Callable:
    """The step between two frames, on tensors [..., points]."""
    import torch

    found = coefficients(settings.length, settings.points, settings.dt / settings.substeps)
    weights = {name: torch.from_numpy(values) for name, values in found.items()}

    def advance(u):
        for _ in range(settings.substeps):
            u = step(u, weights, torch.fft)
        return u

    return advance


def mean_trace(settings: KuramotoSivashinsky) -> float:
    """Mean trace of the equation's Jacobian on the grid, which all exponents add up to: the sum of k^2 - k^4.

    The nonlinear part adds nothing, for the derivative's matrix has no diagonal.
    """
    k = 2 * np.pi * np.fft.fftfreq(settings.points, settings.length / settings.points)
    return float((k**2 - k**4).sum())


def trajectories(
    settings: KuramotoSivashinsky, split: int, count: int, frames: int
) -> Float[np.ndarray, "trajectory frame point"]:
    """The first trajectories of a split, each from its own generator, after the transient.

    Before the transient the field is normal noise without a mean; the equation keeps the mean.

    Args:
        settings: the data set's settings.
        split: 0 train, 1 validation, 2 test.
        count: number of trajectories.
        frames: frames of each.

    Raises:
        ValueError: a trajectory that does not stay finite.
    """
    rngs = [np.random.default_rng([settings.seed, split, index]) for index in range(count)]
    state = np.stack([rng.normal(size=settings.points) for rng in rngs])
    state -= state.mean(1, keepdims=True)
    weights = coefficients(settings.length, settings.points, settings.dt / settings.substeps)
    path = np.empty((frames, count, settings.points))
    with np.errstate(over="ignore", invalid="ignore"):
        for frame in range(-settings.transient, frames):
            if frame >= 0:
                path[frame] = state
            for _ in range(settings.substeps):
                state = step(state, weights)
    if not np.isfinite(path).all():
        inner = settings.dt / settings.substeps
        raise ValueError(f"dt / substeps = {inner:g}: a trajectory diverged; allowed: a time step short enough")
    return path.swapaxes(0, 1)


def make(settings: KuramotoSivashinsky) -> xr.Dataset:
    """All frames of all trajectories: train, then validation, then test.

    Images are the standardised fields, with one mean and one deviation for all points; the attributes `mean` and
    `deviation` of `images` undo it. Factors: energy, production and dissipation of `budget`. Coordinates:
    trajectory (unique over the splits), frame and time.

    Args:
        settings: the domain, its grid and sampling, numbers of trajectories and frames.
    """
    places = np.arange(settings.points) * settings.length / settings.points
    return standardised_frames(
        settings,
        title="Trajectories of the Kuramoto-Sivashinsky equation",
        paths=[trajectories(settings, *run) for run in settings.runs()],
        dimension=("x", places),
        factors=lambda fields: {name: (v, "1") for name, v in budget(fields, settings.length).items()},
        pooled=True,
    )
