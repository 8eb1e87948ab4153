"""Geodesics between many pairs of points at once: Newton's method on the energy of smooth curves."""

import logging
from typing import NamedTuple

import torch
from jaxtyping import Bool, Int
from torch import Tensor

from curvae.geometry.curves import Geodesics, Status
from curvae.geometry.graph import Graph
from curvae.geometry.judge import Figures, judge, measure
from curvae.geometry.lines import constant_speed, polyline_speeds
from curvae.geometry.metric import Metric, PullbackMetric
from curvae.geometry.newton import descend
from curvae.geometry.splines import FEW, UNSEEN, Control, basis, controls, fit, refine
from curvae.geometry.table import MetricTable, tabulate
from curvae.types import Codes, Curves

logger = logging.getLogger(__name__)

COARSEST = 8  # pieces of the first curves
COARSE_STEPS = 12  # Newton steps on all pieces but the finest: curves that need more need finer pieces, too
COARSE_STEP = 0.05  # change of velocity over the speed in a step that is the last one on such pieces
FINEST = 512
BATCH = 2048  # pairs at a time
TABLE_FROM = 32  # pairs for which a decoder is tabulated
SAVING = 5e-4  # share of the length by which a second start must be shorter
BAR_FROM = 16  # pieces from which lengths can be compared
GRAPH_SLACK = 1.03  # how much longer a path over the graph may be for its curve to be tried
TABLE_TOLERANCE = 1e-3  # largest difference of lengths by a table and by its metric


class Found(NamedTuple):
    """Curves of equally many pieces, by their place in a batch."""

    index: Int[Tensor, " some"]
    pieces: int
    control: Control
    figures: Figures


def geodesics(
    metric: Metric,
    starts: Codes,
    ends: Codes,
    *,
    pieces: int = 512,
    iterations: int = 20,
    accuracy: float = 5e-3,
    tolerance: float = 1e-2,
    initial: Curves | None = None,
    table: MetricTable | None = None,
    graph: Graph | None = None,
    bounds: tuple[Tensor, Tensor] | None = None,
) -> Geodesics:
    """Curves of least energy E = 1/2 int c'M(c)c' dt between pairs of points.

    Curves are C4 B-splines of equal pieces. Each pair starts from its straight line at constant speed, hence
    ends no longer than it, and takes damped Newton steps of its own; it leaves once its residual is below
    `accuracy`, else its pieces are halved. With a table a decoder is asked only to judge the curves, and to
    correct those that the table got wrong.

    Args:
        metric: a `PullbackMetric` or any object with `matrix`, twice differentiable by torch.
        starts: [pair, latent], float64 for an accuracy below 1e-3.
        ends: [pair, latent].
        pieces: of the finest curves, 2 to 512.
        iterations: largest number of Newton steps at one number of pieces.
        accuracy: residual below which no finer curve is tried.
        tolerance: residual and speed variation below which a pair counts as converged.
        initial: curves to start from at equal time steps, [pair, time, latent]; straight lines if None.
        table: of the metric; None makes one of a decoder with one or two latents if there are 32 pairs or more.
        graph: of points that curves can be expected to pass, for a second start along the shortest path;
            None makes one from the table. The shorter curve is kept.
        bounds: lower and upper corner of the region [latent] that curves must not leave.

    Raises:
        ValueError: shapes differ, a point is not finite, or a setting is out of range.
    """
    _check(starts, ends, pieces, iterations, initial)
    with torch.no_grad():
        if table is None and _worth_a_table(metric, starts):
            table = _tabulated(metric, torch.cat([starts, ends]))
        if table is not None and graph is None and initial is None:
            graph = Graph.over(table, table.low, table.high)
        parts = []
        for batch in torch.arange(len(starts), device=starts.device).split(BATCH):
            own = None if initial is None else initial[batch]
            solver = _Solver(metric, table, graph, starts[batch], ends[batch], pieces, iterations, accuracy)
            parts.append(solver.solve(own, tolerance, bounds))
        found = Geodesics.join(parts)
    logger.info("%d of %d geodesics converged", int(found.converged.sum()), len(starts))
    return found


