"""Damped Newton steps on the energy of many curves, each with a damping of its own."""

from typing import NamedTuple

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from curvae.geometry import banded, splines
from curvae.geometry.metric import Expansion, Metric, expand
from curvae.geometry.splines import SEEN, Control, Grid, grid, products, rows

LONGEST_STEP = 0.7  # change of velocity in one step over the speed, both measured by the metric
KICK = 0.3  # length of the step that leaves a saddle
FIRST_DAMPING, LARGEST_DAMPING = 0.05, 1e5

PerPair = Float[Tensor, " pair"]


class Quadratic(NamedTuple):
    """Energy, length, and the energy's derivatives in the coordinates (control point, latent) of each curve."""

    energy: PerPair
    gradient: Float[Tensor, "coordinate pair"]
    hessian: Float[Tensor, "coordinate offset pair"]
    stiffness: Float[Tensor, "coordinate offset pair"]  # int dc'' M dc', the squared change of velocity


def at_nodes(function, metric: Metric, control: Control, g: Grid) -> Expansion:
    """`expand` or `slopes` at the nodes of every curve, fields [..., time, pair]."""
    parts = [(table @ control).flatten(1).mT for table in (g.value, g.slope)]
    if function is expand:
        parts.append((g.bend @ control).flatten(1).mT)
    found = function(metric, *parts)
    return Expansion(*(None if f is None else f.unflatten(-1, (len(g.time), -1)) for f in found))


def descend(
    metric: Metric, control: Control, pieces: int, *, iterations: int, last_step: float
) -> tuple[Control, Bool[Tensor, " pair"]]:
    """Curves of least energy among those of equally many pieces, their ends kept.

    A pair leaves after an undamped step shorter than `last_step`, which needs no check as the error that is
    left is about its square; or when no damping helps any more. At a saddle it steps to either side.

    Args:
        metric: see `geodesics`.
        control: where to begin.
        pieces: of the curves.
        iterations: largest number of steps.
        last_step: see above.

    Returns:
        Control points, and which pairs came to rest.
    """
    control = control.clone()
    g = grid(pieces, SEEN, control)
    state = assemble(at_nodes(expand, metric, control, g), g)
    rest = torch.zeros(control.shape[2], dtype=torch.bool, device=control.device)
    rest |= state.energy == 0
    live = torch.nonzero((state.energy > 0) & torch.isfinite(state.hessian).all(0).all(0))[:, 0]
    state = Quadratic(*(field[..., live] for field in state))
    damping, shrink = torch.zeros_like(state.energy), torch.ones_like(state.energy)
    rounding = 10 * torch.finfo(control.dtype).eps
    for _ in range(iterations):
        if not len(live):
            break
        step, change, predicted, kick = _step(state, damping, shrink, last_step)
        trial = control[..., live]
        trial[:, 1:-1] += step.unflatten(0, (-1, len(trial))).movedim(1, 0)
        done = ~kick & ((change < last_step) & (damping == 0) | (predicted <= rounding * state.energy))
        sound = done & (predicted >= 0)
        control[..., live[sound]] = trial[..., sound]
        rest[live[done]] = True
        going = ~done & (damping < LARGEST_DAMPING)
        if not going.all():
            live, damping, shrink, predicted, kick = (x[going] for x in (live, damping, shrink, predicted, kick))
            state, trial = Quadratic(*(field[..., going] for field in state)), trial[..., going]
            if not len(live):
                break
        new = assemble(at_nodes(expand, metric, trial, g), g)
        gain = state.energy - new.energy
        better = (gain > 0) & torch.isfinite(new.hessian).all(0).all(0)
        good = better & ((gain > 0.5 * predicted) | kick)
        lower = torch.where(damping > FIRST_DAMPING / 10, damping / 10, 0)
        damping = torch.where(good, lower, torch.where(better | kick, damping, (4 * damping).clamp_min(FIRST_DAMPING)))
        shrink = torch.where(kick & ~better, shrink / 2, shrink)
        control[..., live[better]] = trial[..., better]
        for old, field in zip(state, new, strict=True):
            old[..., better] = field[..., better]
    return control, rest


