"""Damped Newton steps on the energy of many curves, each with a damping of its own."""

from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

from curvae.geometry.basis import Grid, curve, products
from curvae.geometry.metric import Expansion, Metric, expand
from curvae.types import Codes

LONGEST_STEP = 0.7  # change of velocity in one step over the speed, both measured by the metric
KICK = 0.3  # length of the step that leaves a saddle
FIRST_DAMPING, LARGEST_DAMPING = 0.05, 1e6
SEARCHES = 12  # dampings tried until the Hessian is positive

Coefficients = Float[Tensor, "pair mode latent"]


class Quadratic(NamedTuple):
    """Energy, length, and the energy's derivatives in the n = mode * latent coefficients of each curve."""

    energy: Float[Tensor, " pair"]
    length: Float[Tensor, " pair"]
    gradient: Float[Tensor, "pair n"]
    hessian: Float[Tensor, "pair n n"]
    stiffness: Float[Tensor, "pair n n"]  # int dc'' M dc', the squared change of velocity


def expand_curves(metric: Metric, starts: Codes, ends: Codes, x: Coefficients, grid: Grid) -> Expansion:
    """Expansions at the nodes of each curve, fields [pair, node, ...]."""
    c, v, a = curve(starts, ends, x, grid.time, grid.basis)
    parts = expand(metric, c.flatten(0, 1), v.flatten(0, 1), a.flatten(0, 1))
    return Expansion(*(part.unflatten(0, c.shape[:2]) for part in parts))


def descend(
    metric: Metric,
    starts: Codes,
    ends: Codes,
    x: Coefficients,
    grid: Grid,
    state: Quadratic,
    *,
    iterations: int,
    last_step: float,
) -> Coefficients:
    """Curves of least energy of one degree.

    A pair leaves after an undamped step shorter than `last_step`, which needs no check as the error that is
    left is about its square; or when no damping helps any more.

    Args:
        metric: see `geodesics`.
        starts: [pair, latent].
        ends: [pair, latent].
        x: coefficients to begin with [pair, mode, latent].
        grid: of the degree.
        state: quadratic model at `x`, changed in place.
        iterations: largest number of steps.
        last_step: see above.

    Returns:
        coefficients [pair, mode, latent].
    """
    x = x.clone()
    damping = torch.zeros_like(state.energy)
    live = torch.nonzero((state.energy > 0) & torch.isfinite(state.hessian).flatten(1).all(1))[:, 0]
    rounding = 10 * torch.finfo(x.dtype).eps
    for _ in range(iterations):
        part = Quadratic(*(field[live] for field in state))
        step, change, predicted, tried, kick = _step(part, damping[live], last_step)
        trial = x[live] + step.view_as(x[live])
        done = (change < last_step) & (tried == 0) | (predicted <= rounding * state.energy[live])
        sound = done & (predicted >= 0)
        x[live[sound]] = trial[sound]
        going = ~done & (tried < LARGEST_DAMPING)
        live, trial, tried, predicted, kick = (t[going] for t in (live, trial, tried, predicted, kick))
        if not len(live):
            break
        new = assemble(expand_curves(metric, starts[live], ends[live], trial, grid), grid)
        gain = state.energy[live] - new.energy
        better = (gain > 0) & torch.isfinite(new.hessian).flatten(1).all(1)
        good = better & ((gain > 0.5 * predicted) | kick)
        lower = torch.where(tried > FIRST_DAMPING / 10, tried / 10, 0)
        higher = (4 * tried).clamp_min(FIRST_DAMPING)
        damping[live] = torch.where(good, lower, torch.where(better, tried, higher))
        chosen = live[better]
        x[chosen] = trial[better]
        for old, field in zip(state, new, strict=True):
            old[chosen] = field[better]
    return x


