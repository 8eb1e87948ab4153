"""Geodesics between many pairs of points at once: Newton's method on the energy of polynomial curves."""

import logging
from dataclasses import dataclass
from typing import NamedTuple

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from curvae.geometry.basis import Grid, basis, curve, grid, project
from curvae.geometry.metric import Expansion, Metric, squared_speed
from curvae.geometry.newton import assemble, descend, expand_curves, speeds
from curvae.types import Codes, Curves

logger = logging.getLogger(__name__)

COARSEST = 16  # degree of the first curves
COARSE_STEPS = 8  # Newton steps at it: rough metrics ask for finer curves, smooth ones need no more
FINEST = 256
LENGTH_TOLERANCE = 5e-3  # largest change of the length between two quadratures


@dataclass(frozen=True)
class Geodesics:
    """Curves c: [0, 1] -> latent space, one a pair, polynomial in time and hence smooth.

    Every figure is taken at Gauss nodes that the solver has not seen, twice as many as it used.

    Attributes:
        starts: c(0), [pair, latent].
        ends: c(1), [pair, latent].
        coefficients: of the integrated Legendre polynomials, [pair, mode, latent].
        length: L = int |c'| dt.
        energy: E = 1/2 int |c'|^2 dt >= L^2/2.
        residual: of the geodesic equation in its weak form, the largest |dE(c)[u]| / (|c'| |u'|) over all
            variations u that vanish at the ends, norms in the metric. On a geodesic Mc' - int dL/dc dt is
            constant; this is its relative deviation from a constant. The relative error of the velocity
            has its size, that of the length half its square.
        speed_variation: standard deviation over mean of the speed |c'|.
        straight_length: length of the straight line, same quadrature.
        degree: of the polynomial.
        converged: residual and speed variation below the tolerance, length settled, a finite metric and a
            curve no longer than the straight line.
        kept_straight: the optimum was longer than the straight line, which is returned in its stead.
    """

    starts: Codes
    ends: Codes
    coefficients: Float[Tensor, "pair mode latent"]
    length: Float[Tensor, " pair"]
    energy: Float[Tensor, " pair"]
    residual: Float[Tensor, " pair"]
    speed_variation: Float[Tensor, " pair"]
    straight_length: Float[Tensor, " pair"]
    degree: Int[Tensor, " pair"]
    converged: Bool[Tensor, " pair"]
    kept_straight: Bool[Tensor, " pair"]

    def __call__(self, t: Float[Tensor, " time"]) -> Curves:
        """Points c(t) at times in [0, 1], [pair, time, latent]."""
        part = basis(t, self.coefficients.shape[1])
        return curve(self.starts, self.ends, self.coefficients, t, part)[0]

    def velocity(self, t: Float[Tensor, " time"]) -> Curves:
        """Velocities c'(t), [pair, time, latent]; at 0 it is the logarithm of the end at the start."""
        part = basis(t, self.coefficients.shape[1])
        return curve(self.starts, self.ends, self.coefficients, t, part)[1]


def geodesics(
    metric: Metric,
    starts: Codes,
    ends: Codes,
    *,
    degree: int = 128,
    iterations: int = 20,
    accuracy: float = 1e-3,
    tolerance: float = 1e-2,
    initial: Curves | None = None,
) -> Geodesics:
    """Curves of least energy E = 1/2 int c'M(c)c' dt between pairs of points.

    c(t) = (1 - t) a + t b + sum_j x_j phi_j(t), phi_j the integral of the j-th Legendre polynomial, so
    that a flat metric gives E a Hessian of one. Each pair takes damped Newton steps on x of its own; it
    leaves once its residual is below `accuracy`, else the degree doubles. Steps that stall on a saddle
    follow the direction of most negative curvature.

    Args:
        metric: a `PullbackMetric` or any object with `matrix`, twice differentiable by torch.
        starts: [pair, latent], float64 for an accuracy below 1e-3.
        ends: [pair, latent].
        degree: of the finest curves, 2 to 256.
        iterations: largest number of Newton steps at one degree; the coarsest of several takes at most 8.
        accuracy: residual below which no finer curve is tried.
        tolerance: residual and speed variation below which a pair counts as converged.
        initial: curves to start from at equal time steps, [pair, time, latent]; the straight line if None.
            The degree starts at half the number of their points.

    Raises:
        ValueError: shapes differ, a point is not finite, or a setting is out of range.
    """
    _check(starts, ends, degree, iterations, initial)
    with torch.no_grad():
        return _solve(metric, starts, ends, degree, iterations, accuracy, tolerance, initial)