class _Solver:
    """One batch of pairs."""

    def __init__(self, metric, table, graph, starts, ends, pieces, iterations, accuracy):
        self.metric, self.table, self.graph = metric, table, graph
        self.starts, self.ends = starts, ends
        self.iterations, self.accuracy = iterations, accuracy
        self.ladder = _ladder(pieces)
        eps = torch.finfo(starts.dtype).eps
        self.last_step = max(min(accuracy, 1e-2), 1e3 * eps) ** 0.75

    def solve(self, initial: Curves | None, tolerance: float, bounds) -> Geodesics:
        cheap = self.metric if self.table is None else self.table
        everyone = torch.arange(len(self.starts), device=self.starts.device)
        first = self.ladder[0]
        chords = torch.stack([self.starts, self.ends], dim=1)
        lines, straight = constant_speed(cheap, chords, first)
        if initial is not None:
            time = torch.linspace(0, 1, initial.shape[1]).to(initial)
            first = max([p for p in self.ladder if controls(p) <= initial.shape[1]], default=first)
            lines = fit(initial, time, first)
        best = self._climb(cheap, everyone, lines, first)
        if self.graph is not None:
            best = self._around(cheap, best, tolerance)
        if self.table is not None:
            best = self._corrected(best, straight, tolerance)
        return self._report(best, straight, tolerance, bounds)

    def _climb(
        self, metric: Metric, index: Tensor, control: Control, first: int, bar: Tensor | None = None
    ) -> list[Found]:
        """Descend from coarse curves to finer ones, as far as each pair needs and its length stays below a bar."""
        done = []
        for pieces in (p for p in self.ladder if p >= first):
            last = pieces == self.ladder[-1]
            steps = self.iterations if last else min(self.iterations, COARSE_STEPS)
            least = self.last_step if last else max(self.last_step, COARSE_STEP)
            control, _ = descend(metric, control, pieces, iterations=steps, last_step=least)
            figures = judge(metric, control, pieces, FEW if isinstance(metric, MetricTable) else UNSEEN)
            more = torch.maximum(figures.residual, figures.speed_variation) > self.accuracy
            more &= torch.isfinite(figures.energy) & (not last)
            if bar is not None and pieces >= BAR_FROM:
                more &= figures.length < bar[index]
            done.append(_some(Found(index, pieces, control, figures), ~more))
            index, control = index[more], refine(control[..., more], pieces, 2 * pieces)
            if not len(index):
                break
        return done

    def _around(self, metric: Metric, found: list[Found], tolerance: float) -> list[Found]:
        """Curves from shortest paths over the graph where those could be shorter than what was found."""
        index = torch.cat([part.index for part in found])
        length, residual = self.starts.new_empty((2, len(self.starts)))
        length[index] = torch.cat([part.figures.length for part in found])
        residual[index] = torch.cat([part.figures.residual for part in found])
        nodes, path = self.graph.paths(self.starts, self.ends)
        lost = ~(residual <= tolerance)
        other = torch.nonzero(((path < GRAPH_SLACK * length) | lost) & torch.isfinite(path))[:, 0]
        if not len(other):
            return found
        lines = self.graph.polylines(self.starts[other], self.ends[other], nodes[other.cpu().numpy()])
        control, _ = constant_speed(metric, lines, self.ladder[0])
        bar = torch.where(lost, torch.inf, (1 - SAVING) * length)
        tried = self._climb(metric, other, control, self.ladder[0], bar)
        won = torch.zeros(len(self.starts), dtype=torch.bool, device=other.device)
        better = []
        for part in tried:
            sound = part.figures.residual <= tolerance
            shorter = sound & (part.figures.length < bar[part.index])
            won[part.index[shorter]] = True
            better.append(_some(part, shorter))
        return [_some(part, ~won[part.index]) for part in found] + better

    def _corrected(self, found: list[Found], straight: Tensor, tolerance: float) -> list[Found]:
        """The curves that the table found, measured by the metric and solved anew on it where the two disagree."""
        done = []
        for part in (part for part in found if len(part.index)):
            length, energy, variation = measure(self.metric, part.control, part.pieces)
            near = torch.nonzero(length > (1 - TABLE_TOLERANCE) * straight[part.index])[:, 0]
            if len(near):
                straight[part.index[near]] = self._straight(part.index[near])
            figures = part.figures._replace(length=length, energy=energy, speed_variation=variation)
            agree = (length - part.figures.length).abs() <= TABLE_TOLERANCE * length
            agree &= (variation <= tolerance) & ~self._longer(figures, straight[part.index])
            good = agree | (part.figures.residual > tolerance)
            done.append(_some(part._replace(figures=figures), good))
            if not good.all():
                doubtful = _some(part, ~good)
                again = doubtful.index
                straight[again] = self._straight(again)
                closer = judge(self.metric, doubtful.control, part.pieces)
                good = (closer.residual <= tolerance) & (closer.speed_variation <= tolerance)
                good &= ~self._longer(closer, straight[again])
                doubtful = doubtful._replace(figures=closer)
                done.append(_some(doubtful, good))
                if not good.all():
                    done += self._climb(self.metric, again[~good], doubtful.control[..., ~good], part.pieces)
        return done

    def _straight(self, index: Tensor) -> Tensor:
        """Length of straight lines, from the metric."""
        return polyline_speeds(self.metric, torch.stack([self.starts[index], self.ends[index]], dim=1))[1].sum(1)

    def _longer(self, figures: Figures, straight: Tensor) -> Tensor:
        return figures.length > straight * (1 + max(1e-9, 100 * torch.finfo(straight.dtype).eps))

    def _report(self, found: list[Found], straight: Tensor, tolerance: float, bounds) -> Geodesics:
        index = torch.cat([part.index for part in found])
        order = index.argsort()
        finest = max(part.pieces for part in found)
        control = torch.cat([refine(p.control, p.pieces, finest) if p.pieces < finest else p.control for p in found], 2)
        control = control.permute(2, 1, 0)[order]
        control[:, 0], control[:, -1] = self.starts, self.ends
        coincident = (self.starts == self.ends).all(1)
        control[coincident] = self.starts[coincident, None]
        pieces = torch.cat([torch.full_like(part.index, part.pieces) for part in found])[order]
        figures = Figures(*(torch.cat(column)[order] for column in zip(*(p.figures for p in found), strict=True)))
        status = torch.full_like(pieces, Status.NOT_CONVERGED)
        sound = (figures.residual < tolerance) & (figures.speed_variation < tolerance)
        status[sound] = Status.CONVERGED
        status[self._longer(figures, straight)] = Status.LONGER
        figures = Figures(*(torch.where(coincident & torch.isfinite(f), 0, f) for f in figures))
        status[(figures.energy == 0) & ~coincident] = Status.DEGENERATE
        if bounds is not None:
            low, high = bounds
            points = basis(torch.linspace(0, 1, 4 * finest + 1).to(control), finest) @ control
            status[((points < low) | (points > high)).any(2).any(1)] = Status.OUTSIDE
        status[~torch.isfinite(figures.energy)] = Status.NOT_FINITE
        status[coincident & torch.isfinite(figures.energy)] = Status.COINCIDENT
        return Geodesics(control, pieces, **figures._asdict(), straight_length=straight, status=status)