def _step(state: Quadratic, damping: Tensor, last_step: float) -> tuple[Tensor, ...]:
    """Steps, their relative change of velocity, predicted gain, the damping that was needed, kicks.

    (H + damping * S) step = -gradient with S the stiffness, made definite where the metric is not.
    """
    n = state.gradient.shape[1]
    floor = torch.finfo(damping.dtype).eps ** 0.5 * state.stiffness.diagonal(dim1=1, dim2=2).mean(1)
    metric = state.stiffness + floor[:, None, None] * torch.eye(n).to(damping)
    for _ in range(SEARCHES):
        factor, info = torch.linalg.cholesky_ex(state.hessian + damping[:, None, None] * metric)
        if not info.any():
            break
        damping = torch.where(info > 0, (4 * damping).clamp_min(FIRST_DAMPING), damping)
    step = -torch.cholesky_solve(state.gradient[:, :, None], factor)[:, :, 0]
    change = _change(state.energy, state.stiffness, step)
    stalled = torch.nonzero((damping > 0) & (change < last_step))[:, 0]
    kick = torch.zeros_like(damping, dtype=torch.bool)
    if len(stalled):
        value, vector = torch.linalg.eigh(state.hessian[stalled])
        lowest = vector[:, :, 0] * -_sign((vector[:, :, 0] * state.gradient[stalled]).sum(1))[:, None]
        size = KICK / (1 + damping[stalled]) / _change(state.energy[stalled], state.stiffness[stalled], lowest)
        kick[stalled] = value[:, 0] < -1e-6 * value[:, -1]
        step[stalled] = torch.where(kick[stalled, None], size[:, None] * lowest, step[stalled])
        change = _change(state.energy, state.stiffness, step)
    step = step * (LONGEST_STEP / change).clamp_max(1)[:, None]
    bend = torch.einsum("pi,pij,pj->p", step, state.hessian, step)
    return step, change, -(state.gradient * step).sum(1) - bend / 2, damping, kick


def assemble(seen: Expansion, grid: Grid) -> Quadratic:
    """Quadratic model of the energy in the coefficients, from the expansions at the nodes."""
    speed, length = speeds(seen, grid)
    pairs, nodes, dim = seen.velocity.shape
    modes = grid.basis.value.shape[1]
    weight = grid.weight[:, None]
    gradient = (weight * grid.basis.value).mT @ seen.force + (weight * grid.basis.slope).mT @ seen.momentum

    def form(block: Tensor, table: Tensor) -> Tensor:
        flat = block.flatten(2).mT.reshape(-1, nodes) @ table
        flat = flat.view(pairs, dim, dim, modes, modes).permute(0, 3, 1, 4, 2)
        return flat.reshape(pairs, modes * dim, modes * dim)

    value_value, slope_value, slope_slope = products(modes + 1, weight.dtype, weight.device)
    stiffness = form(seen.matrix, slope_slope)
    mixed = form(seen.coupling, slope_value)
    bent = form(seen.curvature, value_value)
    hessian = stiffness + mixed + mixed.mT + (bent + bent.mT) / 2
    energy = (speed.square() * grid.weight).sum(1) / 2
    return Quadratic(energy, length, gradient.flatten(1), hessian, stiffness)


def speeds(seen: Expansion, grid: Grid) -> tuple[Float[Tensor, "pair node"], Float[Tensor, " pair"]]:
    """Speed sqrt(v'Mv) at the nodes, and its mean, the length."""
    speed = (seen.velocity * seen.momentum).sum(2).clamp_min(0).sqrt()
    return speed, (speed * grid.weight).sum(1)


def _change(energy: Tensor, stiffness: Tensor, step: Tensor) -> Tensor:
    """Change of velocity over the speed, sqrt(step'S step / 2E)."""
    return (torch.einsum("pi,pij,pj->p", step, stiffness, step).clamp_min(0) / (2 * energy)).sqrt()


def _sign(x: Tensor) -> Tensor:
    return torch.where(x < 0, -1.0, 1.0).to(x)
