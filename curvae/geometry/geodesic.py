"""Geodesics between many pairs of points at once: Newton's method on the energy of smooth curves."""

import itertools
import logging
from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Bool, Int
from torch import Tensor

from curvae.geometry.arguments import check
from curvae.geometry.curves import Geodesics, Status
from curvae.geometry.graph import NEIGHBOURS, ROUGH, Graph, rough
from curvae.geometry.judge import Figures, correct, judge, lengths
from curvae.geometry.lines import constant_speed
from curvae.geometry.metric import FEW_LATENTS, Metric, PullbackMetric
from curvae.geometry.newton import descend, room
from curvae.geometry.sizes import times
from curvae.geometry.splines import FEW_SEEN, FEW_UNSEEN, SEEN, UNSEEN, Control, basis, controls, fit, refine
from curvae.geometry.table import MetricTable, compiled, tabulate
from curvae.types import Codes, Curves

logger = logging.getLogger(__name__)

COARSEST = 8  # pieces of the first curves
COARSE_STEPS = 12  # on all pieces but the finest, in few latents: curves that need more need finer pieces, too
COARSE_STEP = 0.05  # change of velocity over the speed in a step that is the last one on such pieces
BATCH = 8192  # pairs at a time, in two latents, on a processor
TABLE_FROM = 32  # pairs for which a decoder is tabulated
SAVING = 5e-4  # share of the length by which a second start must be shorter
SINGLE_FROM = 1e-3  # accuracy down to which a table is read in single precision
SINGLE_TO = 128  # pieces up to which it is
BAR_FROM = 16  # pieces from which lengths, and ways out of the bounds, are to be trusted
GRAPH_SLACK = 1.12  # length of the other start in lengths of the curve from which it is tried, too
STRAY = 2  # cells by which a path over a rough lattice that is no shorter must leave the curve to be tried
GRAPH_SHORTER = 0.98  # length of a path over the graph in straight lines from which it is the first start
LAST_STARTS = (16, 64)  # pieces of the curves from which the last attempts start
FAR = 0.1  # residual from which pieces are quartered
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
    accuracy: float = 8e-3,
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
            None makes one from the table, or, of two or three latents, a rough lattice over the points and as far again
            on every side, whose nodes ask the metric once each. The shorter curve is kept.
        bounds: lower and upper corner of the region [latent] that curves must not leave, such as `bounding_box` of
            codes; None takes the metric's own. From four latents on curves outside on 16 pieces or more are given up.

    Raises:
        ValueError: shapes differ, a point is not finite, or a setting is out of range.
    """
    bounds = getattr(metric, "bounds", None) if bounds is None else bounds
    check(starts, ends, pieces, iterations, accuracy, tolerance, initial, table, bounds)
    with torch.no_grad():
        bounds = None if bounds is None else tuple(corner.to(starts) for corner in bounds)
        around = {"table": table, "graph": graph, "bounds": bounds}
        around = prepared(metric, torch.cat([starts, ends]), len(starts), around, ways=initial is None)
        table, graph = around["table"], around["graph"] if initial is None else None
        parts = []
        size = max(1, BATCH * times(starts.device) // room(starts.shape[1]))
        for batch in torch.arange(len(starts), device=starts.device).split(size):
            solver = _Solver(metric, table, graph, starts[batch], ends[batch], pieces, iterations, accuracy, bounds)
            parts.append(solver.solve(None if initial is None else initial[batch], tolerance))
        found = Geodesics.join(parts)
    logger.info("%d of %d geodesics converged", int(found.converged.sum()), len(starts))
    return found


class _Solver:
    """One batch of pairs."""

    def __init__(self, metric, table, graph, starts, ends, pieces, iterations, accuracy, bounds):
        self.metric, self.table, self.graph, self.bounds = metric, table, graph, bounds
        self.starts, self.ends = self.given = starts, ends
        self.cheap = metric if table is None else table
        if table is not None:
            single = accuracy >= SINGLE_FROM and table.packed is None
            self.cheap = table.to(torch.float32) if single else table
            self.starts, self.ends = starts.to(self.cheap.low), ends.to(self.cheap.low)
        self.iterations, self.accuracy = iterations, accuracy
        self.coarse_steps = min(iterations, COARSE_STEPS) if starts.shape[1] <= FEW_LATENTS else iterations
        self.ladder = _ladder(pieces)
        eps = torch.finfo(self.starts.dtype).eps
        self.last_step = max(min(accuracy, 1e-2), 1e3 * eps) ** 0.75

    def solve(self, initial: Curves | None, tolerance: float) -> Geodesics:
        everyone = torch.arange(len(self.starts), device=self.starts.device)
        first = self.ladder[0]
        lines, straight = constant_speed(self.cheap, torch.stack([self.starts, self.ends], dim=1), first)
        if initial is not None:
            time = torch.linspace(0, 1, initial.shape[1]).to(self.starts)
            first = max([p for p in self.ladder if controls(p) <= initial.shape[1]], default=first)
            best = self._climb(self.cheap, everyone, fit(initial.to(self.starts), time, first), first)
        elif self.graph is None:
            best = self._climb(self.cheap, everyone, lines, first)
        else:
            best = self._shorter(self.cheap, lines, straight, tolerance)
        if self.table is not None:
            self.starts, self.ends = self.given
            best = [_exact(part, *self.given) for part in best if len(part.index)]
            lines, straight = lines.to(self.starts), straight.to(self.starts)
            best = self._corrected(best, lines, straight, tolerance)
        return self._report(best, straight, tolerance)

    def _climb(
        self, metric: Metric, index: Tensor, control: Control, first: int, bar: Tensor | None = None
    ) -> list[Found]:
        """Descend from coarse curves to finer ones, as far as each pair needs and its length stays below a bar."""
        done = []
        waiting = {pieces: [] for pieces in self.ladder if pieces >= first}
        waiting[first].append((index, control))
        for pieces, batches in waiting.items():
            if not batches:
                continue
            index, control = (torch.cat(parts, -1) for parts in zip(*batches, strict=True))
            last = pieces == self.ladder[-1]
            steps = self.iterations if last else self.coarse_steps
            least = self.last_step if last else max(self.last_step, COARSE_STEP)
            if pieces > SINGLE_TO:
                control = control.to(self.given[0])
                metric = self.table if metric is self.cheap and self.table is not None else metric
            control, figures = _settled(metric, control, pieces, steps, least)
            error = torch.maximum(figures.residual, figures.speed_variation)
            more = (error > self.accuracy) & torch.isfinite(figures.energy) & (not last)
            if bar is not None and pieces >= BAR_FROM:
                more &= figures.length < bar[index]
            if len(control) > FEW_LATENTS and pieces >= BAR_FROM:
                more &= ~self._outside(control, pieces)
            done.append(_some(Found(index, pieces, control, figures), ~more))
            far = (error > FAR) & (4 * pieces in waiting)
            for finer, some in ((4 * pieces, more & far), (2 * pieces, more & ~far)):
                if some.any():
                    waiting[finer].append((index[some], refine(control[..., some], pieces, finer)))
        return done

    def _shorter(self, metric: Metric, lines: Control, straight: Tensor, tolerance: float) -> list[Found]:
        """Curves from the shorter of the straight line and the shortest path over the graph.

        Where what came of it is no geodesic, or hardly shorter than the other start, that is tried, too.
        """
        nodes, path = self.graph.paths(self.starts, self.ends)

        def start(pairs: Tensor, bent: bool, pieces: int) -> Control:
            ways = torch.stack([self.starts[pairs], self.ends[pairs]], dim=1)
            if bent:
                ways = self.graph.polylines(self.starts[pairs], self.ends[pairs], nodes[pairs.cpu().numpy()])
            return constant_speed(metric, ways, pieces)[0]

        coarsest = self.ladder[0]
        first, bent = lines.clone(), (path < GRAPH_SHORTER * straight) & (not self.graph.rough)
        chosen = torch.nonzero(bent)[:, 0]
        if len(chosen):
            first[..., chosen] = start(chosen, True, coarsest)
        everyone = torch.arange(len(path), device=path.device)
        best = self._climb(metric, everyone, first, coarsest)
        length, sound = self._lengths(best, tolerance)
        again = ~sound | (torch.where(bent, straight, path) < GRAPH_SLACK * length)
        again &= torch.isfinite(straight) & torch.where(bent, True, torch.isfinite(path))
        if self.graph.rough:
            path = self.graph.lengths(metric, self.starts, self.ends)
            again &= ~sound | (path < length) | self._strays(best, nodes)
        for kind, pairs in ((True, torch.nonzero(again & ~bent)[:, 0]), (False, torch.nonzero(again & bent)[:, 0])):
            if len(pairs):
                other = start(pairs, True, coarsest) if kind else lines[..., pairs]
                bar = torch.where(sound, (1 - SAVING) * length, torch.inf)
                best = self._better(best, self._climb(metric, pairs, other, coarsest, bar), bar, tolerance)
        # what still is no geodesic, or longer than the straight line, starts from finer pieces
        for kind, most in itertools.product((False, True), LAST_STARTS):
            length, sound = self._lengths(best, tolerance)
            lost = (~sound | (length > (1 + SAVING) * straight)) & torch.isfinite(straight)
            if kind:
                lost &= torch.isfinite(path)
            pairs = torch.nonzero(lost)[:, 0]
            pieces = max((p for p in self.ladder if p <= most), default=coarsest)
            if len(pairs):
                bar = torch.where(sound, length, torch.inf)
                tried = self._climb(metric, pairs, start(pairs, kind, pieces), pieces, bar)
                best = self._better(best, tried, bar, tolerance)
        return best

    def _strays(self, found: list[Found], nodes: np.ndarray) -> Bool[Tensor, " pair"]:
        """Whether the path over a rough lattice leaves the curve by more than it must."""
        away = self.starts.new_zeros(len(self.starts))
        for part in found:
            own = part.index
            curves = (basis(torch.linspace(0, 1, 65).to(part.control), part.pieces) @ part.control).permute(2, 1, 0)
            ways = self.graph.polylines(self.starts[own], self.ends[own], nodes[own.cpu().numpy()])
            away[own] = torch.cdist(ways, curves).amin(2).amax(1)
        return ~(away <= STRAY * self.graph.cell)

    def _lengths(self, found: list[Found], tolerance: float) -> tuple[Tensor, Tensor]:
        """Length of each pair's curve, and whether it is a geodesic."""
        length, error = self.starts.new_empty((2, len(self.starts)))
        for part in found:
            length[part.index] = part.figures.length.to(length)
            error[part.index] = torch.maximum(part.figures.residual, part.figures.speed_variation).to(length)
        return length, error <= tolerance

    def _better(self, found: list[Found], tried: list[Found], bar: Tensor, tolerance: float) -> list[Found]:
        """What was tried, where it is a geodesic shorter than the bar, and what was found, elsewhere."""
        won = torch.zeros_like(bar, dtype=torch.bool)
        better = []
        for part in tried:
            sound = torch.maximum(part.figures.residual, part.figures.speed_variation) <= tolerance
            shorter = sound & (part.figures.length < bar[part.index])
            won[part.index[shorter]] = True
            better.append(_some(part, shorter))
        return [_some(part, ~won[part.index]) for part in found] + better

    def _corrected(self, found: list[Found], lines: Control, straight: Tensor, tolerance: float) -> list[Found]:
        """The curves that the table found, measured by the metric and solved anew on it where the two disagree."""
        done = []
        for part in (part for part in found if len(part.index)):
            figures = correct(self.metric, self.table, part.control, part.pieces, part.figures)
            near = torch.nonzero(figures.length > (1 - TABLE_TOLERANCE) * straight[part.index])[:, 0]
            if len(near):
                straight[part.index[near]] = self._straight(part.index[near])
                figures.length[near] = lengths(self.metric, part.control[..., near], part.pieces)
                part, figures = self._straightened(part, figures, lines, straight, tolerance)
            agree = (figures.length - part.figures.length).abs() <= TABLE_TOLERANCE * figures.length
            agree &= (figures.speed_variation <= tolerance) & ~self._longer(figures, straight[part.index])
            good = agree | (part.figures.residual > tolerance)
            done.append(_some(part._replace(figures=figures), good))
            if not good.all():
                doubtful = _some(part, ~good)
                again = doubtful.index
                straight[again] = self._straight(again)
                lost = ~torch.isfinite(doubtful.figures.length)
                doubtful.control[..., lost] = refine(lines[..., again[lost]], self.ladder[0], part.pieces)
                closer = judge(self.metric, doubtful.control, part.pieces, FEW_SEEN)
                good = (closer.residual <= tolerance) & (closer.speed_variation <= tolerance)
                good &= ~self._longer(closer, straight[again])
                doubtful = doubtful._replace(figures=closer)
                done.append(_some(doubtful, good))
                if not good.all():
                    done += self._climb(self.metric, again[~good], doubtful.control[..., ~good], part.pieces)
        return done

    def _straightened(self, found: Found, figures: Figures, lines: Control, straight: Tensor, tolerance: float):
        """The straight line itself where it is a geodesic, too, and shorter than the curve."""
        some = torch.nonzero(self._longer(figures, straight[found.index]))[:, 0]
        if not len(some):
            return found, figures
        line = refine(lines[..., found.index[some]], self.ladder[0], found.pieces)
        own = judge(self.table, line, found.pieces, FEW_UNSEEN)
        own = own._replace(length=torch.where(own.residual <= tolerance, straight[found.index[some]], torch.inf))
        better = own.length < figures.length[some]
        place = some[better]
        found.control[..., place] = line[..., better]
        for columns in (figures, found.figures):
            for column, value in zip(columns, own, strict=True):
                column[place] = value[better]
        return found, figures

    def _straight(self, index: Tensor) -> Tensor:
        """Length of straight lines, from the metric."""
        ends = torch.stack([self.starts[index], self.ends[index]]).permute(2, 0, 1)
        share = torch.linspace(0, 1, controls(1)).to(ends)[:, None]
        return lengths(self.metric, torch.lerp(ends[:, :1], ends[:, 1:], share), 1)

    def _longer(self, figures: Figures, straight: Tensor) -> Tensor:
        return figures.length > straight * (1 + max(1e-9, 100 * torch.finfo(straight.dtype).eps))

    def _outside(self, control: Control, pieces: int) -> Bool[Tensor, " some"]:
        """Which curves leave the bounds."""
        if self.bounds is None:
            return torch.zeros_like(control[0, 0], dtype=torch.bool)
        points = (basis(torch.linspace(0, 1, 4 * pieces + 1).to(control), pieces) @ control).permute(2, 1, 0)
        return ((points < self.bounds[0]) | (points > self.bounds[1])).any(2).any(1)

    def _report(self, found: list[Found], straight: Tensor, tolerance: float) -> Geodesics:
        index = torch.cat([part.index for part in found])
        order = index.argsort()
        coincident = (self.starts == self.ends).all(1)
        pieces = torch.cat([torch.full_like(part.index, part.pieces) for part in found])[order]
        figures = Figures(*(torch.cat(column)[order] for column in zip(*(p.figures for p in found), strict=True)))
        last = controls(pieces).cumsum(0)
        curves = self.starts.new_empty(int(last[-1]), self.starts.shape[1])
        for part in found:
            part.control[:, 0], part.control[:, -1] = self.starts[part.index].mT, self.ends[part.index].mT
            here = coincident[part.index]
            part.control[..., here] = self.starts[part.index[here]].mT[:, None]
            rows = last[part.index] - torch.arange(controls(part.pieces), 0, -1, device=last.device)[:, None]
            curves[rows] = part.control.permute(1, 2, 0)
        status = torch.full_like(pieces, Status.NOT_CONVERGED)
        sound = (figures.residual < tolerance) & (figures.speed_variation < tolerance)
        status[sound] = Status.CONVERGED
        status[self._longer(figures, straight)] = Status.LONGER
        figures = Figures(*(torch.where(coincident & torch.isfinite(f), 0, f) for f in figures))
        status[(figures.energy == 0) & ~coincident] = Status.DEGENERATE
        for part in found:
            status[part.index[self._outside(part.control, part.pieces)]] = Status.OUTSIDE
        status[~torch.isfinite(figures.energy)] = Status.NOT_FINITE
        status[coincident & torch.isfinite(figures.energy)] = Status.COINCIDENT
        return Geodesics(curves, pieces, **figures._asdict(), straight_length=straight, status=status)


