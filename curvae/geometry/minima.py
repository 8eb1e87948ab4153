"""Several geodesics between the same two points, each the shortest among those near it."""

import torch

from curvae.geometry.curves import Geodesics
from curvae.geometry.geodesic import geodesics, prepared
from curvae.geometry.graph import Graph
from curvae.geometry.lines import constant_speed
from curvae.geometry.metric import Metric
from curvae.geometry.splines import basis
from curvae.types import Codes

PIECES = 32  # of the curves that solving starts from
TIMES = 65  # at which curves are compared


@torch.no_grad()
def minima(
    metric: Metric, starts: Codes, ends: Codes, *, paths: int = 6, apart: float = 0.05, **options
) -> list[Geodesics]:
    """Distinct geodesics between each pair of points, from the straight line and from unlike paths over a graph.

    Paths are the shortest over a graph whose edges near the paths before grow dearer each time. No number of starts
    proves that all minima are found.

    Args:
        metric: see `geodesics`.
        starts: [pair, latent].
        ends: [pair, latent].
        paths: over the graph, besides the straight line, 1 or more.
        apart: largest distance of two curves at the same time, in that between the points of the wider one, up to which
            they count as one.
        options: of `geodesics`. Without a graph one is made from the table, else a rough lattice, if it can; in one
            latent there is but the straight line.

    Returns:
        For each pair its geodesics, the shortest first; none where nothing converged. Those longer than the straight
        line have the status `LONGER`.

    Raises:
        ValueError: a number out of range, or no graph: give one in four latents or more.
    """
    if paths < 1 or not 0 < apart < 1:
        raise ValueError(f"paths = {paths}, apart = {apart:g}: allowed: 1 or more, between 0 and 1")
    options = prepared(metric, torch.cat([starts, ends]), len(starts), options)
    graph: Graph | None = options["graph"]
    if graph is None and starts.shape[1] > 1:
        raise ValueError(f"graph: none for {starts.shape[1]} latents or points in one place: allowed: a Graph of codes")
    time = torch.linspace(0, 1, TIMES).to(starts)
    evenly = basis(torch.linspace(0, 1, 2 * PIECES + 1).to(starts), PIECES)
    found = []
    for start, end in zip(starts.split(1), ends.split(1), strict=True):
        ways = [torch.stack([start, end], 1), *(graph.unlike(start, end, paths) if graph else [])]
        curves = [evenly @ constant_speed(metric, way, PIECES)[0].permute(2, 1, 0) for way in ways]
        both = start.expand(len(ways), -1), end.expand(len(ways), -1)
        solved = geodesics(metric, *both, initial=torch.cat(curves), **options)
        error = torch.maximum(solved.residual, solved.speed_variation)
        solved = solved[error < options.get("tolerance", 1e-2)]
        solved = solved[solved.length.argsort()]
        points, kept = solved(time), []
        for one in range(len(solved)):
            away = (points[kept] - points[one]).norm(dim=2).amax(1)
            wide = torch.cdist(points[one], points[one]).max()
            if (away > apart * wide).all():
                kept.append(one)
        found.append(solved[torch.tensor(kept, dtype=torch.long, device=starts.device)])
    return found
