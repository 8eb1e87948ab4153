"""How good a curve is: its length, the constancy of its speed and how well it solves the geodesic equation."""

from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

from curvae.geometry.metric import Metric, PullbackMetric, inverse, slopes, squared_speed
from curvae.geometry.newton import at_nodes
from curvae.geometry.splines import UNSEEN, Control, Grid, basis, grid

CHORDS = 96  # into which the decoded curve is divided

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


def measure(metric: Metric, control: Control, pieces: int) -> tuple[PerPair, PerPair, PerPair]:
    """Length, energy and speed variation alone, cheaply.

    A decoder's chords are shorter than its arcs by the square of their size, which two sizes of them remove;
    another metric is asked for 64 speeds.
    """
    if isinstance(metric, PullbackMetric):
        points = (basis(torch.linspace(0, 1, CHORDS + 1).to(control), pieces) @ control).permute(2, 1, 0)
        speeds = []
        for part in points.split(max(1, metric.chunk // (CHORDS + 1))):
            features = metric.points(part.flatten(0, 1)).unflatten(0, part.shape[:2])
            fine = features.diff(dim=1).norm(dim=2)
            coarse = features[:, ::2].diff(dim=1).norm(dim=2)
            speeds.append((4 * (fine[:, ::2] + fine[:, 1::2]) - coarse) / 3)
        speed = torch.cat(speeds)
        length = speed.sum(1)
        variation = speed.std(1, correction=0) / torch.where(length == 0, 1, speed.mean(1))
        return length, length.square() * (1 + variation.square()) / 2, variation
    g = grid(32, 2, control)
    points, velocity = (basis(g.time, pieces, k) @ control for k in range(2))
    squared = squared_speed(metric, points.flatten(1).mT, velocity.flatten(1).mT).view(len(g.time), -1)
    speed = squared.clamp_min(0).sqrt()
    length, energy = g.weight @ speed, g.weight @ squared / 2
    variance = (g.weight[:, None] * (speed - length).square()).sum(0)
    return length, energy, variance.sqrt() / torch.where(length == 0, 1, length)


def _running(values: Float[Tensor, "latent time pair"], g: Grid) -> Float[Tensor, "latent time pair"]:
    """Integral from 0 to each node."""
    split = values.unflatten(1, (g.pieces, -1))
    whole = torch.einsum("n,dknp->dkp", g.weight[: split.shape[2]], split)
    before = whole.cumsum(1) - whole
    return (before[:, :, None] + g.within @ split).flatten(1, 2)