def _some(found: Found, keep: Bool[Tensor, " some"]) -> Found:
    figures = Figures(*(column[keep] for column in found.figures))
    return Found(found.index[keep], found.pieces, found.control[..., keep], figures)


def _ladder(pieces: int) -> list[int]:
    """Pieces that double up to the last."""
    ladder = [pieces]
    while ladder[0] % 2 == 0 and ladder[0] // 2 >= COARSEST:
        ladder.insert(0, ladder[0] // 2)
    return ladder


def _worth_a_table(metric: Metric, starts: Codes) -> bool:
    return isinstance(metric, PullbackMetric) and starts.shape[1] <= 2 and len(starts) >= TABLE_FROM


def _tabulated(metric: Metric, points: Codes) -> MetricTable | None:
    try:
        return tabulate(metric, points)
    except ValueError as error:
        logger.info("no table: %s", error)
        return None


def _check(starts: Tensor, ends: Tensor, pieces: int, iterations: int, initial: Tensor | None) -> None:
    if starts.ndim != 2 or starts.shape != ends.shape or not starts.is_floating_point() or not starts.numel():
        raise ValueError(
            f"starts {tuple(starts.shape)} {starts.dtype} and ends {tuple(ends.shape)}: "
            "must be equal shapes [pair, latent] of floats, none of them empty"
        )
    if ends.dtype != starts.dtype:
        raise ValueError(f"ends have {ends.dtype}: must be {starts.dtype} as the starts")
    if not (torch.isfinite(starts).all() and torch.isfinite(ends).all()):
        raise ValueError("starts and ends hold values that are not finite: must be finite")
    if not 2 <= pieces <= FINEST or iterations < 1:
        raise ValueError(f"pieces is {pieces}, iterations {iterations}: must be 2 to {FINEST} and at least 1")
    if initial is not None and (initial.ndim != 3 or initial.shape[::2] != starts.shape or initial.shape[1] < 3):
        raise ValueError(f"initial has shape {tuple(initial.shape)}: must be [pair, time >= 3, latent]")