def curve_length(metric: Metric, points: Curves, *, substeps: int = 16) -> Float[Tensor, " pair"]:
    """Length of polylines by the midpoint rule, sum sqrt(d'M(midpoint)d) over parts d of their chords.

    Args:
        metric: a `PullbackMetric` or any object with `matrix`.
        points: vertices [pair, time, latent], two or more times.
        substeps: parts of a chord.

    Raises:
        ValueError: `points` has another rank or fewer than two times, or `substeps` is below 1.
    """
    if points.ndim != 3 or points.shape[1] < 2:
        raise ValueError(f"points have shape {tuple(points.shape)}: must be [pair, time >= 2, latent]")
    if substeps < 1:
        raise ValueError(f"substeps is {substeps}: must be at least 1")
    part = points.diff(dim=1)[:, :, None] / substeps
    place = torch.arange(substeps, dtype=points.dtype, device=points.device)[:, None] + 0.5
    middle = points[:, :-1, None] + part * place
    squared = squared_speed(metric, middle.flatten(0, 2), part.expand_as(middle).flatten(0, 2))
    return squared.clamp_min(0).sqrt().reshape(len(points), -1).sum(1)


class _Figures(NamedTuple):
    length: Tensor
    energy: Tensor
    residual: Tensor
    speed_variation: Tensor


def _solve(metric, starts, ends, degree, iterations, accuracy, tolerance, initial) -> Geodesics:
    pairs, dim = starts.shape
    eps = torch.finfo(starts.dtype).eps
    ladder = _ladder(degree, initial)
    x = starts.new_zeros(pairs, degree - 1, dim)
    if initial is not None:
        x[:, : ladder[0] - 1] = project(initial, starts, ends, ladder[0])
    figures = _Figures(*starts.new_full((4, pairs), torch.nan))
    straight, before = starts.new_full((2, pairs), torch.nan)
    used = torch.zeros(pairs, dtype=torch.long, device=starts.device)
    kept = torch.zeros(pairs, dtype=torch.bool, device=starts.device)

    active = torch.arange(pairs, device=starts.device)
    rung = grid(ladder[0], starts)
    seen = expand_curves(metric, starts, ends, x[:, : ladder[0] - 1], rung)
    last_step = max(min(accuracy, 1e-2), 1e3 * eps) ** 0.5
    for p in ladder:
        a, b = starts[active], ends[active]
        steps = min(iterations, COARSE_STEPS) if p < ladder[-1] and p == ladder[0] else iterations
        model = assemble(seen, rung)
        best = descend(metric, a, b, x[active, : p - 1], rung, model, iterations=steps, last_step=last_step)
        before[active] = model.length
        rung = grid(2 * p, starts)
        best = torch.cat([best, best.new_zeros(len(best), p, dim)], dim=1)
        seen = expand_curves(metric, a, b, best, rung)
        straight[active] = _straight_length(metric, a, b, rung)
        worse = speeds(seen, rung)[1] > straight[active] * (1 + 100 * eps)
        if worse.any():
            best[worse] = 0
            line = expand_curves(metric, a[worse], b[worse], best[worse], rung)
            for field, new in zip(seen, line, strict=True):
                field[worse] = new
        x[active, : p - 1] = best[:, : p - 1]
        used[active], kept[active] = p, worse
        found = _measure(seen, rung)
        for field, new in zip(figures, found, strict=True):
            field[active] = new
        more = (found.residual > accuracy) & torch.isfinite(found.energy)
        active, seen = active[more], Expansion(*(field[more] for field in seen))
        if not len(active):
            break
    converged = (figures.residual < tolerance) & (figures.speed_variation < tolerance) & ~kept
    converged &= (figures.length - before).abs() <= LENGTH_TOLERANCE * figures.length
    logger.info("%d of %d geodesics converged", int(converged.sum()), pairs)
    return Geodesics(
        starts=starts,
        ends=ends,
        coefficients=x,
        **figures._asdict(),
        straight_length=straight,
        degree=used,
        converged=converged,
        kept_straight=kept,
    )


