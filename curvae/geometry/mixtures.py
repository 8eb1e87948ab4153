"""Mixtures of locally adaptive normal distributions beside Gaussian mixtures, judged on held-out codes."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import torch
import xarray as xr
from jaxtyping import Float, Int
from sklearn.mixture import GaussianMixture

from curvae.geometry.geodesic import prepared
from curvae.geometry.groups import draw
from curvae.geometry.land import LAND
from curvae.geometry.metric import Metric
from curvae.types import Codes

MODELS = ("LAND", "Gaussian")
RESAMPLES = 2000


@torch.no_grad()
def compare_mixtures(
    metric: Metric,
    train: tuple[Codes, Int[np.ndarray, " sample"]],
    test: tuple[Codes, Int[np.ndarray, " sample"]],
    subsets: Sequence[Sequence[int]],
    *,
    count: int,
    held_out: int,
    samples: int,
    iterations: int,
    side: int,
    seed: int = 0,
    **options,
) -> tuple[xr.Dataset, pd.DataFrame]:
    """Fit both mixtures, one component a class, to the same training codes and judge them on the same test codes.

    Args:
        metric: positive definite around the codes, such as a `MetricTable`.
        train: codes [sample, 2] and their classes.
        test: the same, held out.
        subsets: sets of classes.
        count: training codes of a class.
        held_out: test codes of a class.
        samples: of LAND's normalisers.
        iterations: largest number of LAND's.
        side: points a side of the map of the first subset's densities.
        seed: of draws and starts.
        options: of `geodesics`.

    Returns:
        Of the first subset ``log_density`` (model, z2, z1) by dz, ``sample`` (model, draw, latent), ``code`` (point,
        latent) and ``label`` (point); and a table, one row a subset and model: components, value (mean log-density of
        the held-out codes by dz [nats/code]), low, high (95 % bootstrap interval over codes), gain, gain_low,
        gain_high (the same of LAND less Gaussian, code by code), status ("converged", "not converged", or why
        there is no model).
    """
    rows, arrays, options = [], xr.Dataset(), prepared(metric, train[0], len(train[0]), options)
    for number, subset in enumerate(subsets):
        chosen, unseen = draw(train[1], subset, count, seed), draw(test[1], subset, held_out, seed)
        z, new = train[0][chosen], test[0][unseen]
        gaussian = GaussianMixture(len(subset), n_init=5, random_state=seed).fit(z.numpy())
        land, status = _land(metric, z, len(subset), samples, iterations, seed, options)
        density = {
            "LAND": land.log_prob(new, **options).numpy() if land else np.full(len(new), np.nan),
            "Gaussian": gaussian.score_samples(new.numpy()),
        }
        gain = _interval(density["LAND"] - density["Gaussian"], seed)
        for name, own in (("LAND", status), ("Gaussian", "converged" if gaussian.converged_ else "not converged")):
            row = {"subset": " ".join(map(str, subset)), "model": name, "components": len(subset)}
            row |= dict(zip(("value", "low", "high"), _interval(density[name], seed), strict=True))
            rows.append(row | dict(zip(("gain", "gain_low", "gain_high"), gain, strict=True)) | {"status": own})
        if number == 0:
            arrays = _drawn(land, gaussian, z, train[1][chosen], side, seed, options)
    return arrays, pd.DataFrame(rows)


def _land(metric, z, components, samples, iterations, seed, options) -> tuple[LAND | None, str]:
    try:
        land = LAND.fit(metric, z, components, samples=samples, iterations=iterations, seed=seed, **options)
    except (ValueError, torch.linalg.LinAlgError) as error:
        return None, str(error)
    return land, "converged" if land.converged else "not converged"


def _interval(values: Float[np.ndarray, " code"], seed: int) -> tuple[float, float, float]:
    """Mean and its 95 % bootstrap interval."""
    drawn = np.random.default_rng(seed).integers(len(values), size=(RESAMPLES, len(values)))
    low, high = np.quantile(values[drawn].mean(1), [0.025, 0.975])
    return float(values.mean()), float(low), float(high)


def _drawn(land, gaussian, z, labels, side, seed, options) -> xr.Dataset:
    reach = 0.05 * (z.amax(0) - z.amin(0))
    z1, z2 = (torch.linspace(a, b, side).to(z) for a, b in zip(z.amin(0) - reach, z.amax(0) + reach, strict=True))
    grid = torch.cartesian_prod(z2, z1).flip(-1)
    count = len(z)
    nothing = torch.full((len(grid),), torch.nan), torch.full((count, 2), torch.nan)
    density, sample = (land.log_prob(grid, **options), land.sample(count, seed=seed)) if land else nothing
    drawn = np.random.default_rng(seed).permutation(gaussian.sample(count)[0])
    return xr.Dataset(
        {
            "log_density": (
                ("model", "z2", "z1"),
                np.stack([density.numpy(), gaussian.score_samples(grid.numpy())]).reshape(2, side, side),
            ),
            "sample": (("model", "draw", "latent"), np.stack([sample.numpy(), drawn])),
            "code": (("point", "latent"), z.numpy()),
            "label": ("point", labels),
        },
        coords={"model": list(MODELS), "z1": z1.numpy(), "z2": z2.numpy()},
    )