def _step(state: Quadratic, damping: PerPair, shrink: PerPair, last_step: float) -> tuple[Tensor, ...]:
    """Steps, their relative change of velocity before it is capped, predicted gain, and which leave a saddle.

    (H + damping * S) step = -gradient with S the stiffness, made definite where the metric is not.
    """
    speed = (2 * state.energy).sqrt()
    scale = state.stiffness[:, 0].mean(0)
    band = state.hessian + damping * state.stiffness
    eps = torch.finfo(band.dtype).eps
    band[:, 0] += eps * scale
    found = banded.solve(band, -state.gradient, 100 * eps * scale)
    step = found.x
    change = banded.form(state.stiffness, step).clamp_min(0).sqrt() / speed
    kick = found.indefinite & (damping == 0) & (change < last_step) & (shrink > 0.01)
    if kick.any():
        side = torch.where((found.downward * state.gradient).sum(0) > 0, -1.0, 1.0).to(step)
        reach = banded.form(state.stiffness, found.downward).clamp_min(eps * scale).sqrt() / speed
        step = torch.where(kick, side * KICK * shrink / reach * found.downward, step)
    length = torch.where(kick, 0, change)
    step = step * (LONGEST_STEP / length).clamp_max(1)
    predicted = -(state.gradient * step).sum(0) - banded.form(state.hessian, step) / 2
    return step, change, predicted, kick


def assemble(seen: Expansion, g: Grid) -> Quadratic:
    """Quadratic model of the energy in the inner control points, from the expansions at the nodes."""
    dim, _, pairs = seen.velocity.shape
    weight = g.weight[:, None]
    energy = ((seen.velocity * seen.momentum).sum(0) * weight).sum(0) / 2
    gradient = (weight * g.value).mT @ seen.force + (weight * g.slope).mT @ seen.momentum
    slopes, others = products(g.pieces, weight.dtype, weight.device)

    def blocks(fields: list[Tensor]) -> Tensor:
        parts = [f.reshape(dim * dim, g.pieces, -1, pairs) for f in fields]
        return torch.cat(parts, dim=2).permute(1, 2, 0, 3).flatten(2)

    # phi_i' D phi_j with D_kl = d2L / dv_k dc_l belongs to coordinates (i, k) and (j, l)
    stiffness = slopes @ blocks([seen.matrix])
    hessian = stiffness + others @ blocks([seen.curvature, seen.coupling, seen.coupling.transpose(0, 1)])
    bands = (_band(part.unflatten(2, (dim, dim, pairs)), g.pieces) for part in (hessian, stiffness))
    return Quadratic(energy, gradient[:, 1:-1].transpose(0, 1).flatten(0, 1), *bands)


def _band(local: Float[Tensor, "piece row latent latent pair"], pieces: int) -> Float[Tensor, "coordinate offset pair"]:
    """Sum of what each piece adds, as a band over the inner control points."""
    _, _, dim, _, pairs = local.shape
    whole = local.new_zeros(splines.controls(pieces), splines.ORDER + 1, dim, dim, pairs)
    for row, (i, j) in enumerate(zip(*rows(), strict=True)):
        whole[i : i + pieces, j - i] += local[:, row]
    inner = whole[1:-1]
    count = len(inner)
    for offset in range(1, splines.ORDER + 1):
        inner[max(0, count - offset) :, offset] = 0
    band = local.new_zeros(count, dim, (splines.ORDER + 1) * dim, pairs)
    for offset in range(splines.ORDER + 1):
        for k in range(dim):
            for m in range(dim):
                if (place := offset * dim + m - k) >= 0:
                    band[:, k, place] = inner[:, offset, k, m]
    return band.flatten(0, 1)
