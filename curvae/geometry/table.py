"""A metric read off a grid: smooth, positive definite and cheap, for thousands of curves on one decoder."""

import logging
from functools import partial

import numpy as np
import torch
from jaxtyping import Bool, Float
from scipy.ndimage import spline_filter1d
from torch import Tensor

from curvae.geometry.metric import Expansion, Metric, inverse
from curvae.types import Codes, Matrices

logger = logging.getLogger(__name__)

MARGIN = 8  # cells around the box, where the spline's end conditions die out by a factor 4 a cell
CHUNK = 16384  # points at a time: their arrays stay in the processor's cache
PROBES = 512  # points at which the table is compared with the metric
COARSEST = 32
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

    def __init__(self, metric: Metric, low: Tensor, high: Tensor, *, side: int):
        dim = len(low)
        if dim not in FINEST or side < 4 or not (high > low).all():
            raise ValueError(f"box of {dim} latents, side = {side}: allowed: 1 to 3 latents, side >= 4, low < high")
        self.low, self.high, self.dim, self.side = low, high, dim, side
        self.step = (high - low) / (side - 1)
        self.count = side + 2 * MARGIN
        axes = [low[k] + (torch.arange(self.count).to(low) - MARGIN) * self.step[k] for k in range(dim)]
        points = torch.cartesian_prod(*axes).view(-1, dim)
        factors = torch.cat([torch.linalg.cholesky_ex(metric.matrix(part))[0] for part in points.split(CHUNK)])
        self.entries = [(i, j) for i in range(dim) for j in range(i + 1)]
        columns = [factors[:, i, j].log() if i == j else factors[:, i, j] for i, j in self.entries]
        values = torch.stack(columns).cpu().double().numpy().reshape(len(columns), *(self.count,) * dim)
        if not np.isfinite(values).all():
            raise ValueError("metric is singular or not finite in the box: allowed: positive definite")
        for axis in range(1, dim + 1):
            values = spline_filter1d(values, axis=axis, mode="mirror")
        self.coefficients = torch.as_tensor(values.reshape(len(columns), -1)).to(low)

    def matrix(self, z: Codes) -> Matrices:
        """M(z), [n, d, d]."""
        lower = self._lower(self._spline(z.mT, order=0))[()]
        factor = torch.stack([torch.stack(row) for row in lower])
        return torch.einsum("ijn,kjn->nik", factor, factor)

    def inside(self, z: Codes) -> Bool[Tensor, " point"]:
        """Whether each point lies in the box."""
        return ((z >= self.low) & (z <= self.high)).all(1)

    def expand(self, z: Codes, velocity: Codes, acceleration: Codes) -> Expansion:
        """See `curvae.geometry.metric.expand`; w = L'v makes 1/2 v'Mv = 1/2 |w|^2."""
        return self._in_chunks(partial(self._expand, order=2), z, velocity)

    def slopes(self, z: Codes, velocity: Codes) -> Expansion:
        """The same without second derivatives."""
        return self._in_chunks(partial(self._expand, order=1), z, velocity)

    def acceleration(self, z: Codes, velocity: Codes) -> Codes:
        """See `curvae.geometry.metric.acceleration`."""
        found = self.expand(z, velocity, velocity)
        turn = torch.einsum("ikn,kn->in", found.coupling, found.velocity)
        return torch.einsum("ijn,jn->ni", inverse(found.matrix), found.force - turn)

    def _in_chunks(self, function, z: Codes, velocity: Codes) -> Expansion:
        places, velocities = z.mT, velocity.mT
        parts = [function(*part) for part in zip(places.split(CHUNK, 1), velocities.split(CHUNK, 1), strict=True)]
        return Expansion(*(None if f[0] is None else torch.cat(f, -1) for f in zip(*parts, strict=True)))

    def _expand(self, z: Tensor, v: Tensor, order: int) -> Expansion:
        dims = range(self.dim)
        lower = self._lower(self._spline(z, order))

        def pushed(part: list) -> list:
            return [sum(part[i][j] * v[i] for i in dims if i >= j) for j in dims]

        units = [tuple(int(k == axis) for axis in dims) for k in dims]
        factor, w = lower[()], pushed(lower[()])
        lk = [lower[u] for u in units]
        wk = [pushed(part) for part in lk]
        momentum = torch.stack([sum(factor[i][j] * w[j] for j in range(i + 1)) for i in dims])
        matrix = torch.stack(
            [torch.stack([sum(factor[i][j] * factor[k][j] for j in range(min(i, k) + 1)) for k in dims]) for i in dims]
        )
        force = torch.stack([sum(w[j] * wk[k][j] for j in dims) for k in dims])
        if order < 2:
            return Expansion(v, matrix, momentum, force, None, None)
        coupling = [
            torch.stack([sum(lk[k][i][j] * w[j] + factor[i][j] * wk[k][j] for j in range(i + 1)) for k in dims])
            for i in dims
        ]
        curvature = {}
        for k in dims:
            for m in range(k + 1):
                both = tuple(a + b for a, b in zip(units[k], units[m], strict=True))
                bent = pushed(lower[both])
                curvature[k, m] = curvature[m, k] = sum(wk[k][j] * wk[m][j] + w[j] * bent[j] for j in dims)
        rows = torch.stack([torch.stack([curvature[k, m] for m in dims]) for k in dims])
        return Expansion(v, matrix, momentum, force, torch.stack(coupling), rows)

    def _lower(self, spline: dict) -> dict:
        """The factor L and its derivatives from those of its coordinates: the diagonal is exp."""
        dims = range(self.dim)
        zero = (0,) * self.dim
        found = {}
        for index, values in spline.items():
            factor = [[None] * self.dim for _ in dims]
            for row, (i, j) in enumerate(self.entries):
                value = values[row]
                if i == j:
                    value = self._exponential(spline, index, row, zero)
                factor[i][j] = value
            found[() if index == zero else index] = factor
            for i in dims:
                for j in range(i + 1, self.dim):
                    factor[i][j] = torch.zeros_like(values[0])
        return found

    @staticmethod
    def _exponential(spline: dict, index: tuple, row: int, zero: tuple) -> Tensor:
        level = spline[zero][row].exp()
        axes = [axis for axis, count in enumerate(index) for _ in range(count)]
        if not axes:
            return level
        first = [spline[tuple(int(a == axis) for a in range(len(index)))][row] for axis in axes]
        return level * first[0] if len(axes) == 1 else level * (spline[index][row] + first[0] * first[1])

    def _spline(self, z: Tensor, order: int) -> dict:
        """Coordinates of the factor and their derivatives up to an order, by counts of each axis."""
        place = (z - self.low[:, None]) / self.step[:, None]
        outside = ~((place >= 0) & (place <= self.side - 1)).all(0)
        cell = torch.where(outside, 0, place).floor().clamp(0, self.side - 2)
        weights = [
            [_weights(part, k, scale) for k in range(order + 1)]
            for part, scale in zip(torch.where(outside, torch.nan, place - cell), self.step, strict=True)
        ]
        start = cell.long() + MARGIN - 1

        def along(axis: int, base: Tensor | int) -> dict:
            if axis == self.dim:
                return {(): self.coefficients.index_select(1, base)}
            total: dict = {}
            for step in range(4):
                inner = along(axis + 1, base * self.count + start[axis] + step)
                for rest, value in inner.items():
                    for k in range(order + 1 - sum(rest)):
                        weight = weights[axis][k][step]
                        if (k, *rest) in total:
                            total[k, *rest].addcmul_(weight, value)
                        else:
                            total[k, *rest] = weight * value
            return total

        return along(0, 0)


