"""Means, clusters and neighbours under the distance of a metric."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from curvae.geometry.geodesic import geodesics, prepared
from curvae.geometry.lines import constant_speed
from curvae.geometry.metric import Metric, check_codes, unchecked
from curvae.geometry.ode import exponential_map, logarithm_map
from curvae.geometry.sizes import times
from curvae.geometry.splines import basis
from curvae.types import Codes, Curves

PAIRS = 4096  # geodesics whose curves are held at once, on a processor
EXCESS = 1e-3  # share by which a distance may exceed the way over a third point
ROUNDS = 2  # times that distances are solved again which exceed it
PIECES = 64  # of the curves that these start from
HALVINGS = 10  # of a step that ends beyond the metric's domain


class Distances(NamedTuple):
    """Lengths of geodesics, and whether each is one; a curve that is none bounds the distance from above."""

    length: Float[Tensor, "point other"]
    converged: Bool[Tensor, "point other"]


class Mean(NamedTuple):
    """A Frechet mean, the mean squared distance to it, and whether the steps came to rest, all logarithms known."""

    point: Float[Tensor, " latent"]
    variance: Float[Tensor, ""]
    converged: bool


class Clusters(NamedTuple):
    """Centres, the cluster of each point, sum of squared distances, and whether the labels came to rest.

    They have not where a distance is not finite, or a centre could not follow its points within the metric's domain.
    """

    centres: Float[Tensor, "cluster latent"]
    labels: Int[Tensor, " point"]
    inertia: float
    converged: bool


@torch.no_grad()
def pairwise_distances(metric: Metric | None, points: Codes, others: Codes | None = None, **options) -> Distances:
    """Distances between points.

    Args:
        metric: a `PullbackMetric` or any object with `matrix`; None is Euclidean.
        points: [n, d].
        others: [m, d]; None compares the points with each other, each pair once.
        options: of `geodesics`, such as a table.

    Returns:
        [n, m]; memory beyond it does not grow with the number of pairs, of which 4,096 are solved at a time. Starts are
        straight lines and paths over a lattice of the table or, without one, over the points themselves in three
        latents or more, over a rough lattice in two. Where points are compared with each other, a way longer than that
        over a third point is no shortest one: it is solved again from that one, and has not converged if it stays
        longer.

    Raises:
        ValueError: points that are no floats [n, d], or others of another number of latents.
    """
    check_codes(points)
    if others is not None and others.shape[1:] != points.shape[1:]:
        raise ValueError(f"others have shape {tuple(others.shape)}: must be [m, {points.shape[1]}] as the points")
    if metric is None:
        length = torch.cdist(points, points if others is None else others)
        return Distances(length, torch.ones_like(length, dtype=torch.bool))
    count = len(points) if others is None else len(others)
    if others is None:
        row, column = torch.triu_indices(len(points), len(points), 1, device=points.device)
    else:
        row, column = torch.cartesian_prod(*(torch.arange(k, device=points.device) for k in (len(points), count))).mT
    length = points.new_zeros(len(points), count)
    converged = torch.ones_like(length, dtype=torch.bool)
    if not len(row):
        return Distances(length, converged)
    every = points if others is None else torch.cat([points, others])
    options = prepared(metric, every, len(row), options, nodes=True)
    size = PAIRS * times(points.device)
    for i, j in zip(row.split(size), column.split(size), strict=True):
        found = geodesics(metric, points[i], (points if others is None else others)[j], **options)
        length[i, j], converged[i, j] = found.length, found.converged
    found = Distances(length, converged)
    if others is None:
        found = shortened(metric, points, Distances(length + length.mT, converged & converged.mT), options)
    return found


def shortened(metric: Metric, points: Codes, found: Distances, options: dict) -> Distances:
    """Distances of which few are longer than the sum of two others, `ROUNDS` times solved again where they are.

    Those that stay longer have not converged.
    """
    length, converged = found.length.clone(), found.converged.clone()
    size = PAIRS * times(points.device)
    for _ in range(ROUNDS):
        finite = length.nan_to_num(torch.inf)
        through, middle = _over_a_third(finite)
        row, column = torch.nonzero((finite > (1 + EXCESS) * through).triu(1)).mT
        for i, j in zip(row.split(size), column.split(size), strict=True):
            if not len(i):
                continue
            start = _joined(metric, points[i], points[middle[i, j]], points[j], options)
            again = geodesics(metric, points[i], points[j], initial=start, **options)
            better = again.converged & (again.length < finite[i, j])
            i, j = i[better], j[better]
            length[i, j] = length[j, i] = again.length[better]
            converged[i, j] = converged[j, i] = True
    finite = length.nan_to_num(torch.inf)
    return Distances(length, converged & ~(finite > (1 + EXCESS) * _over_a_third(finite)[0]))


def _over_a_third(length: Float[Tensor, "point point"]) -> tuple[Tensor, Int[Tensor, "point point"]]:
    """The shortest way between two points over at most one other, and which that is."""
    through, middle = length.clone(), torch.zeros_like(length, dtype=torch.long)
    for k in range(len(length)):
        way = length[:, k, None] + length[k]
        shorter = way < through
        through[shorter], middle[shorter] = way[shorter], k
    return through, middle


def _joined(metric: Metric, starts: Codes, middles: Codes, ends: Codes, options: dict) -> Curves:
    """Curves near the geodesics from starts over middles to ends, at constant speed, [pair, time, latent]."""
    time = torch.linspace(0, 1, 65).to(starts)
    parts = [geodesics(metric, *pair, **options)(time) for pair in ((starts, middles), (middles, ends))]
    control, _ = constant_speed(metric, torch.cat([parts[0], parts[1][:, 1:]], dim=1), PIECES)
    return basis(torch.linspace(0, 1, 2 * PIECES + 1).to(starts), PIECES) @ control.permute(2, 1, 0)


@torch.no_grad()
def frechet_mean(
    metric: Metric,
    points: Codes,
    weights: Float[Tensor, " point"] | None = None,
    *,
    start: Float[Tensor, " latent"] | None = None,
    iterations: int = 50,
    tolerance: float = 1e-6,
    **options,
) -> Mean:
    """The point of least mean squared distance, by steps along the mean of the logarithms (Karcher 1977).

    Logarithms that are not finite are left out, and a step that would leave the metric's domain is halved.

    Args:
        metric: a `PullbackMetric` or any object with `matrix`.
        points: [n, d].
        weights: at least zero; equal if None.
        start: the point nearest to the Euclidean mean if None.
        iterations: largest number of steps.
        tolerance: length of the mean logarithm over the root of the variance at rest; at least 100 rounding errors.
        options: of `geodesics`.

    Raises:
        ValueError: no floats [n, d], no points, no step, or weights that are not as many, not finite, negative or all
            zero.
    """
    check_codes(points)
    weights = torch.ones_like(points[:, 0]) if weights is None else weights.to(points)
    if (
        not len(points)
        or weights.shape != points.shape[:1]
        or not (weights >= 0).all()
        or not 0 < weights.sum() < torch.inf
    ):
        raise ValueError(
            f"{len(points)} points, {len(weights)} weights {weights.tolist()[:5]}: "
            "allowed: points, and as many finite weights >= 0, not all 0"
        )
    _check_iterations(iterations)
    weights = weights / weights.sum()
    options = prepared(metric, points, len(points), options)
    if start is None:
        start = points[(points - (weights[:, None] * points).sum(0)).norm(dim=1).argmin()]
    noise = 100 * torch.finfo(points.dtype).eps
    mean, size, best = start, 1.0, torch.inf
    for _ in range(iterations):
        logs, found = logarithm_map(metric, mean.expand_as(points), points, **options)
        known = _known(logs, found.length)[None]
        variance = _mean(found.length.square()[None, :, None], known, weights[None])[0, 0]
        size = size / 2 if variance > best * (1 + max(1e-12, noise)) else size
        best = min(best, float(variance))
        step = _mean(logs[None], known, weights[None])
        reach = torch.einsum("ni,nij,nj->n", step, metric.matrix(mean[None]), step).sqrt()
        if reach <= max(tolerance, noise) * variance.sqrt():
            return Mean(mean, variance, bool(known.all()))
        moved, arrived = _moved(metric, mean[None], size * step)
        if not arrived.all():
            break
        mean = moved[0]
    return Mean(mean, variance, False)


@torch.no_grad()
def kmeans(
    metric: Metric | None, points: Codes, clusters: int, *, seed: int = 0, iterations: int = 30, **options
) -> Clusters:
    """Lloyd's algorithm under the distance of a metric, from k-means++ on the codes.

    Centres move along the mean logarithm of their points, one step an iteration, as in `frechet_mean`.

    Args:
        metric: a `PullbackMetric` or any object with `matrix`; None is Euclidean.
        points: [n, d].
        clusters: 1 to n.
        seed: of the first centres.
        iterations: largest number.
        options: of `geodesics`.

    Raises:
        ValueError: points that are no floats [n, d], or a number of clusters or iterations that is out of range.
    """
    check_codes(points)
    _check_clusters(clusters, len(points))
    _check_iterations(iterations)
    if metric is not None:
        options = prepared(metric, points, clusters * len(points), options)
    centres = points[_spread(lambda i: (points - points[i]).square().sum(1), len(points), clusters, seed)]
    labels = torch.full((len(points),), -1, device=points.device)
    arrived = torch.ones(clusters, dtype=torch.bool, device=points.device)
    for turn in range(iterations + 1):
        if metric is None:
            logs = points - centres[:, None]
            squared = logs.square().sum(2)
            known = torch.isfinite(squared)
        else:
            pairs = centres.repeat_interleave(len(points), 0), points.repeat(clusters, 1)
            logs, found = logarithm_map(metric, *pairs, **options)
            known = _known(logs, found.length).view(clusters, -1)
            logs, squared = logs.unflatten(0, (clusters, -1)), found.length.square().view(clusters, -1)
        new = squared.nan_to_num(torch.inf).argmin(0)
        inertia = float(squared[new, torch.arange(len(points))].sum())
        rest = torch.equal(new, labels)
        if rest or turn == iterations:
            return Clusters(centres, new, inertia, bool(rest and known.all() and arrived.all()))
        labels = new
        own = torch.nn.functional.one_hot(labels, clusters).T.to(points)
        step = _mean(logs, known, own)
        centres, arrived = (centres + step, arrived) if metric is None else _moved(metric, centres, step)
    raise AssertionError


def _known(logs: Codes, length: Float[Tensor, " pair"]) -> Bool[Tensor, " pair"]:
    return torch.isfinite(logs).all(1) & torch.isfinite(length)


def _mean(
    values: Float[Tensor, "centre point entry"],
    known: Bool[Tensor, "centre point"],
    weights: Float[Tensor, "centre point"],
) -> Float[Tensor, "centre entry"]:
    """Weighted mean of the values that are known; 0 where none is."""
    weights = weights * known
    share = weights / weights.sum(1, keepdim=True).clamp_min(torch.finfo(weights.dtype).tiny)
    return torch.einsum("kn,kni->ki", share, values.where(known[..., None], 0))


def _moved(metric: Metric, points: Codes, step: Codes) -> tuple[Codes, Bool[Tensor, " point"]]:
    """Exp of steps, halved where they end beyond the metric's domain; points that get nowhere so stay."""
    moved, arrived = points.clone(), torch.zeros_like(points[:, 0], dtype=torch.bool)
    for halving in range(HALVINGS + 1):
        left = torch.nonzero(~arrived)[:, 0]
        ends = exponential_map(metric, points[left], step[left] / 2**halving)[:, -1]
        sound = torch.isfinite(ends).all(1) & torch.isfinite(unchecked(metric, ends)).flatten(1).all(1)
        moved[left[sound]] = ends[sound]
        arrived[left[sound]] = True
        if arrived.all():
            break
    return moved, arrived


