"""All distances between codes by a metric, beside the Euclidean ones."""

import numpy as np
import pandas as pd
import torch
import xarray as xr
from jaxtyping import Int
from scipy.stats import spearmanr

from curvae.geometry.groups import DISTANCES
from curvae.geometry.metric import Metric
from curvae.geometry.statistics import nearest_neighbours, pairwise_distances
from curvae.types import Codes

RESAMPLES = 1000


@torch.no_grad()
def compare_distances(
    metric: Metric,
    codes: Codes,
    labels: Int[np.ndarray, " sample"] | None,
    *,
    count: int,
    neighbours: int = 7,
    seed: int = 0,
    **options,
) -> tuple[xr.Dataset, pd.DataFrame]:
    """Distances between random codes, and what they are good for.

    Args:
        metric: positive definite between the codes, such as a `MetricTable`.
        codes: [sample, latent].
        labels: classes; None where nothing is known.
        count: codes, 2 or more.
        neighbours: votes of a classification.
        seed: of the choice and the bootstrap.
        options: of `geodesics`.

    Returns:
        ``length`` (distance, point, other) and ``converged`` (point, other), the codes in the order of their classes
        with ``sample``, ``label`` and ``code`` (point, latent); and a table of statistics with value, low, high (95 %
        bootstrap interval over codes, where there is one): pairs, the share of them that converged, the rank
        correlation of both distances, the largest violation of the triangle inequality over the distance, and
        the accuracies of leave-one-out classification by nearest neighbours.

    Raises:
        ValueError: fewer codes than `count`, fewer than 2, or more neighbours than other codes.
    """
    if not 2 <= count <= len(codes):
        raise ValueError(f"count = {count}: allowed: 2 to {len(codes)}, the number of codes")
    sample = np.random.default_rng(seed).choice(len(codes), count, replace=False)
    if labels is not None:
        sample = sample[np.argsort(labels[sample], kind="stable")]
    z = codes[sample]
    found, flat = pairwise_distances(metric, z, **options), pairwise_distances(None, z)
    upper = np.triu_indices(count, 1)
    sure = found.converged.numpy()[upper]
    length = found.length.numpy()[upper]
    good = np.isfinite(length)
    rows = [
        {"statistic": "pairs", "value": len(sure)},
        {"statistic": "converged", "value": sure.mean()},
        {"statistic": "rank correlation", "value": spearmanr(length[good], flat.length.numpy()[upper][good])[0]},
        {"statistic": "triangle violation", "value": _violation(found.length)},
    ]
    arrays = xr.Dataset(
        {
            "length": (("distance", "point", "other"), torch.stack([found.length, flat.length]).numpy()),
            "converged": (("point", "other"), found.converged.numpy()),
            "code": (("point", "latent"), z.numpy()),
            "sample": ("point", sample),
        },
        coords={"distance": list(DISTANCES)},
    )
    if labels is not None:
        arrays["label"] = ("point", labels[sample])
        for name, far in zip(DISTANCES, (found.length, flat.length), strict=True):
            rows.append({"statistic": f"accuracy {name}"} | _accuracy(far, labels[sample], neighbours, seed))
    return arrays, pd.DataFrame(rows)


def _violation(length: torch.Tensor) -> float:
    """Largest d(a, c) / (d(a, b) + d(b, c)) - 1, at least 0."""
    worst = 0.0
    for middle in range(len(length)):
        around = length[:, middle, None] + length[middle]
        ratio = (length / around.where(around > 0, torch.inf)).nan_to_num(0)
        worst = max(worst, float(ratio.max()) - 1)
    return worst


def _accuracy(far: torch.Tensor, labels: np.ndarray, neighbours: int, seed: int) -> dict[str, float]:
    others = far.nan_to_num(torch.inf) + torch.diag(torch.full_like(far[0], torch.inf))
    right = nearest_neighbours(others, torch.as_tensor(labels), neighbours).numpy() == labels
    drawn = np.random.default_rng(seed).integers(len(right), size=(RESAMPLES, len(right)))
    low, high = np.quantile(right[drawn].mean(1), [0.025, 0.975])
    return {"value": right.mean(), "low": low, "high": high}
