"""Shortest paths over a graph of points, from which curves start where the straight line is a wrong minimum."""

import itertools
import logging

import numpy as np
import torch
from jaxtyping import Float, Int
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra
from scipy.spatial import KDTree
from torch import Tensor

from curvae.geometry.bounds import bounding_box
from curvae.geometry.metric import Metric, squared_speed, unchecked
from curvae.types import Codes

logger = logging.getLogger(__name__)

LATTICE = {1: 256, 2: 56, 3: 14}  # nodes a side of the lattice over a table
ROUGH = {2: 40, 3: 12}  # the same where there is none, and each node costs a metric
NEIGHBOURS = 12
DEARER = 1.3  # times the edges near a path cost for the next one
KEPT = 2**23  # distances that are remembered


class Graph:
    """Points joined by straight edges as long as the metric says.

    Args:
        metric: anything with `matrix`.
        points: the nodes, such as codes of data [n, latent].
        neighbours: edges from each node to the nearest others; ignored with `edges`.
        edges: pairs of nodes [m, 2] instead.
        rough: whether edges are measured at their ends alone; such a graph gives no first starts.

    Raises:
        ValueError: fewer than two points.
    """

    @torch.no_grad()
    def __init__(
        self,
        metric: Metric,
        points: Codes,
        *,
        neighbours: int = NEIGHBOURS,
        edges: np.ndarray | None = None,
        rough: bool = False,
    ):
        if len(points) < 2:
            raise ValueError(f"points = {len(points)}: allowed: two or more")
        points = points.detach()
        self.points, self.rough, self.cell = points, rough, torch.inf
        self.tree = KDTree(points.numpy(force=True))
        if edges is None:
            near = self.tree.query(self.tree.data, min(neighbours + 1, len(points)))[1][:, 1:]
            edges = np.stack([np.repeat(np.arange(len(points)), near.shape[1]), near.ravel()], axis=1)
        first, second = torch.as_tensor(edges, device=points.device).mT
        if rough:
            length = _by_ends(metric, points, first, second).cpu().numpy()
        else:
            length = edge_lengths(metric, points[first], points[second]).cpu().numpy()
        sound = np.isfinite(length)
        weights = csr_array((length[sound], edges[sound].T), shape=(len(points),) * 2)
        self.weights = weights.maximum(weights.T)
        self._known = {}  # distances from sources that were asked for, and the node before each on the way

    @classmethod
    def over(cls, metric: Metric, low: Tensor, high: Tensor, *, rough: bool = False) -> "Graph":
        """A lattice over a box of one to three latents, two or three if rough.

        Each node is joined to all within a knight's move.
        """
        dim = len(low)
        side = (ROUGH if rough else LATTICE)[dim]
        axes = [torch.linspace(float(a), float(b), side).to(low) for a, b in zip(low, high, strict=True)]
        points = torch.cartesian_prod(*axes).view(-1, dim)
        numbers = np.arange(len(points)).reshape((side,) * dim)
        edges = []
        for move in itertools.product(range(-2, 3), repeat=dim):
            if move > (0,) * dim and np.gcd.reduce(move) == 1:
                here = tuple(slice(max(0, -m), side - max(0, m)) for m in move)
                there = tuple(slice(max(0, m), side + min(0, m)) for m in move)
                edges.append(np.stack([numbers[here].ravel(), numbers[there].ravel()], axis=1))
        graph = cls(metric, points, edges=np.concatenate(edges), rough=rough)
        graph.cell = float(((high - low) / (side - 1)).max())
        return graph

    def paths(self, starts: Codes, ends: Codes) -> tuple[Int[np.ndarray, "pair node"], Float[Tensor, " pair"]]:
        """Shortest paths between the nodes nearest to the points.

        Returns:
            Nodes of each path, its last one repeated to the length of the longest, and lengths along the graph,
            infinite where there is no path.
        """
        first, last = (self.tree.query(p.numpy(force=True))[1] for p in (starts, ends))
        sources, row = np.unique(first, return_inverse=True)
        new = [source for source in sources.tolist() if source not in self._known]
        if new:
            found = dijkstra(self.weights, indices=new, return_predecessors=True)
            if len(self._known) + len(new) > KEPT // len(self.points):
                self._known.clear()
            self._known.update(zip(new, zip(*found, strict=True), strict=True))
        distance, before = (np.stack([self._known[s][part] for s in sources.tolist()]) for part in (0, 1))
        length = distance[row, last]
        backward = [last]
        while True:
            step = before[row, backward[-1]]
            step = np.where(step < 0, backward[-1], step)
            if (step == backward[-1]).all():
                break
            backward.append(step)
        # paths end at their source early or late: turned round, the source is repeated at the front
        nodes = np.stack(backward[::-1], axis=1)
        return nodes, torch.as_tensor(length).to(starts)

    def lengths(self, metric: Metric, starts: Codes, ends: Codes) -> Float[Tensor, " pair"]:
        """Lengths of shortest paths with the straight ways to their first nodes and from their last ones."""
        near = [self.points[torch.as_tensor(self.tree.query(p.numpy(force=True))[1])].to(p) for p in (starts, ends)]
        links = edge_lengths(metric, starts, near[0]) + edge_lengths(metric, ends, near[1])
        return self.paths(starts, ends)[1] + links

    def unlike(self, start: Codes, end: Codes, count: int) -> list[Float[Tensor, "one time latent"]]:
        """Paths between two points, each the shortest once edges near those before are `DEARER` each time.

        Fewer where there is no path.
        """
        first, last = (int(self.tree.query(p.numpy(force=True))[1][0]) for p in (start, end))
        entries = self.weights.tocoo()
        cost, paths = np.ones(len(self.points)), []
        chords = self.tree.data[entries.coords[0]] - self.tree.data[entries.coords[1]]
        near = 1.5 * np.sqrt((chords**2).sum(1)).max(initial=0)
        for _ in range(count):
            dear = entries.data * (cost[entries.coords[0]] + cost[entries.coords[1]]) / 2
            distance, before = dijkstra(
                csr_array((dear, entries.coords), self.weights.shape), indices=first, return_predecessors=True
            )
            if not np.isfinite(distance[last]):
                break
            nodes = [last]
            while nodes[-1] != first:
                nodes.append(before[nodes[-1]])
            paths.append(self.polylines(start, end, np.array([nodes[::-1]])))
            around = self.tree.query_ball_point(self.tree.data[nodes], near)
            cost[np.unique(np.concatenate(around).astype(int))] *= DEARER
        return paths

    def polylines(
        self, starts: Codes, ends: Codes, nodes: Int[np.ndarray, "pair node"]
    ) -> Float[Tensor, "pair time latent"]:
        """Paths with the points themselves in place of the nodes nearest to them."""
        points = self.points[torch.as_tensor(nodes, device=starts.device)].to(starts)
        return torch.cat([starts[:, None], points[:, 1:-1], ends[:, None]], dim=1)