def kmedoids(
    distances: Float[Tensor, "point point"], clusters: int, *, seed: int = 0, iterations: int = 100
) -> tuple[Int[Tensor, " cluster"], Int[Tensor, " point"]]:
    """Medoids and labels of least summed distance, by alternation from a spread-out start.

    Args:
        distances: symmetric; those that are not finite count as twice the largest one.
        clusters: 1 to n.
        seed: of the start.
        iterations: largest number.

    Raises:
        ValueError: a number of clusters or iterations that is out of range, or no distance that is finite.
    """
    _check_clusters(clusters, len(distances))
    _check_iterations(iterations)
    finite = torch.isfinite(distances)
    if not finite.any():
        raise ValueError("distances: none is finite: allowed: one or more")
    distances = distances.where(finite, 2 * distances.where(finite, 0).max())
    medoids = _spread(lambda i: distances[i].square(), len(distances), clusters, seed)
    for _ in range(iterations):
        labels = distances[medoids].argmin(0)
        new = medoids.clone()
        for k in range(clusters):
            own = torch.nonzero(labels == k)[:, 0]
            if len(own):
                new[k] = own[distances[own][:, own].sum(1).argmin()]
        if torch.equal(new, medoids):
            break
        medoids = new
    return medoids, distances[medoids].argmin(0)


