"""Geodesics as initial-value problems: exponential map and parallel transport."""

from collections.abc import Callable

import torch
from jaxtyping import Float
from torch import Tensor

from curvae.geometry.curves import Geodesics
from curvae.geometry.geodesic import geodesics
from curvae.geometry.metric import Metric, acceleration
from curvae.types import Codes


def exponential_map(
    metric: Metric, z: Codes, velocity: Codes, *, times: int = 2, steps: int = 64
) -> Float[Tensor, "point time latent"]:
    """Geodesics from points with given velocities, by the classical Runge-Kutta method.

    Args:
        metric: a `PullbackMetric` or any object with `matrix`.
        z: starts [n, d].
        velocity: c'(0) [n, d]; the curves have length |c'(0)|.
        times: number of equal times in [0, 1] at which points are returned, both ends among them.
        steps: of the integrator; its error falls with their fourth power.

    Returns:
        [n, time, d]; the last time holds Exp_z(velocity). Not a number where a curve leaves the metric's domain.

    Raises:
        ValueError: shapes differ, or `steps` is no multiple of `times - 1`.
    """
    if z.ndim != 2 or z.shape != velocity.shape:
        raise ValueError(f"z {tuple(z.shape)} and velocity {tuple(velocity.shape)}: must be equal shapes [n, d]")
    if times < 2 or steps < 1 or steps % (times - 1):
        raise ValueError(f"steps = {steps}, times = {times}: allowed: steps a multiple of times - 1, times >= 2")

    def flow(state: Tensor) -> Tensor:
        return torch.stack([state[1], acceleration(metric, state[0], state[1])])

    with torch.no_grad():
        states = _runge_kutta(flow, torch.stack([z, velocity]), steps)
    return torch.stack([state[0] for state in states[:: steps // (times - 1)]], dim=1)


def logarithm_map(metric: Metric, z: Codes, targets: Codes, **options) -> tuple[Codes, Geodesics]:
    """Initial velocities of the geodesics from points to others: Exp_z(Log_z(y)) = y.

    Args:
        metric: see `exponential_map`.
        z: starts [n, d].
        targets: ends [n, d].
        options: of `geodesics`; a small `accuracy` for exact velocities.

    Returns:
        Velocities [n, d], of length the distance in the metric, and the geodesics, which know their status.
    """
    found = geodesics(metric, z, targets, **options)
    return found.velocity(0), found


def parallel_transport(metric: Metric, curve: Callable, vectors: Codes, *, steps: int = 64) -> Codes:
    """Vectors carried along curves without turning: u' = -Gamma(c)(c', u).

    Args:
        metric: see `exponential_map`.
        curve: `Geodesics`, or anything that gives points when called with times and has `velocity`.
        vectors: at the starts [pair, d].
        steps: of the Runge-Kutta integrator.

    Returns:
        Vectors at the ends [pair, d]; inner products are kept.

    Raises:
        ValueError: no step.
    """
    if steps < 1:
        raise ValueError(f"steps = {steps}: allowed: 1 or more")

    def flow(state: Tensor, place: Codes, velocity: Codes) -> Tensor:
        return -christoffel(metric, place, velocity, state)

    with torch.no_grad():
        time = torch.linspace(0, 1, 2 * steps + 1).to(vectors)
        places, velocities = curve(time), curve.velocity(time)
        u, h = vectors, 1 / steps
        for k in range(0, 2 * steps, 2):
            at = [(places[:, k + j], velocities[:, k + j]) for j in range(3)]
            a = flow(u, *at[0])
            b = flow(u + h / 2 * a, *at[1])
            c = flow(u + h / 2 * b, *at[1])
            d = flow(u + h * c, *at[2])
            u = u + h / 6 * (a + 2 * b + 2 * c + d)
    return u


def christoffel(metric: Metric, z: Codes, u: Codes, v: Codes) -> Codes:
    """Gamma(z)(u, v) = M^-1 (1/2) (dM(u)v + dM(v)u - u'(dM)v), symmetric in u and v, [n, d]."""
    bent = acceleration(metric, torch.cat([z, z]), torch.cat([u + v, u - v]))
    more, less = bent.split(len(z))
    return (less - more) / 4


def _runge_kutta(flow: Callable[[Tensor], Tensor], state: Tensor, steps: int) -> list[Tensor]:
    states, h = [state], 1 / steps
    for _ in range(steps):
        a = flow(state)
        b = flow(state + h / 2 * a)
        c = flow(state + h / 2 * b)
        d = flow(state + h * c)
        state = state + h / 6 * (a + 2 * b + 2 * c + d)
        states.append(state)
    return states
