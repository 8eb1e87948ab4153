"""Damped Newton steps on the energy of many curves, each with a damping of its own."""

from typing import NamedTuple

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from curvae.geometry import banded, splines
from curvae.geometry.metric import FEW_LATENTS, Expansion, Metric, expand
from curvae.geometry.sizes import times
from curvae.geometry.splines import SEEN, Control, Grid, at, gathered, grid, rows

LONGEST_STEP = 0.7  # change of velocity in one step over the speed, both measured by the metric
KICK = 0.3  # length of the step that leaves a saddle
FIRST_DAMPING, LARGEST_DAMPING = 0.05, 1e5
LEAST_DAMPING = 1e-3  # the first one in many latents
PIECES = 65536  # of all curves that are solved at once, in two latents, on a processor

PerPair = Float[Tensor, " pair"]


def room(latents: int) -> int:
    """Memory of matrices at a point, in those of two latents."""
    return max(1, latents**2 // 4)


class State(NamedTuple):
    """Energy of each curve, its derivative in the coordinates (control point, latent), and what its nodes see."""

    energy: PerPair
    gradient: Float[Tensor, "coordinate pair"]
    seen: Expansion

    @property
    def sound(self) -> Bool[Tensor, " pair"]:
        """Where all second derivatives are finite."""
        parts = (self.seen.matrix, self.seen.coupling, self.seen.curvature)
        return torch.isfinite(sum(part.sum((0, 1, 2)) for part in parts)) & torch.isfinite(self.energy)

    def some(self, pairs: Tensor) -> "State":
        """The curves of some pairs."""
        return State(*(_map(lambda field: field.index_select(-1, pairs), part) for part in self))

    def updated(self, better: Bool[Tensor, " pair"], new: "State") -> "State":
        """The new state where it is better."""
        if better.all():
            return new
        return State(
            torch.where(better, new.energy, self.energy),
            torch.where(better, new.gradient, self.gradient),
            Expansion(*(torch.where(better, a, b) for a, b in zip(new.seen, self.seen, strict=True))),
        )


def at_nodes(function, metric: Metric, control: Control, g: Grid) -> Expansion:
    """`expand` or `slopes` at the nodes of every curve, fields [..., time, pair]."""
    tables = (g.value, g.slope, g.bend) if function is expand else (g.value, g.slope)
    found = function(metric, *(at(table, control).flatten(1).mT for table in tables))
    return _map(lambda field: field.unflatten(-1, (len(g.time), -1)), found)


def descend(
    metric: Metric, control: Control, pieces: int, *, nodes: int = SEEN, iterations: int, last_step: float
) -> tuple[Control, Bool[Tensor, " pair"]]:
    """Curves of least energy among those of equally many pieces, their ends kept.

    A pair leaves after an undamped step shorter than `last_step`, which needs no check as the error that is
    left is about its square; or when no damping helps any more. At a saddle it steps to either side.

    Args:
        metric: see `geodesics`.
        control: where to begin.
        pieces: of the curves.
        nodes: at which the metric is asked, on each piece.
        iterations: largest number of steps.
        last_step: see above.

    Returns:
        Control points, and which pairs came to rest.
    """
    g = grid(pieces, nodes, control)
    parts = control.split(max(1, PIECES * times(control.device) // pieces // room(len(control))), dim=2)
    found = [_descend(metric, part.clone(), g, iterations, last_step) for part in parts]
    return torch.cat([part for part, _ in found], dim=2), torch.cat([rest for _, rest in found])


def _descend(metric: Metric, control: Control, g: Grid, iterations: int, last_step: float) -> tuple[Control, Tensor]:
    state = observe(metric, control, g)
    rest = state.energy == 0
    live = torch.nonzero((state.energy > 0) & state.sound)[:, 0]
    if len(live) < len(rest):
        state = state.some(live)
    damping, shrink = torch.zeros_like(state.energy), torch.ones_like(state.energy)
    rounding = 10 * torch.finfo(control.dtype).eps
    first = FIRST_DAMPING if len(control) <= FEW_LATENTS else LEAST_DAMPING
    for _ in range(iterations):
        if not len(live):
            break
        step, change, predicted, kick, damping = _step(state, g, damping, shrink, last_step)
        trial = control.index_select(2, live)
        trial[:, 1:-1] += step
        done = ~kick & ((change < last_step) & (damping == 0) | (predicted <= rounding * state.energy))
        control[..., live] = torch.where(done & (predicted >= 0), trial, control[..., live])
        rest[live] |= done
        going = torch.nonzero(~done & (damping < LARGEST_DAMPING))[:, 0]
        if len(going) < len(live):
            live, damping, shrink, predicted, kick = (x[going] for x in (live, damping, shrink, predicted, kick))
            state, trial = state.some(going), trial[..., going]
            if not len(live):
                break
        new = observe(metric, trial, g)
        gain = state.energy - new.energy
        better = (gain > 0) & new.sound
        good = better & ((gain > 0.5 * predicted) | kick)
        lower = torch.where(damping > first / 10, damping / 10, 0)
        damping = torch.where(good, lower, torch.where(better | kick, damping, (4 * damping).clamp_min(first)))
        shrink = torch.where(kick & ~better, shrink / 2, shrink)
        control[..., live] = torch.where(better, trial, control[..., live])
        state = state.updated(better, new)
    return control, rest


def observe(metric: Metric, control: Control, g: Grid) -> State:
    """Energy and gradient of curves, and the expansions at their nodes."""
    seen = at_nodes(expand, metric, control, g)
    dim, _, pairs = seen.velocity.shape
    energy = g.weight @ (seen.velocity * seen.momentum).sum(0) / 2
    table = torch.cat([g.value, g.slope], dim=1).mT
    both = torch.stack([seen.force, seen.momentum]).mul_(g.weight[:, None])
    parts = table @ both.unflatten(2, (g.pieces, -1)).permute(2, 0, 3, 1, 4).reshape(g.pieces, -1, dim * pairs)
    gradient = gathered(parts)[1:-1].reshape(-1, pairs)
    return State(energy, gradient, seen)


def _step(state: State, g: Grid, damping: PerPair, shrink: PerPair, last_step: float) -> tuple[Tensor, ...]:
    """Steps, their relative change of velocity before it is capped, predicted gain, which leave a saddle, and damping.

    (H + damping * S) step = -gradient with S = int dc'' M dc', made definite where the metric is not. From four
    latents on, S has M + (tr M / latents) I in M's place: M is nearly singular where decoders hardly use a latent.
    Damping grows there until the matrix is definite, for what elimination makes of another is many times too long.
    Where a damped step is short the matrix without damping, and the step by it, tell whether that is a saddle.
    """
    speed = (2 * state.energy).sqrt()
    while True:
        found, least = _solved(state, g, damping)
        step = _unflat(found.x, state)
        stretch, curved = _forms(state.seen, g, step)
        change = stretch.clamp_min(0).sqrt() / speed
        kick = found.indefinite & (damping == 0) & (change < last_step) & (shrink > 0.01)
        lost = found.indefinite & ~kick & (damping < LARGEST_DAMPING)
        if len(step) <= FEW_LATENTS or not lost.any():
            break
        damping = torch.where(lost, (4 * damping).clamp_min(LEAST_DAMPING), damping)
    doubtful = (damping > 0) & (change < last_step) & (shrink > 0.01)
    if len(step) > FEW_LATENTS and doubtful.any():
        found, _ = _solved(state, g, torch.zeros_like(damping))
        undamped = _forms(state.seen, g, _unflat(found.x, state))[0].clamp_min(0).sqrt() / speed
        kick = kick | doubtful & found.indefinite & (undamped < last_step)
        damping = torch.where(kick, 0, damping)
    cap = (LONGEST_STEP / change).clamp_max(1)
    if kick.any():
        downward = found.downward(kick)
        side = torch.where((downward * state.gradient).sum(0) > 0, -1.0, 1.0).to(step)
        downward = _unflat(downward, state)
        reach = _forms(state.seen, g, downward)[0].clamp_min(least).sqrt() / speed
        step = torch.where(kick, side * KICK * shrink / reach * downward, step)
        curved = torch.where(kick, _forms(state.seen, g, step)[1], curved)
        cap = torch.where(kick, 1, cap)
    step = step * cap
    slope = (step.transpose(0, 1).reshape(state.gradient.shape) * state.gradient).sum(0)
    return step, change, -slope - cap.square() * curved / 2, kick, damping


def _solved(state: State, g: Grid, damping: PerPair) -> tuple[banded.Solution, PerPair]:
    """The solution of `_step`, and what rounding adds to the diagonal."""
    band = hessian(_rounder(state.seen, damping), g, 1 + damping)
    eps = torch.finfo(band.dtype).eps
    scale = band[:, 0].abs().mean(0)
    band[:, 0] += eps * scale
    return banded.solve(band, -state.gradient, 100 * eps * scale), eps * scale


def hessian(seen: Expansion, g: Grid, stiffening: PerPair) -> Float[Tensor, "coordinate offset pair"]:
    """Second derivatives of the energy in the inner control points, as a band; M counts `stiffening` times."""
    dim, _, time, pairs = seen.matrix.shape
    parts = (seen.matrix * stiffening, seen.curvature, seen.coupling, seen.coupling.transpose(0, 1))
    terms = seen.matrix.new_empty(time, len(parts), dim, dim, pairs)
    for place, part in enumerate(parts):
        terms[:, place] = part.permute(2, 0, 1, 3)
    # phi_i' D phi_j with D_kl = d2L / dv_k dc_l belongs to coordinates (i, k) and (j, l)
    local = (g.pairs @ terms.view(g.pieces, -1, dim * dim * pairs)).unflatten(2, (dim, dim, pairs))
    width = (splines.ORDER + 1) * dim
    band = local.new_zeros(splines.controls(g.pieces), dim, width, pairs)
    for row, (i, j) in enumerate(zip(*rows(), strict=True)):
        for k in range(dim):
            first = (j - i) * dim - k
            skip = max(0, -first)
            band[i : i + g.pieces, k, first + skip : first + dim] += local[:, row, k, skip:]
    inner = band[1:-1]
    for offset in range(1, splines.ORDER + 1):
        for k in range(dim):
            inner[max(0, len(inner) - offset) :, k, max(0, offset * dim - k) :] = 0
    return inner.flatten(0, 1)


def _rounder(seen: Expansion, damping: PerPair) -> Expansion:
    """What damping adds to the matrix beyond its own share, see `_step`."""
    dim = len(seen.matrix)
    if dim <= FEW_LATENTS:
        return seen
    mean = seen.matrix.diagonal(dim1=0, dim2=1).mean(-1) * (damping / (1 + damping))
    unit = torch.eye(dim, dtype=mean.dtype, device=mean.device)
    return seen._replace(matrix=seen.matrix + unit[..., None, None] * mean)


def _forms(seen: Expansion, g: Grid, step: Control) -> tuple[PerPair, PerPair]:
    """Quadratic forms of S and of the Hessian."""
    whole = torch.nn.functional.pad(step, (0, 0, 1, 1))
    moved, turned = at(g.value, whole), at(g.slope, whole)

    def form(left: Tensor, matrix: Tensor, right: Tensor) -> PerPair:
        return g.weight @ (left[:, None] * matrix * right).sum((0, 1))

    stretch = form(turned, seen.matrix, turned)
    return stretch, stretch + form(moved, seen.curvature, moved) + 2 * form(turned, seen.coupling, moved)


def _unflat(x: Float[Tensor, "coordinate pair"], state: State) -> Control:
    return x.unflatten(0, (-1, len(state.seen.velocity))).transpose(0, 1)


def _map(function, part: Tensor | Expansion) -> Tensor | Expansion:
    if isinstance(part, Tensor):
        return function(part)
    return Expansion(*(None if field is None else function(field) for field in part))
