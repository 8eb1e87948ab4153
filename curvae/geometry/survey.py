"""One decoder's geometry as arrays: a map of the magnification, and three ways between codes."""

import numpy as np
import pandas as pd
import torch
import xarray as xr

from curvae.geometry.beyond import extrapolate
from curvae.geometry.directions import emptiness, spherical, straight
from curvae.geometry.geodesic import geodesics
from curvae.geometry.lines import curve_length
from curvae.geometry.metric import PullbackMetric
from curvae.types import Codes, Decoder

WAYS = ("geodesic", "straight", "spherical")
REACH, ONWARD, STEPS = 0.5, 17, 16  # how far ways go on beyond their ends, in how many times and integrator's steps


@torch.no_grad()
def survey(
    decoder: Decoder,
    codes: Codes,
    *,
    pairs: int,
    grid: int,
    pieces: int,
    seed: int = 0,
    times: int = 65,
    std: Decoder | None = None,
    **options,
) -> tuple[xr.Dataset, pd.DataFrame]:
    """Map sqrt(det M) around two-dimensional codes and join random pairs of them in three ways.

    Args:
        decoder: codes [point, 2] to features, twice differentiable.
        codes: [point, 2], float64.
        pairs: number of pairs, drawn without replacement while codes last.
        grid: points a side of the map, which covers codes and curves and a tenth more.
        pieces: of the finest geodesics, see `geodesics`.
        seed: of the pairs.
        times: points a curve is written at.
        std: standard deviations of the decoder.
        options: of `geodesics`, such as a table.

    Returns:
        Arrays ``magnification`` (z2, z1), ``curves`` (way, pair, time, latent) and the decoded ``film`` (way, pair,
        step, feature) of the ways "geodesic", "straight" and "spherical"; ``onward`` (way, pair, beyond, latent) and
        ``film_onward`` (way, pair, far, feature), the same ways half as far again beyond their ends; and a table, one
        row a pair: the figures of `Geodesics`, spherical_length, empty_geodesic, empty_straight, empty_spherical, the
        share of each way's points that are farther from the nearest code than 99 % of the codes are from each other,
        and onward_geodesic, onward_straight, onward_spherical, that share beyond the end.

    Raises:
        ValueError: codes that are not two-dimensional or not finite, or fewer than two pairs' worth.
    """
    if codes.ndim != 2 or codes.shape[1] != 2 or not codes.isfinite().all():
        raise ValueError(f"codes: shape {tuple(codes.shape)}; allowed: finite, [point, 2]")
    if len(codes) < 2 * pairs:
        raise ValueError(f"pairs = {pairs}: allowed: at most {len(codes) // 2}, half the codes")
    chosen = np.random.default_rng(seed).choice(len(codes), (pairs, 2), replace=False)
    starts, ends = codes[chosen[:, 0]], codes[chosen[:, 1]]
    metric = PullbackMetric(decoder, std)
    found = geodesics(metric, starts, ends, pieces=pieces, **options)

    time = torch.linspace(0, 1, times, dtype=codes.dtype)
    ways = torch.stack([found(time), straight(starts, ends, time), spherical(starts, ends, time)])
    beyond = torch.linspace(1, 1 + REACH, ONWARD, dtype=codes.dtype)
    further = extrapolate(metric, found, reach=REACH, times=ONWARD, steps=STEPS)
    onward = torch.stack([further, straight(starts, ends, beyond), spherical(starts, ends, beyond)])

    covered = torch.cat([codes, ways.flatten(0, 2)])
    low, high = covered.amin(0), covered.amax(0)
    margin = 0.05 * (high - low)
    z1, z2 = (torch.linspace(*ends, grid, dtype=codes.dtype) for ends in zip(low - margin, high + margin, strict=True))
    points = torch.cartesian_prod(z2, z1).flip(-1)
    magnification = metric.magnification(points).reshape(grid, grid)

    steps = torch.linspace(0, times - 1, 10).round().long()
    far = torch.linspace(0, ONWARD - 1, 5).round().long()
    with torch.no_grad():
        film = decoder(ways[:, :, steps].flatten(0, 2)).unflatten(0, (len(WAYS), pairs, len(steps)))
        film_onward = decoder(onward[:, :, far].flatten(0, 2)).unflatten(0, (len(WAYS), pairs, len(far)))
        table = pd.DataFrame({"pair": range(pairs), "start": chosen[:, 0], "end": chosen[:, 1]})
        columns = ("length", "straight_length", "energy", "residual", "speed_variation", "pieces", "converged")
        table = table.assign(**{name: getattr(found, name).numpy() for name in columns})
        table["spherical_length"] = curve_length(metric, ways[2], substeps=2).numpy()
        for part, all_ways in (("empty", ways), ("onward", onward)):
            for name, way in zip(WAYS, all_ways, strict=True):
                table[f"{part}_{name}"] = emptiness(way, codes).numpy()
    arrays = xr.Dataset(
        {
            "magnification": (("z2", "z1"), magnification.numpy()),
            "curves": (("way", "pair", "time", "latent"), ways.numpy()),
            "film": (("way", "pair", "step", "feature"), film.float().numpy()),
            "onward": (("way", "pair", "beyond", "latent"), onward.numpy()),
            "film_onward": (("way", "pair", "far", "feature"), film_onward.float().numpy()),
        },
        coords={
            "z1": z1.numpy(),
            "z2": z2.numpy(),
            "time": time.numpy(),
            "beyond": beyond.numpy(),
            "far": beyond[far].numpy(),
            "way": list(WAYS),
        },
        attrs={"title": "geodesics of a decoder's pull-back metric"},
    )
    return arrays, table