def rough(metric: Metric, points: Codes, bounds: tuple[Tensor, Tensor] | None) -> Graph | None:
    """A rough lattice over points and as far again on every side, within bounds, if the metric is defined there."""
    low, high = bounding_box(points, room=1.0)
    if bounds is not None:
        least, most = (corner.to(points) for corner in bounds)
        if ((points >= least) & (points <= most)).all():
            low, high = torch.maximum(low, least), torch.minimum(high, most)
    if not (high > low).all():
        return None
    try:
        return Graph.over(metric, low, high, rough=True)
    except ValueError as error:
        logger.info("no graph: %s", error)
        return None


def edge_lengths(metric: Metric, starts: Codes, ends: Codes) -> Float[Tensor, " edge"]:
    """Length of straight edges by four midpoints."""
    chord = ends - starts
    parts = [squared_speed(metric, starts + (k + 0.5) / 4 * chord, chord).clamp_min(0).sqrt() for k in range(4)]
    return sum(parts) / 4


def _by_ends(metric: Metric, points: Codes, first: Tensor, second: Tensor) -> Float[Tensor, " edge"]:
    """Length of straight edges by the metric at both ends, which is asked once a node."""
    matrix = unchecked(metric, points)
    chord = points[second] - points[first]
    ends = [torch.einsum("ni,nij,nj->n", chord, matrix[end], chord).clamp_min(0).sqrt() for end in (first, second)]
    return sum(ends) / 2