def _ladder(degree: int, initial: Curves | None) -> list[int]:
    """Degrees that double up to the last; with initial curves, from the finest that their points support."""
    ladder = [degree]
    while ladder[0] % 2 == 0 and ladder[0] // 2 >= COARSEST:
        ladder.insert(0, ladder[0] // 2)
    if initial is None:
        return ladder
    return [p for p in ladder if p >= min(initial.shape[1] // 2, degree)] or ladder[:1]


def _measure(seen: Expansion, rung: Grid) -> _Figures:
    speed, length = speeds(seen, rung)
    variance = ((speed - length[:, None]).square() * rung.weight).sum(1)
    energy = (length.square() + variance) / 2
    # du Bois-Reymond: the dual norm of dE is the distance of q = Mc' - int dL/dc dt from a constant
    weight = rung.weight[:, None]
    total = (weight * seen.force).sum(1, keepdim=True)
    swing = rung.basis.value @ ((weight * rung.basis.slope).mT @ seen.force)
    q = seen.momentum - rung.time[:, None] * total - swing
    trace = seen.matrix.diagonal(dim1=2, dim2=3).sum(2)
    floor = torch.finfo(trace.dtype).eps * trace + torch.finfo(trace.dtype).tiny
    eye = torch.eye(q.shape[2]).to(q)
    inverse = torch.linalg.solve_ex(seen.matrix + floor[:, :, None, None] * eye, eye.expand_as(seen.matrix))[0]
    mean_inverse = torch.einsum("t,ptij->pij", rung.weight, inverse)
    mean = torch.einsum("t,ptij,ptj->pi", rung.weight, inverse, q)
    constant = torch.linalg.solve_ex(mean_inverse, mean[..., None])[0].mT
    distance = torch.einsum("t,pti,ptij,ptj->p", rung.weight, q - constant, inverse, q - constant)
    scale = torch.where(length > 0, length, 1)
    residual = (distance.clamp_min(0) / torch.where(energy > 0, 2 * energy, 1)).sqrt()
    return _Figures(length, energy, residual, variance.sqrt() / scale)


def _straight_length(metric: Metric, starts: Codes, ends: Codes, rung: Grid) -> Float[Tensor, " pair"]:
    at = rung.time[:, None]
    line = (1 - at) * starts[:, None] + at * ends[:, None]
    chord = (ends - starts)[:, None].expand_as(line)
    squared = squared_speed(metric, line.flatten(0, 1), chord.flatten(0, 1)).view(line.shape[:2])
    return (squared.clamp_min(0).sqrt() * rung.weight).sum(1)


def _check(starts: Tensor, ends: Tensor, degree: int, iterations: int, initial: Tensor | None) -> None:
    if starts.ndim != 2 or starts.shape != ends.shape or not starts.is_floating_point():
        raise ValueError(
            f"starts {tuple(starts.shape)} {starts.dtype} and ends {tuple(ends.shape)}: "
            "must be equal shapes [pair, latent] of floats"
        )
    if ends.dtype != starts.dtype:
        raise ValueError(f"ends have {ends.dtype}: must be {starts.dtype} as the starts")
    if not (torch.isfinite(starts).all() and torch.isfinite(ends).all()):
        raise ValueError("starts and ends hold values that are not finite: must be finite")
    if not 2 <= degree <= FINEST or iterations < 1:
        raise ValueError(f"degree is {degree}, iterations {iterations}: must be 2 to {FINEST} and at least 1")
    if initial is not None and (initial.ndim != 3 or initial.shape[::2] != starts.shape or initial.shape[1] < 3):
        raise ValueError(f"initial has shape {tuple(initial.shape)}: must be [pair, time >= 3, latent]")