def tabulate(metric: Metric, points: Codes, *, accuracy: float = 1e-3, room: float = 0.5, seed: int = 0) -> MetricTable:
    """A table around points, refined until the relative error of speeds at random places is small.

    Args:
        metric: see `MetricTable`.
        points: what the box covers [n, latent].
        accuracy: error of M relative to M, 99 % of the places.
        room: width of the border in widths of the box of the points.
        seed: of the places.

    Raises:
        ValueError: see `MetricTable`.
    """
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
        # the error falls with the fourth power of a cell
        side = min(FINEST[len(low)], max(side + 16, int(side * min(4, 1.1 * (error / accuracy) ** 0.25))))


def relative_error(found: Matrices, true: Matrices) -> Float[Tensor, " point"]:
    """Norm of L^-1 (found - true) L^-T with true = LL'."""
    factor = torch.linalg.cholesky_ex(true)[0]
    half = torch.linalg.solve_triangular(factor, found - true, upper=False)
    return torch.linalg.solve_triangular(factor, half.mT, upper=False).flatten(1).norm(dim=1)


def _weights(t: Tensor, derivative: int, step: Tensor) -> list[Tensor]:
    """The four cubic B-splines over a cell, or a derivative of theirs."""
    s = 1 - t
    if derivative == 0:
        return [s**3 / 6, (4 - 3 * t * t * (2 - t)) / 6, (4 - 3 * s * s * (2 - s)) / 6, t**3 / 6]
    if derivative == 1:
        parts = [-s * s / 2, t * (3 * t - 4) / 2, -s * (3 * s - 4) / 2, t * t / 2]
    else:
        parts = [s, 3 * t - 2, 3 * s - 2, t]
    return [part / step**derivative for part in parts]
