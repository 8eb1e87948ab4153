"""One decoder's geometry as arrays: a map of the magnification and geodesics between codes."""

import numpy as np
import pandas as pd
import torch
import xarray as xr

from curvae.geometry.geodesic import geodesics
from curvae.geometry.metric import PullbackMetric
from curvae.types import Codes, Decoder


def survey(
    decoder: Decoder, codes: Codes, *, pairs: int, grid: int, pieces: int, seed: int = 0, times: int = 65
) -> tuple[xr.Dataset, pd.DataFrame]:
    """Map sqrt(det M) around two-dimensional codes and join random pairs of them.

    Args:
        decoder: codes [point, 2] to features, twice differentiable.
        codes: [point, 2], float64.
        pairs: number of pairs, drawn without replacement while codes last.
        grid: points a side of the map, which covers codes and curves and a tenth more.
        pieces: of the finest geodesics, see `geodesics`.
        seed: of the pairs.
        times: points a curve is written at.

    Returns:
        Arrays ``magnification`` (z2, z1), ``curves`` and ``straight`` (pair, time, latent) and the
        decoded ``film`` of both along every pair (path, pair, step, feature); and a table, one row a
        pair, with the figures of `Geodesics`.

    Raises:
        ValueError: codes that are not two-dimensional or not finite, or fewer than two pairs' worth.
    """
    if codes.ndim != 2 or codes.shape[1] != 2 or not codes.isfinite().all():
        raise ValueError(f"codes: shape {tuple(codes.shape)}; allowed: finite, [point, 2]")
    if len(codes) < 2 * pairs:
        raise ValueError(f"pairs = {pairs}: allowed: at most {len(codes) // 2}, half the codes")
    chosen = np.random.default_rng(seed).choice(len(codes), (pairs, 2), replace=False)
    starts, ends = codes[chosen[:, 0]], codes[chosen[:, 1]]
    metric = PullbackMetric(decoder)
    found = geodesics(metric, starts, ends, pieces=pieces)

    time = torch.linspace(0, 1, times, dtype=codes.dtype)
    straight = starts[:, None] + time[:, None] * (ends - starts)[:, None]
    curves = found(time)

    covered = torch.cat([codes, curves.flatten(0, 1)])
    low, high = covered.amin(0), covered.amax(0)
    margin = 0.05 * (high - low)
    z1, z2 = (torch.linspace(*ends, grid, dtype=codes.dtype) for ends in zip(low - margin, high + margin, strict=True))
    points = torch.cartesian_prod(z2, z1).flip(-1)
    magnification = metric.magnification(points).reshape(grid, grid)

    steps = torch.linspace(0, times - 1, 10).round().long()
    with torch.no_grad():
        film = decoder(torch.stack([curves, straight])[:, :, steps].flatten(0, 2)).unflatten(0, (2, pairs, len(steps)))
    arrays = xr.Dataset(
        {
            "magnification": (("z2", "z1"), magnification.numpy()),
            "curves": (("pair", "time", "latent"), curves.numpy()),
            "straight": (("pair", "time", "latent"), straight.numpy()),
            "film": (("path", "pair", "step", "feature"), film.float().numpy()),
        },
        coords={"z1": z1.numpy(), "z2": z2.numpy(), "time": time.numpy(), "path": ["geodesic", "straight"]},
        attrs={"title": "geodesics of a decoder's pull-back metric"},
    )
    columns = ("length", "straight_length", "energy", "residual", "speed_variation", "pieces", "converged")
    table = pd.DataFrame({"pair": range(pairs), "start": chosen[:, 0], "end": chosen[:, 1]})
    return arrays, table.assign(**{name: getattr(found, name).numpy() for name in columns})
