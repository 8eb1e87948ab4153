"""The Gaussian ring, whose density is known, beside what an autoencoder and a flow learn of it."""

from collections.abc import Callable
from copy import deepcopy

import numpy as np
import pandas as pd
import torch
import xarray as xr
from scipy import stats
from torch import Tensor

from curvae.flows.coupling import Flow, Points
from curvae.flows.density import fit_flow

REACH, SIDE = 2.5, 501  # of the grid of the flow's density, from -REACH to REACH, and points a side
DRAWN = 2000  # points of each source that are kept


def ring_log_density(x: Points) -> Tensor:
    """log p of the points z / 10 + z / |z| with z ~ N(0, I) in two dimensions, in nats; -inf within radius 1.

    With rho = 10 (|x| - 1), which is Rayleigh-distributed: p(x) = 10 rho exp(-rho^2 / 2) / (2 pi |x|).

    Args:
        x: [sample, 2].
    """
    radius = x.norm(dim=1)
    rho = (10 * (radius - 1)).clamp(min=0)
    return torch.log(10 * rho) - 0.5 * rho.square() - torch.log(2 * torch.pi * radius)


def learn_ring(
    train: Points, test: Points, decoder: Callable[[Tensor], Tensor], *, steps: int = 1000, seed: int = 0
) -> tuple[xr.Dataset, pd.DataFrame]:
    """A flow fitted to points of the ring, and points drawn from it and from a decoder, judged by the known answers.

    Args:
        train: points that the flow is fitted to.
        test: points of the ring held out.
        decoder: from latents [sample, 2] to points; its latents are drawn from N(0, I).
        steps: of the flow's optimiser.
        seed: of the flow and of all draws.

    Returns:
        `density` (y, x) of the flow and `points` (source, sample, coordinate) of the sources test, decoder and flow;
        and a table, a row a source: radius_mean, radius_deviation, inside (share of points within radius 1, where the
        ring has none), radius_distance and angle_distance (Kolmogorov-Smirnov, to the ring's own), n; nats, the mean
        log-density of the test points under the ring's density (test) and the flow's; mass of the flow on the grid.
    """
    flow = fit_flow(train, steps=steps, seed=seed)
    latents = torch.randn(2, len(test), 2, generator=torch.Generator().manual_seed(seed)).to(train)
    axis = torch.linspace(-REACH, REACH, SIDE, dtype=torch.float64)
    with torch.no_grad():
        sources = {"test": test, "decoder": decoder(latents[0]), "flow": flow.inverse(latents[1])}
        density = _density(flow, axis)
        nats = {"test": ring_log_density(test.double()).mean(), "flow": flow.log_prob(test).mean()}
    table = pd.DataFrame([{"source": name, **_judged(points.numpy())} for name, points in sources.items()])
    table["nats"] = table["source"].map({name: float(value) for name, value in nats.items()})
    mass = float(density.sum() * (axis[1] - axis[0]) ** 2)
    table["mass"] = table["source"].map({"flow": mass})
    kept = np.stack([points[:DRAWN].numpy() for points in sources.values()])
    arrays = xr.Dataset(
        {"density": (("y", "x"), density), "points": (("source", "sample", "coordinate"), kept)},
        coords={"y": axis.numpy(), "x": axis.numpy(), "source": list(sources), "coordinate": ["x", "y"]},
        attrs={"title": "the Gaussian ring and what was learnt of it"},
    )
    return arrays, table


def _density(flow: Flow, axis: Tensor) -> np.ndarray:
    """p(x, y) [y, x] on a grid, in float64."""
    grid = torch.cartesian_prod(axis, axis).flip(1)
    double = deepcopy(flow).double()
    return torch.cat([double.log_prob(part).exp() for part in grid.split(20000)]).view(len(axis), -1).numpy()


def _judged(points: np.ndarray) -> dict[str, float]:
    radius, angle = np.linalg.norm(points, axis=1), np.arctan2(points[:, 1], points[:, 0])
    return {
        "radius_mean": radius.mean(),
        "radius_deviation": radius.std(ddof=1),
        "inside": (radius < 1).mean(),
        "radius_distance": stats.kstest(10 * (radius - 1), stats.rayleigh.cdf).statistic,
        "angle_distance": stats.kstest(angle, stats.uniform(-np.pi, 2 * np.pi).cdf).statistic,
        "n": len(points),
    }
