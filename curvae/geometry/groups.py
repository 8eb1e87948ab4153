"""Classes of codes told apart by a metric's distance and by the Euclidean one: clusters, neighbours, regions."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import torch
import xarray as xr
from jaxtyping import Int
from scipy.optimize import linear_sum_assignment
from sklearn.metrics import adjusted_rand_score, normalized_mutual_info_score
from sklearn.metrics.cluster import contingency_matrix

from curvae.geometry.directions import straight
from curvae.geometry.geodesic import geodesics, prepared
from curvae.geometry.graph import Graph
from curvae.geometry.lines import curve_length
from curvae.geometry.metric import Metric
from curvae.geometry.statistics import kmeans, kmedoids, nearest_neighbours, pairwise_distances
from curvae.intervals import mean_interval
from curvae.types import Codes

DISTANCES = ("Riemannian", "Euclidean")
CANDIDATES = 5  # more than the neighbours asked for, by an upper bound of their distances


def draw(labels: Int[np.ndarray, " sample"], subset: Sequence[int], count: int, seed: int) -> Int[np.ndarray, " some"]:
    """Indices of equally many random samples of each class, class by class.

    Raises:
        ValueError: a class with fewer samples.
    """
    rng, chosen = np.random.default_rng(seed), []
    for label in subset:
        own = np.flatnonzero(labels == label)
        if len(own) < count:
            raise ValueError(f"class {label} has {len(own)} codes: allowed: classes with {count} or more")
        chosen.append(rng.choice(own, count, replace=False))
    return np.concatenate(chosen)


def f_measure(truth: Int[np.ndarray, " point"], found: Int[np.ndarray, " point"]) -> float:
    """Mean over points of the best F of their class, sum_i n_i / n max_j 2 n_ij / (n_i + m_j) (Larsen, Aone 1999)."""
    table = contingency_matrix(truth, found)
    size = table.sum(1)
    best = (2 * table / (size[:, None] + table.sum(0))).max(1)
    return float((size * best).sum() / size.sum())


def agreement(truth: Int[np.ndarray, " point"], found: Int[np.ndarray, " point"]) -> dict[str, float]:
    """How far clusters are the classes: each 1 if they are, the last two 0 on average for random clusters."""
    return {
        "F-measure": f_measure(truth, found),
        "adjusted Rand": float(adjusted_rand_score(truth, found)),
        "NMI": float(normalized_mutual_info_score(truth, found)),
    }


@torch.no_grad()
def compare_groups(
    metric: Metric,
    codes: Codes,
    labels: Int[np.ndarray, " sample"],
    subsets: Sequence[Sequence[int]],
    *,
    count: int,
    repeats: int,
    neighbours: int = 7,
    seed: int = 0,
    **options,
) -> pd.DataFrame:
    """Clusters and leave-one-out neighbours of random codes of chosen classes, under both distances.

    Both distances see the same codes and the same first centres.

    Args:
        metric: positive definite between the codes, such as a `MetricTable`.
        codes: [sample, latent].
        labels: classes.
        subsets: sets of classes to be told apart, each of two or more.
        count: codes of a class in a draw.
        repeats: draws of each subset.
        neighbours: votes of a classification.
        seed: of draws and starts.
        options: of `geodesics`.

    Returns:
        One row a subset, draw, method ("k-means", "k-medoids", "neighbours"), distance and score: value in [0, 1],
        converged, the share of the geodesics between the draw's codes that are, and rest, whether k-means came to
        rest (None for the others).

    Raises:
        ValueError: a subset with one class, a class with too few codes, or more neighbours than other codes.
    """
    rows, options = [], prepared(metric, codes, len(codes), options)
    for subset in subsets:
        if len(subset) < 2:
            raise ValueError(f"subset {list(subset)}: allowed: two classes or more")
        for repeat in range(repeats):
            chosen = draw(labels, subset, count, seed + repeat)
            z, truth = codes[chosen], labels[chosen]
            said = {"subset": " ".join(map(str, subset)), "draw": repeat}
            for name, one in zip(DISTANCES, (metric, None), strict=True):
                extra = options if one is not None else {}
                far = pairwise_distances(one, z, **extra)
                clusters = kmeans(one, z, len(subset), seed=seed + repeat, **extra)
                found = {
                    "k-means": clusters.labels,
                    "k-medoids": kmedoids(far.length, len(subset), seed=seed + repeat)[1],
                }
                scores = {method: agreement(truth, own.numpy()) for method, own in found.items()}
                others = far.length + torch.diag(torch.full_like(far.length[0], torch.inf))
                voted = nearest_neighbours(others, torch.as_tensor(truth), neighbours)
                scores["neighbours"] = {"accuracy": float((voted.numpy() == truth).mean())}
                pairs = torch.triu_indices(len(z), len(z), 1)
                said |= {"distance": name, "converged": float(far.converged[*pairs].double().mean())}
                rest = {"k-means": clusters.converged}
                rows += [
                    said | {"method": method, "score": score, "value": value, "rest": rest.get(method)}
                    for method, parts in scores.items()
                    for score, value in parts.items()
                ]
    return pd.DataFrame(rows)


def summarise_groups(table: pd.DataFrame) -> pd.DataFrame:
    """What the draws of `compare_groups` say together.

    Args:
        table: of `compare_groups`.

    Returns:
        One row a subset, method, score and distance ("Riemannian", "Euclidean", and "difference", the first less the
        second draw by draw): draws, value (mean over them) and its 95 % interval by Student's t, low and high, which
        are not numbers for a single draw.
    """
    keys = ["subset", "method", "score"]
    wide = table.pivot_table(index=[*keys, "draw"], columns="distance", values="value")[list(DISTANCES)]
    wide["difference"] = wide[DISTANCES[0]] - wide[DISTANCES[1]]
    rows = []
    for key, draws in wide.groupby(keys, sort=False):
        for name, values in draws.items():
            mean, low, high = mean_interval(values.to_numpy())
            found = {"draws": len(values), "value": mean, "low": low, "high": high}
            rows.append(dict(zip(keys, key, strict=True)) | {"distance": name} | found)
    return pd.DataFrame(rows)


@torch.no_grad()
def regions(
    metric: Metric,
    codes: Codes,
    labels: Int[np.ndarray, " sample"],
    subset: Sequence[int],
    *,
    count: int,
    side: int,
    neighbours: int = 7,
    seed: int = 0,
    **options,
) -> xr.Dataset:
    """The first draw of `compare_groups`: its k-means clusters, and the regions where their codes are the nearest.

    Clusters bear the class that most of their codes have, one each. A point's region is the vote of its nearest
    codes; only those are asked to which the straight line or a path over a graph is shortest, for a geodesic is no
    longer than either. The graph is a lattice over the table, or the map's own points and the codes.

    Args:
        metric: see `compare_groups`.
        codes: [sample, 2].
        labels: classes.
        subset: classes to be told apart.
        count: codes of a class.
        side: points a side of the map over the drawn codes.
        neighbours: votes.
        seed: of draw and start.
        options: of `geodesics`.

    Returns:
        ``code`` (point, latent), ``truth`` (point), ``cluster`` (distance, point), ``region`` (distance, z2, z1).
    """
    chosen = draw(labels, subset, count, seed)
    z, truth = codes[chosen], labels[chosen]
    reach = 0.05 * (z.amax(0) - z.amin(0))
    z1, z2 = (torch.linspace(a, b, side).to(z) for a, b in zip(z.amin(0) - reach, z.amax(0) + reach, strict=True))
    grid = torch.cartesian_prod(z2, z1).flip(-1)
    options = prepared(metric, torch.cat([grid, z]), len(grid) * len(z), options)
    clusters, votes = [], []
    for one in (metric, None):
        extra = options if one is not None else {}
        own = kmeans(one, z, len(subset), seed=seed, **extra).labels.numpy()
        named = _named(truth, own, subset)
        clusters.append(named)
        far = torch.cdist(grid, z) if one is None else _nearest(one, grid, z, neighbours + CANDIDATES, extra)
        votes.append(nearest_neighbours(far, torch.as_tensor(named), neighbours).view(side, side).numpy())
    return xr.Dataset(
        {
            "code": (("point", "latent"), z.numpy()),
            "truth": ("point", truth),
            "cluster": (("distance", "point"), np.stack(clusters)),
            "region": (("distance", "z2", "z1"), np.stack(votes)),
        },
        coords={"distance": list(DISTANCES), "z1": z1.numpy(), "z2": z2.numpy()},
    )


def _named(truth: np.ndarray, found: np.ndarray, subset: Sequence[int]) -> np.ndarray:
    """Clusters by the class that each is matched with, so that as many codes as can be agree."""
    together = np.array([[((truth == label) & (found == k)).sum() for label in subset] for k in range(len(subset))])
    _, column = linear_sum_assignment(-together)
    return np.asarray(subset)[column][found]


def _nearest(metric: Metric, grid: Codes, z: Codes, candidates: int, options: dict) -> torch.Tensor:
    """Distances from points to their nearest codes, infinite to the others."""
    graph = options.get("graph")
    if graph is None or graph.rough:
        graph = Graph(metric, torch.cat([grid, z]))
    starts, ends = grid.repeat_interleave(len(z), 0), z.repeat(len(grid), 1)
    lines = curve_length(metric, straight(starts, ends, torch.linspace(0, 1, 2).to(z)))
    length = torch.fmin(lines, graph.lengths(metric, starts, ends)).view(len(grid), len(z))
    near = length.nan_to_num(torch.inf).argsort(dim=1)[:, : min(candidates, len(z))]
    options = {**options, "graph": graph}
    found = geodesics(metric, grid.repeat_interleave(near.shape[1], 0), z[near.flatten()], **options)
    far = torch.full_like(length, torch.inf)
    return far.scatter(1, near, found.length.nan_to_num(torch.inf).view(near.shape))