def _settled(metric: Metric, control: Control, pieces: int, steps: int, last_step: float) -> tuple[Control, Figures]:
    """Curves after Newton's method, and their figures."""
    if not isinstance(metric, MetricTable):
        seen, unseen = SEEN, UNSEEN
    elif metric.packed is None:
        seen, unseen = FEW_SEEN, FEW_UNSEEN
    else:
        return compiled.descend_and_judge(metric.packed, control, pieces, iterations=steps, last_step=last_step)
    control, _ = descend(metric, control, pieces, nodes=seen, iterations=steps, last_step=last_step)
    return control, judge(metric, control, pieces, unseen)


def _some(found: Found, keep: Bool[Tensor, " some"]) -> Found:
    figures = Figures(*(column[keep] for column in found.figures))
    return Found(found.index[keep], found.pieces, found.control[..., keep], figures)


def _exact(found: Found, starts: Codes, ends: Codes) -> Found:
    """The same in the numbers that the points came in."""
    control = found.control.to(starts)
    control[:, 0], control[:, -1] = starts[found.index].mT, ends[found.index].mT
    return found._replace(control=control, figures=Figures(*(column.to(starts) for column in found.figures)))


def _ladder(pieces: int) -> list[int]:
    """Pieces that double up to the last."""
    ladder = [pieces]
    while ladder[0] % 2 == 0 and ladder[0] // 2 >= COARSEST:
        ladder.insert(0, ladder[0] // 2)
    return ladder


def prepared(
    metric: Metric, points: Codes, pairs: int, options: dict, *, nodes: bool = False, ways: bool = True
) -> dict:
    """Options of `geodesics` with the table and the graph that it would make, for more than one call.

    Args:
        metric: see `geodesics`.
        points: that pairs will be taken from [n, latent].
        pairs: number of pairs to come.
        options: what is chosen already.
        nodes: whether the points, if they have three latents or more, are codes that ways can be expected to pass:
            without a table they become the graph.
        ways: whether a graph is needed.
    """
    table, graph = options.get("table"), options.get("graph")
    latents = points.shape[1]
    worth = isinstance(metric, PullbackMetric) and latents <= 2 and pairs >= TABLE_FROM
    if table is None and worth:
        try:
            table = tabulate(metric, points)
        except ValueError as error:
            logger.info("no table: %s", error)
    if graph is None and ways:
        if table is not None:
            graph = Graph.over(table, table.low, table.high)
        elif nodes and latents > 2 and len(points) > NEIGHBOURS:
            graph = Graph(metric, points)
        elif latents in ROUGH:
            graph = rough(metric, points, options.get("bounds") or getattr(metric, "bounds", None))
    return {**options, "table": table, "graph": graph}
