"""A metric read off a grid: smooth, positive definite and cheap, for thousands of curves on one decoder."""

import copy
import itertools
import logging
from functools import partial

import numpy as np
import torch
from jaxtyping import Bool, Float
from scipy.ndimage import spline_filter1d
from torch import Tensor

from curvae.geometry.metric import Expansion, Metric, PullbackMetric, inverse
from curvae.geometry.sizes import times
from curvae.types import Codes, Matrices

logger = logging.getLogger(__name__)

try:
    from curvae.geometry import compiled
except ImportError as error:  # of numba, where there is none for this Python; torch does the same more slowly
    logger.info("no compiled geodesics: %s", error)
    compiled = None

EDGE = 1e-9  # cells beyond the last node that are still inside, for places are rounded
MARGIN = 8  # cells around the box, where the spline's end conditions die out by a factor 4 a cell
CHUNK = 8192  # points at a time: their arrays stay in a processor's cache
PROBES = 512  # points at which the table is compared with the metric
COARSEST = 32
DIFFERENCES = (3 / 4, -3 / 20, 1 / 60)  # of neighbours one, two and three steps away: exact to the sixth power
TILE, ROWS = 48, 6  # points along both axes whose features are asked at once
FINEST = {1: 8192, 2: 768, 3: 96}  # points a side