def nearest_neighbours(
    distances: Float[Tensor, "query point"], labels: Int[Tensor, " point"], neighbours: int = 7
) -> Int[Tensor, " query"]:
    """Label of most of the nearest points; of labels equally frequent the one with the nearest point.

    Args:
        distances: from queries to labelled points.
        labels: at least zero.
        neighbours: votes.

    Raises:
        ValueError: more neighbours than points.
    """
    if not 1 <= neighbours <= distances.shape[1]:
        raise ValueError(f"neighbours = {neighbours}: allowed: 1 to {distances.shape[1]}")
    near = labels[distances.argsort(dim=1, stable=True)[:, :neighbours]]
    votes = (near[:, :, None] == near[:, None]).sum(2)
    return near.gather(1, votes.argmax(1, keepdim=True))[:, 0]


def _spread(squared: Callable[[int], Tensor], count: int, clusters: int, seed: int) -> Int[Tensor, " cluster"]:
    """k-means++: each next centre with probability proportional to the squared distance to the nearest one."""
    rng = np.random.default_rng(seed)
    chosen = [int(rng.integers(count))]
    nearest = squared(chosen[0])
    while len(chosen) < clusters:
        share = nearest.double().numpy(force=True)
        total = share.sum()
        chosen.append(int(rng.choice(count, p=share / total if total > 0 else None)))
        nearest = torch.minimum(nearest, squared(chosen[-1]))
    return torch.tensor(chosen)


def _check_iterations(iterations: int) -> None:
    if iterations < 1:
        raise ValueError(f"iterations = {iterations}: allowed: at least 1")


def _check_clusters(clusters: int, points: int) -> None:
    if not 1 <= clusters <= points:
        raise ValueError(f"clusters = {clusters}: allowed: 1 to the number of points, {points}")
