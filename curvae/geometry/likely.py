"""Which ways codes are likely to move, by several definitions, and how far these agree."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
import torch
import xarray as xr
from jaxtyping import Float, Int
from scipy.spatial import KDTree
from torch import Tensor

from curvae.geometry.directions import Directions, likely_directions, local_covariance, posterior_covariance
from curvae.geometry.metric import PullbackMetric
from curvae.types import Codes, Decoder, Matrices

RESAMPLES = 1000
FILM = (-1.0, -0.5, 0.0, 0.5, 1.0)  # moves [prior s.d.]


def natural(decoder: Decoder, likelihood: str) -> Decoder:
    """Features 2 arcsin sqrt(p) of Bernoulli means p, whose pull-back is J' diag(1 / p(1-p)) J; others times sqrt 2.

    The pull-back is then the Fisher information of the likelihood; squared error is a Gaussian of variance 1/2. Means
    that rounding has made 0 or 1 count as constant: their information is of its size.

    Args:
        decoder: codes to means.
        likelihood: "bernoulli" or "gaussian".

    Raises:
        ValueError: another likelihood.
    """
    if likelihood == "bernoulli":
        return lambda z: _angle(decoder(z))
    if likelihood == "gaussian":
        return lambda z: 2**0.5 * decoder(z)
    raise ValueError(f"likelihood = {likelihood!r}: allowed: bernoulli, gaussian")


def _angle(p: Float[Tensor, "point feature"]) -> Float[Tensor, "point feature"]:
    eps = torch.finfo(p.dtype).eps
    return 2 * p.clamp(eps, 1 - eps).sqrt().arcsin()


def step_covariance(
    codes: Codes, z: Codes, trajectory: Int[Tensor, " code"], *, neighbours: int = 200
) -> Float[Tensor, "point latent latent"]:
    """Cov[z_{t+1} - z_t | z_t] over the steps that start nearest to points.

    Args:
        codes: in the order of time [m, d].
        z: points [n, d].
        trajectory: of each code; a step joins neighbours of one.
        neighbours: steps, 2 to their number.

    Raises:
        ValueError: a number of neighbours that is out of range.
    """
    same = trajectory[1:] == trajectory[:-1]
    start, step = codes[:-1][same], (codes[1:] - codes[:-1])[same]
    if not 2 <= neighbours <= len(step):
        raise ValueError(f"neighbours = {neighbours}: allowed: 2 to {len(step)}")
    near = KDTree(start.numpy(force=True)).query(z.numpy(force=True), neighbours)[1]
    away = step[torch.as_tensor(near)]
    away = away - away.mean(1, keepdim=True)
    return away.mT @ away / (neighbours - 1)


def likely_moves(
    decoder: Decoder,
    codes: Codes,
    *,
    likelihood: str,
    beta: float = 1.0,
    trajectory: Int[np.ndarray, " code"] | None = None,
    predicted: Matrices | None = None,
    points: int = 300,
    neighbours: int = 200,
    step: float = 0.5,
    seed: int = 0,
) -> tuple[xr.Dataset, pd.DataFrame]:
    """Likely and unlikely directions at random codes by the definitions that the data allow.

    "steps": covariance of z_{t+1} - z_t where the code is z_t, if there are trajectories. "predicted": covariance of
    the next code by a predictor's density, if there is one: what it does not know after all that it has seen.
    "posterior": (I + F / beta)^-1 with F the Fisher information of the decoded likelihood, large where images change
    least. "codes": covariance of the nearest codes; where these are posterior means, as in the study, that of the
    aggregate posterior there less the mean of the posteriors' own variances.

    Args:
        decoder: codes [point, latent] to means.
        codes: [code, latent], two latents or more, in the order of time where there are trajectories.
        likelihood: see `natural`.
        beta: weight of the KL divergence that the codes were trained with.
        trajectory: of each code.
        predicted: covariance of the code after each code [code, latent, latent].
        points: random codes looked at.
        neighbours: of each.
        step: length of the move whose effect on the decoded image is measured [prior s.d.].
        seed: of points and bootstrap.

    Returns:
        ``film`` (way, move, feature): decoded moves along the likeliest and the unlikeliest direction of the first
        definition from the first point; and a table, one row a statistic, definition and axis or other definition:
        value, low, high (95 % bootstrap interval over points). Statistics: "share" of the variance along an axis;
        "spectrum", median of the k-th largest local variance over the largest; "unlikeliest over likeliest", the
        last of these; "agreement likeliest" and "agreement unlikeliest", median |cos| between two definitions,
        with random directions' as definition "chance"; "mass" and "image", median relative change of the decoded
        images' sum and of the images, |f(z + move) - f(z)| / |f(z)|, along the likeliest and unlikeliest direction.

    Raises:
        ValueError: fewer than two latents, codes that are not finite, or a number out of range.
    """
    if codes.ndim != 2 or codes.shape[1] < 2 or not codes.isfinite().all() or not 1 <= points <= len(codes):
        raise ValueError(
            f"codes: shape {tuple(codes.shape)}, points = {points}: allowed: finite [code, 2 latents or more], "
            f"1 to {len(codes)} points"
        )
    chosen = np.random.default_rng(seed).choice(len(codes), points, replace=False)
    z, covariances = codes[chosen], {}
    if trajectory is not None:
        covariances["steps"] = step_covariance(codes, z, torch.as_tensor(trajectory), neighbours=neighbours)
    if predicted is not None:
        covariances["predicted"] = predicted[chosen]
    covariances["posterior"] = posterior_covariance(PullbackMetric(natural(decoder, likelihood)), z, beta=beta)
    covariances["codes"] = local_covariance(codes, z, neighbours=neighbours)
    found = {name: likely_directions(covariance) for name, covariance in covariances.items()}
    rows = [*_spectra(covariances, found), *_agreements(found, codes.shape[1], points, seed)]
    with torch.no_grad():
        rows += _effects(decoder, z, found, step)
        first = next(iter(found.values()))
        moves = torch.tensor(FILM).to(z)
        ways = torch.stack([z[0] + moves[:, None] * first.vector[0, :, k] for k in (0, -1)])
        film = decoder(ways.flatten(0, 1)).view(2, len(FILM), -1)
    arrays = xr.Dataset(
        {"film": (("way", "move", "feature"), film.float().numpy())},
        coords={"way": ["likeliest", "unlikeliest"], "move": list(FILM)},
        attrs={"definition": next(iter(found))},
    )
    return arrays, pd.DataFrame([_row(*row, seed) for row in rows])


def _spectra(covariances: Mapping[str, Matrices], found: Mapping[str, Directions]) -> list[tuple]:
    rows = []
    for name, covariance in covariances.items():
        variance = covariance.diagonal(dim1=1, dim2=2)
        rows += [("share", name, f"z{k + 1}", variance.mT, k) for k in range(variance.shape[1])]
        relative = found[name].variance / found[name].variance[:, :1]
        rows += [("spectrum", name, str(k + 1), relative[:, k], None) for k in range(relative.shape[1])]
        rows.append(("unlikeliest over likeliest", name, "", found[name].ratio, None))
    return rows


def _agreements(found: Mapping[str, Directions], latents: int, points: int, seed: int) -> list[tuple]:
    generator = torch.Generator().manual_seed(seed)
    random = torch.randn(points, latents, generator=generator, dtype=torch.float64)
    chance = random[:, 0].abs() / random.norm(dim=1)
    rows, names = [], list(found)
    for statistic, axis in (("agreement likeliest", 0), ("agreement unlikeliest", -1)):
        for i, one in enumerate(names):
            for other in names[i + 1 :]:
                cosine = (found[one].vector[..., axis] * found[other].vector[..., axis]).sum(1).abs()
                rows.append((statistic, one, other, cosine, None))
        rows.append((statistic, "chance", "", chance, None))
    return rows


def _effects(decoder: Decoder, z: Codes, found: Mapping[str, Directions], step: float) -> list[tuple]:
    rows, still = [], decoder(z)
    for name, directions in found.items():
        for way, axis in (("likeliest", 0), ("unlikeliest", -1)):
            moved = decoder(z + step * directions.vector[..., axis])
            rows.append(("mass", name, way, (moved.sum(1) / still.sum(1) - 1).abs(), None))
            rows.append(("image", name, way, (moved - still).norm(dim=1) / still.norm(dim=1), None))
    return rows


def _row(statistic: str, definition: str, axis: str, values: Tensor, part: int | None, seed: int) -> dict:
    """Median over points, or the share of one row of values in the sum of all, with its interval."""
    own = values.detach().numpy()
    drawn = np.random.default_rng(seed).integers(own.shape[-1], size=(RESAMPLES, own.shape[-1]))
    if part is None:
        value, resampled = np.median(own), np.median(own[drawn], axis=1)
    else:
        value = own[part].sum() / own.sum()
        resampled = own[part][drawn].sum(1) / own[:, drawn].sum((0, 2))
    low, high = np.quantile(resampled, [0.025, 0.975])
    said = {"statistic": statistic, "definition": definition, "axis": axis}
    return said | {"value": float(value), "low": float(low), "high": float(high)}
