"""Random walks by a metric beside those by the Euclidean one: which of them stay near the data."""

import numpy as np
import pandas as pd
import torch
import xarray as xr

from curvae.geometry.directions import emptiness
from curvae.geometry.metric import Metric
from curvae.geometry.motion import brownian_motion
from curvae.types import Codes, Matrices

WALKS = ("brownian", "random walk", "euclidean")


class Euclidean:
    """The metric of flat space."""

    def matrix(self, z: Codes) -> Matrices:
        """The unit matrix at every point."""
        return torch.eye(z.shape[1]).to(z).expand(len(z), -1, -1)


@torch.no_grad()
def random_walks(
    metric: Metric,
    codes: Codes,
    bounds: tuple[torch.Tensor, torch.Tensor],
    *,
    paths: int,
    steps: int,
    stride: float,
    seed: int = 0,
) -> tuple[xr.Dataset, pd.DataFrame]:
    """Walk from random codes by the metric, with its drift and without, and by the Euclidean metric.

    A Euclidean step has standard deviation `stride` in each latent. The metric's time step is the one that gives
    steps from the median code the same mean square. All walks share starts, noise and the box that they must not leave.

    Args:
        metric: positive definite in the box, such as a `MetricTable`.
        codes: of data [point, latent].
        bounds: lower and upper corner of the box [latent].
        paths: number of walks of each kind.
        steps: of a walk.
        stride: in the codes' unit.
        seed: of starts and noise.

    Returns:
        ``walks`` (walk, path, step, latent), and a table, one row a walk and path: empty (share of the points
        farther from the nearest code than 99 % of the codes are from each other), refused (share of the steps
        that would have left the box), farthest (distance from the start).

    Raises:
        ValueError: fewer codes than paths, a setting out of range, or a metric that is singular at a code.
    """
    if not 1 <= paths <= len(codes) or stride <= 0:
        raise ValueError(f"paths = {paths}, stride = {stride:g}: allowed: 1 to {len(codes)}, above 0")
    starts = codes[np.random.default_rng(seed).choice(len(codes), paths, replace=False)]
    inverse, singular = torch.linalg.inv_ex(metric.matrix(codes))
    if singular.any():
        raise ValueError(f"metric is singular at {int((singular != 0).sum())} codes: allowed: positive definite")
    spread = inverse.diagonal(dim1=1, dim2=2).mean(1)
    dt = stride**2 / float(spread.median())
    kinds = ((metric, dt, True), (metric, dt, False), (Euclidean(), stride**2, False))
    rows, walked = [], []
    for name, (one, time, drift) in zip(WALKS, kinds, strict=True):
        path = brownian_motion(one, starts, steps=steps, dt=time, seed=seed, drift=drift, bounds=bounds)
        walked.append(path)
        columns = {
            "empty": emptiness(path, codes),
            "refused": (path.diff(dim=1) == 0).all(2).double().mean(1),
            "farthest": (path - path[:, :1]).norm(dim=2).amax(1),
        }
        rows.append(pd.DataFrame({"walk": name, "path": range(paths)} | {k: v.numpy() for k, v in columns.items()}))
    dims = ("walk", "path", "step", "latent")
    arrays = xr.Dataset({"walks": (dims, torch.stack(walked).numpy())}, coords={"walk": list(WALKS)}, attrs={"dt": dt})
    return arrays, pd.concat(rows, ignore_index=True)
