"""How good a curve is: its length, the constancy of its speed and how well it solves the geodesic equation."""

from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

from curvae.geometry.metric import Metric, PullbackMetric, inverse, slopes, squared_speed
from curvae.geometry.newton import at_nodes
from curvae.geometry.splines import UNSEEN, Control, Grid, basis, grid

FEW_TIMES, MANY_TIMES = (8, 2), (32, 4)  # pieces, and Gauss nodes a piece, at which a decoder is asked

PerPair = Float[Tensor, " pair"]


class Figures(NamedTuple):
    """See `Geodesics`."""

    length: PerPair
    energy: PerPair
    residual: PerPair
    speed_variation: PerPair


def judge(metric: Metric, control: Control, pieces: int, nodes: int = UNSEEN) -> Figures:
    """Figures of curves at Gauss nodes that the solver has not seen.

    du Bois-Reymond: a curve is a geodesic if and only if q = Mc' - int dL/dc dt is constant, and the dual norm
    of the energy's derivative is q's distance from a constant.
    """
    g = grid(pieces, nodes, control)
    seen = at_nodes(slopes, metric, control, g)
    weight = g.weight[:, None]
    speed = (seen.velocity * seen.momentum).sum(0).clamp_min(0).sqrt()
    length = (weight * speed).sum(0)
    variance = (weight * (speed - length).square()).sum(0)
    energy = (length.square() + variance) / 2
    q = seen.momentum - _running(seen.force, g)
    dual = inverse(seen.matrix)
    mean_inverse = torch.einsum("t,ijtp->ijp", g.weight, dual)
    mean = torch.einsum("t,ijtp,jtp->ip", g.weight, dual, q)
    constant = torch.einsum("ijp,jp->ip", inverse(mean_inverse), mean)
    away = q - constant[:, None]
    distance = torch.einsum("t,itp,ijtp,jtp->p", g.weight, away, dual, away).clamp_min(0).sqrt()
    still = (energy == 0) | (control[:, 0] == control[:, -1]).all(0)
    size = torch.where(still, 1, (2 * energy).sqrt())
    scale = torch.where(still, 1, length)
    return Figures(length, energy, torch.where(still, 0, distance / size), variance.sqrt() / scale)


def correct(metric: Metric, table: Metric, control: Control, pieces: int, figures: Figures) -> Figures:
    """Figures by a table, put right by what the metric's own speed differs from the table's at a few times."""
    g = grid(*FEW_TIMES, control)
    points, velocity = (basis(g.time, pieces, k) @ control for k in range(2))
    squared = _squared(metric, points, velocity)
    by_table = squared_speed(table, points.flatten(1).mT, velocity.flatten(1).mT).view_as(squared).clamp_min(0)
    length = figures.length + g.weight @ (squared.sqrt() - by_table.sqrt())
    energy = torch.maximum(figures.energy + g.weight @ (squared - by_table) / 2, length.square() / 2)
    variation = (2 * energy - length.square()).clamp_min(0).sqrt() / torch.where(length == 0, 1, length)
    return figures._replace(length=length, energy=energy, speed_variation=variation)


def lengths(metric: Metric, control: Control, pieces: int) -> PerPair:
    """Lengths by the metric's own speed at many times."""
    g = grid(*MANY_TIMES, control)
    points, velocity = (basis(g.time, pieces, k) @ control for k in range(2))
    return g.weight @ _squared(metric, points, velocity).sqrt()


def _squared(metric: Metric, points: Float[Tensor, "latent time pair"], velocity: Tensor) -> Tensor:
    """Squared speeds, [time, pair]; a decoder's from differences of its features, which spare derivatives."""
    z, v = points.flatten(1).mT, velocity.flatten(1).mT
    if not isinstance(metric, PullbackMetric):
        return squared_speed(metric, z, v).view(points.shape[1:]).clamp_min(0)
    part = torch.finfo(z.dtype).eps ** (1 / 3)
    found = []
    half = metric.rows(z) // 2 + 1
    for here, way in zip(z.split(half), v.split(half), strict=True):
        ahead, behind = metric.points(torch.cat([here + part * way, here - part * way])).chunk(2)
        found.append(((ahead - behind) / (2 * part)).square_().sum(1))
    return torch.cat(found).view(points.shape[1:])


def _running(values: Float[Tensor, "latent time pair"], g: Grid) -> Float[Tensor, "latent time pair"]:
    """Integral from 0 to each node."""
    split = values.unflatten(1, (g.pieces, -1))
    whole = torch.einsum("n,dknp->dkp", g.weight[: split.shape[2]], split)
    before = whole.cumsum(1) - whole
    return (before[:, :, None] + g.within @ split).flatten(1, 2)