class MetricTable:
    """Cubic-spline interpolation of the Cholesky factor of a metric, the diagonal through its logarithm.

    M = LL' with twice continuously differentiable L is positive definite between the grid's points too, and
    relative errors stay small where the metric spans orders of magnitude. Outside the box it is not a number.

    Args:
        metric: anything with `matrix`, positive definite on the box.
        low: lower corner of the box [latent].
        high: upper corner [latent].
        side: points a side.

    Raises:
        ValueError: more than three latents, an empty box, or a metric that is singular or not finite on it.
    """

    @torch.no_grad()
    def __init__(self, metric: Metric, low: Tensor, high: Tensor, *, side: int):
        dim = len(low)
        if dim not in FINEST or side < 4 or not (high > low).all():
            raise ValueError(f"box of {dim} latents, side = {side}: allowed: 1 to 3 latents, side >= 4, low < high")
        self.low, self.high, self.dim, self.side = low, high, dim, side
        self.step = (high - low) / (side - 1)
        self.count = side + 2 * MARGIN
        axes = [low[k] + (torch.arange(self.count).to(low) - MARGIN) * self.step[k] for k in range(dim)]
        factors = torch.linalg.cholesky_ex(_on_lattice(metric, axes, self.step))[0]
        self.strips = torch.zeros(1, dtype=torch.long, device=low.device)  # where the rows of a point begin
        for axis in range(dim - 1, 0, -1):
            ahead = self.count**axis * torch.arange(4, device=low.device)
            self.strips = (self.strips[:, None] + ahead).flatten()
        self.below = [(i, j) for i in range(dim) for j in range(i)]
        columns = [factors[:, i, i].log() for i in range(dim)] + [factors[:, i, j] for i, j in self.below]
        values = torch.stack(columns).cpu().double().numpy().reshape(len(columns), *(self.count,) * dim)
        if not np.isfinite(values).all():
            raise ValueError("metric is singular or not finite in the box: allowed: positive definite")
        for axis in range(1, dim + 1):
            values = spline_filter1d(values, axis=axis, mode="mirror")
        self.coefficients = torch.as_tensor(values.reshape(len(columns), -1).T.copy()).to(low)

    def to(self, where: torch.dtype | torch.device) -> "MetricTable":
        """The same table in another type of numbers, or on another device."""
        other = copy.copy(self)
        for name in ("low", "high", "step", "coefficients"):
            setattr(other, name, getattr(self, name).to(where))
        other.strips = self.strips.to(other.low.device)
        return other

    @property
    def packed(self) -> "compiled.Packed | None":
        """What `compiled` reads: two latents in double precision on the CPU; None of other tables."""
        if compiled is None or self.dim != 2 or self.low.device.type != "cpu" or self.low.dtype != torch.float64:
            return None
        return (self.coefficients.numpy(), *self.low.tolist(), *(1 / self.step).tolist(), self.side, MARGIN)

    def matrix(self, z: Codes) -> Matrices:
        """M(z), [n, d, d]."""
        parts = [self._gram(self._factor(part.mT, order=0)[0]) for part in z.split(CHUNK * times(z.device))]
        return torch.cat(parts, -1).permute(2, 0, 1)

    def inside(self, z: Codes) -> Bool[Tensor, " point"]:
        """Whether each point lies in the box."""
        return ((z >= self.low) & (z <= self.high)).all(1)

    def expand(self, z: Codes, velocity: Codes, acceleration: Codes) -> Expansion:
        """See `curvae.geometry.metric.expand`; w = L'v makes 1/2 v'Mv = 1/2 |w|^2."""
        return self._in_chunks(2, z, velocity)

    def slopes(self, z: Codes, velocity: Codes) -> Expansion:
        """The same without second derivatives."""
        return self._in_chunks(1, z, velocity)

    def directional(self, z: Codes, u: Codes, v: Codes) -> Float[Tensor, " point"]:
        """u'M(z)v, [n]."""
        if self.packed is None:
            return torch.einsum("ni,nij,nj->n", u, self.matrix(z), v)
        return (u.mT * self.slopes(z, v).momentum).sum(0)

    def acceleration(self, z: Codes, velocity: Codes) -> Codes:
        """See `curvae.geometry.metric.acceleration`."""
        found = self.expand(z, velocity, velocity)
        turn = torch.einsum("ikn,kn->in", found.coupling, found.velocity)
        return torch.einsum("ijn,jn->ni", inverse(found.matrix), found.force - turn)

    def _in_chunks(self, order: int, z: Codes, velocity: Codes) -> Expansion:
        if self.packed is not None:
            return compiled.expand(self.packed, z, velocity)
        function = partial(self._expand, order=order)
        places, velocities = z.mT, velocity.mT
        size = CHUNK * times(z.device)
        parts = [function(*part) for part in zip(places.split(size, 1), velocities.split(size, 1), strict=True)]
        return Expansion(*(None if f[0] is None else torch.cat(f, -1) for f in zip(*parts, strict=True)))

    def _expand(self, z: Tensor, v: Tensor, order: int) -> Expansion:
        level, *bends = self._factor(z, order)
        # derivatives of w = L'v, [..., latent, point]
        w, *turns = (self._pushed(part, v) for part in (level, *bends))
        momentum = self._pulled(level, w)
        force = (turns[0] * w).sum(1)
        if order < 2:
            return Expansion(v, self._gram(level), momentum, force, None, None)
        coupling = self._pulled(bends[0], w) + self._pulled(level, turns[0])
        k, m = self._twice()
        upper = (_picked(turns[0], k) * _picked(turns[0], m) + turns[1] * w).sum(1)
        axes, pairs = range(self.dim), list(zip(k, m, strict=True))
        places = [pairs.index((min(i, j), max(i, j))) for i in axes for j in axes]
        curvature = _picked(upper, places).unflatten(0, (-1, self.dim))
        return Expansion(v, self._gram(level), momentum, force, coupling.transpose(0, 1), curvature)

    def _pushed(self, factor: Tensor, v: Tensor) -> Tensor:
        """L'v for factors [..., entry, point]."""
        w = factor[..., : self.dim, :] * v
        for entry, (i, j) in enumerate(self.below, self.dim):
            w[..., j, :].addcmul_(factor[..., entry, :], v[i])
        return w

    def _pulled(self, factor: Tensor, w: Tensor) -> Tensor:
        """Lw, w with the axes of the factor or a stack of them."""
        p = factor[..., : self.dim, :] * w
        for entry, (i, j) in enumerate(self.below, self.dim):
            p[..., i, :].addcmul_(factor[..., entry, :], w[..., j, :])
        return p

    def _gram(self, factor: Tensor) -> Tensor:
        """LL', [latent, latent, point]."""
        rows = factor.new_zeros(self.dim, self.dim, factor.shape[-1])
        for i in range(self.dim):
            rows[i, i] = factor[i]
        for entry, (i, j) in enumerate(self.below, self.dim):
            rows[i, j] = factor[entry]
        return (rows[:, None] * rows).sum(2)

    def _factor(self, z: Tensor, order: int) -> list[Tensor]:
        """Entries of L, diagonal first, and their derivatives: [entry, point], [axis, ...], [pair of axes, ...]."""
        found = self._spline(z, order)
        diagonal = [part[..., : self.dim, :] for part in found]
        level = diagonal[0].exp_()
        if order > 1:
            k, m = self._twice()
            diagonal[2].addcmul_(_picked(diagonal[1], k), _picked(diagonal[1], m)).mul_(level)
        if order > 0:
            diagonal[1].mul_(level)
        return found

    def _twice(self) -> tuple[list[int], list[int]]:
        """The axes of second derivatives."""
        pairs = list(itertools.combinations_with_replacement(range(self.dim), 2))
        return [k for k, _ in pairs], [m for _, m in pairs]

    def _spline(self, z: Tensor, order: int) -> list[Tensor]:
        """What is interpolated, and its derivatives, in the shapes of `_factor`."""
        place = (z - self.low[:, None]) / self.step[:, None]
        outside = ~((place >= -EDGE) & (place <= self.side - 1 + EDGE)).all(0)
        cell = torch.where(outside, 0, place).floor_().clamp_(0, self.side - 2)
        weights = _weights(torch.where(outside, torch.nan, place - cell), self.step[:, None], order)
        start = cell.long() + MARGIN - 1
        corner = start[0]
        for axis in range(1, self.dim):
            corner = corner * self.count + start[axis]
        # four nodes along the last axis lie side by side: one row of a view whose rows overlap
        entries = self.coefficients.shape[1]
        strips = self.coefficients.as_strided((len(self.coefficients) - 3, 4 * entries), (entries, 1))
        rows = strips.index_select(0, (corner[:, None] + self.strips).flatten())
        found = {(): rows.view(z.shape[1], -1).mT.contiguous().view(*(4,) * self.dim, entries, -1)}
        for axis in range(self.dim):
            found = {
                (*counts, k): _weighted(part, weights[k][:, axis])
                for counts, part in found.items()
                for k in range(order + 1 - sum(counts))
            }
        units = [[int(axis == other) for other in range(self.dim)] for axis in range(self.dim)]
        parts = [found[(0,) * self.dim]]
        if order > 0:
            parts.append(torch.stack([found[tuple(unit)] for unit in units]))
        if order > 1:
            both = [zip(units[k], units[m], strict=True) for k, m in zip(*self._twice(), strict=True)]
            parts.append(torch.stack([found[tuple(map(sum, counts))] for counts in both]))
        return parts


@torch.no_grad()
def tabulate(metric: Metric, points: Codes, *, accuracy: float = 7e-4, room: float = 1.0, seed: int = 0) -> MetricTable:
    """A table around points, refined until the relative error of speeds at random places is small.

    Args:
        metric: see `MetricTable`.
        points: what the box covers [n, latent].
        accuracy: error of M relative to M, 99 % of the places.
        room: width of the border in widths of the box of the points.
        seed: of the places.

    Raises:
        ValueError: see `MetricTable`; no points, or a number out of range.
    """
    if points.ndim != 2 or not len(points) or not 0 < accuracy < torch.inf or room < 0:
        raise ValueError(
            f"points {tuple(points.shape)}, accuracy = {accuracy:g}, room = {room:g}: "
            "allowed: one or more [n, latent], above 0, at least 0"
        )
    low, high = points.amin(0), points.amax(0)
    border = room * (high - low).amax().clamp_min(torch.finfo(low.dtype).tiny) + 0 * low
    low, high = low - border, high + border
    random = torch.rand(PROBES, len(low), generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    probes = low + (high - low) * random.to(low)
    true = metric.matrix(probes)
    side = COARSEST
    while True:
        table = MetricTable(metric, low, high, side=side)
        error = relative_error(table.matrix(probes), true).quantile(0.99).item()
        logger.info("metric on %d points a side: relative error %.2g", side, error)
        if error <= accuracy or side == FINEST[len(low)]:
            return table
        # errors fall with the fourth power of a cell or faster
        side = min(FINEST[len(low)], max(side + 16, int(side * min(5, 1.02 * (error / accuracy) ** 0.23))))


def _on_lattice(metric: Metric, axes: list[Tensor], step: Tensor) -> Matrices:
    """The metric on a lattice; a decoder's by differences of its features, cheaper than its derivatives."""
    shape = [len(axis) for axis in axes]
    if not isinstance(metric, PullbackMetric) or len(axes) > 2:
        parts = torch.cartesian_prod(*axes).view(-1, len(axes)).split(CHUNK)
        return torch.cat([metric.matrix(part) for part in parts])
    halo = len(DIFFERENCES)
    found = step.new_empty(*shape, len(axes), len(axes))
    wide = [
        torch.cat([a[:1] - k * h for k in range(halo, 0, -1)] + [a] + [a[-1:] + k * h for k in range(1, halo + 1)])
        for a, h in zip(axes, step, strict=True)
    ]
    for first in range(0, shape[-1] if len(axes) > 1 else 1, TILE):
        across = [axis[first : first + TILE + 2 * halo] for axis in wide[1:]]
        done, kept = 0, None
        for rows in wide[0].split(ROWS):
            places = torch.cartesian_prod(rows, *across).view(-1, len(axes))
            features = torch.cat([metric.points(part) for part in places.split(metric.rows(places))])
            features = features.view(len(rows), *(len(axis) for axis in across), -1)
            features = features if kept is None else torch.cat([kept, features])
            # rows are differentiated as soon as those ahead are there, and asked for once
            kept = features[-2 * halo :]
            if len(features) <= 2 * halo:
                continue
            slopes = [_slope(features, k) / step[k] for k in range(len(axes))]
            tile = (slice(done, done + len(slopes[0])), slice(first, first + TILE))[: len(axes)]
            for i, j in itertools.combinations_with_replacement(range(len(axes)), 2):
                found[(*tile, i, j)] = found[(*tile, j, i)] = torch.linalg.vecdot(slopes[i], slopes[j])
            done += len(slopes[0])
    return found.flatten(0, -3)


def _slope(values: Tensor, axis: int) -> Tensor:
    """Central differences along one axis of a tile, which loses its border."""
    halo = len(DIFFERENCES)
    for other in range(values.ndim - 1):
        if other != axis:
            values = values.narrow(other, halo, values.shape[other] - 2 * halo)
    size = values.shape[axis] - 2 * halo
    near = [values.narrow(axis, halo + k, size) for k in range(-halo, halo + 1)]
    total = (near[halo + 1] - near[halo - 1]).mul_(DIFFERENCES[0])
    for k, weight in enumerate(DIFFERENCES[1:], 2):
        total.add_(near[halo + k], alpha=weight).sub_(near[halo - k], alpha=weight)
    return total


def relative_error(found: Matrices, true: Matrices) -> Float[Tensor, " point"]:
    """Norm of L^-1 (found - true) L^-T with true = LL'."""
    factor = torch.linalg.cholesky_ex(true)[0]
    half = torch.linalg.solve_triangular(factor, found - true, upper=False)
    return torch.linalg.solve_triangular(factor, half.mT, upper=False).flatten(1).norm(dim=1)


def _picked(values: Tensor, rows: list[int]) -> Tensor:
    """`values[rows]`, but on a device without an index that comes from the host."""
    return torch.stack([values[row] for row in rows])


def _weighted(values: Float[Tensor, "four *rest point"], weight: Float[Tensor, "four point"]) -> Tensor:
    total = values[0] * weight[0]
    for k in range(1, 4):
        total.addcmul_(values[k], weight[k])
    return total


def _weights(t: Float[Tensor, "latent point"], step: Tensor, order: int) -> list[Float[Tensor, "four latent point"]]:
    """The four cubic B-splines over a cell, and derivatives of theirs."""
    s = 1 - t
    found = [torch.stack([s**3 / 6, (4 - 3 * t * t * (2 - t)) / 6, (4 - 3 * s * s * (2 - s)) / 6, t**3 / 6])]
    if order > 0:
        found.append(torch.stack([-s * s / 2, t * (3 * t - 4) / 2, -s * (3 * s - 4) / 2, t * t / 2]) / step)
    if order > 1:
        found.append(torch.stack([s, 3 * t - 2, 3 * s - 2, t]) / step**2)
    return found
