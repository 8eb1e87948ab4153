"""The KL divergence of codes split into mutual information, total correlation and dimension-wise KL."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import ArrayLike, NDArray
from tqdm import tqdm

from curvae.scores.members import single
from curvae.scores.presets import check_whole
from curvae.scores.result import stream

PAIRS = 2**18  # densities held at a time: 2 MiB
LARGEST = 300.0  # of means and log-variances; beyond it densities overflow
ALIVE = 0.01  # nats; a latent with less carries nothing
SATURATED = 0.5  # nats below ln n, from where on the mutual information is taken to be at its most


class Errors(NamedTuple):
    """Standard errors of the sampling of z, the samples x being given."""

    mi: float
    tc: float
    dwkl: float
    kl: float


@dataclass(frozen=True)
class Decomposition:
    """Parts of the mean KL divergence of q(z | x) to N(0, I), in nats.

    Attributes:
        mi: index-code mutual information E[log q(z | x) - log q(z)], from 0 to ln n.
        tc: total correlation E[log q(z) - sum_j log q(z_j)], from 0.
        dwkl: dimension-wise KL, sum_j E[log q(z_j) - log p(z_j)], from 0.
        kl: mean of the KL in closed form.
        kl_sampled: mean of log q(z | x) - log p(z) over the draws.
        kl_per_latent: mean of the KL of each latent in closed form, [latent].
        error: standard errors of mi, tc and dwkl, and of kl_sampled.
    """

    mi: float
    tc: float
    dwkl: float
    kl: float
    kl_sampled: float
    kl_per_latent: NDArray[np.float64] = field(compare=False)
    error: Errors


def kl_decomposition(
    mean: ArrayLike, logvar: ArrayLike, seed: int = 0, draws: int = 2, controlled: bool = True
) -> Decomposition:
    """Split the mean KL of n posteriors at the aggregate posterior q(z) = 1/n sum_i q(z | x_i) of the same n.

    Densities are exact, n x n in float64 and in log space; only z ~ q(z | x_i) is sampled, a few draws for every i. The
    sum mi + tc + dwkl is `kl_sampled` as it stands. The sampled log q(z | x) and log p(z) have known means, so they
    serve as control variates: each part is regressed on their deviations among the draws of a sample, and moved by
    what the regression says of their distance from the known means. The parts of the regression add up, so that then
    mi + tc + dwkl = `kl`, to rounding, and the errors are smaller. A part may fall outside its range by its error.

    The n samples are the distribution here: mi cannot exceed ln n, and tc has the dependence of these n codes.

    Args:
        mean: of q(z | x), [n, d].
        logvar: of q(z | x), [n, d].
        seed: of the draws.
        draws: of z for every sample, 2 or more.
        controlled: use the control variates.

    Raises:
        ValueError: wrong shapes, fewer than 4 samples, NaN or numbers beyond 300, or draws or a seed that
            are not allowed.

    Reference: Hoffman & Johnson (2016), ELBO surgery; Chen et al. (2018), Isolating Sources of Disentanglement in VAEs,
    eq. 2.
    """
    mean, logvar = _checked(mean, logvar)
    check_whole("draws", draws, 2)
    n, d = mean.shape
    noise = stream(seed, "value").standard_normal((draws, n, d))
    steps = np.exp(0.5 * logvar) * noise
    conditional = _log_normal(noise, logvar)
    prior = _log_normal(mean + steps, 0.0)
    densities = [_aggregate(each, mean, logvar) for each in steps]
    joint, product = (np.stack(side) for side in zip(*densities, strict=True))
    parts = np.stack([conditional - joint, joint - product, product - prior], axis=-1)  # [draw, sample, part]

    kl = 0.5 * (mean**2 + np.exp(logvar) - 1 - logvar)
    controls = np.stack(
        [
            conditional - _log_normal(np.ones(d), logvar),
            prior + 0.5 * (mean**2 + np.exp(logvar) + np.log(2 * np.pi)).sum(-1),
        ],
        axis=-1,
    )
    spread = parts - parts.mean(axis=0)
    whole = np.sqrt((spread.sum(axis=-1) ** 2).sum() / (n * (draws - 1)) / (n * draws))
    freedom = n * (draws - 1)
    if controlled:
        deviations = controls - controls.mean(axis=0)
        slopes = np.linalg.lstsq(deviations.reshape(-1, 2), spread.reshape(-1, 3))[0]
        parts, spread = parts - controls @ slopes, spread - deviations @ slopes
        freedom -= len(slopes)
    errors = np.sqrt((spread**2).sum(axis=(0, 1)) / freedom / (n * draws))
    mi, tc, dwkl = parts.mean(axis=(0, 1)).tolist()
    return Decomposition(
        mi=mi,
        tc=tc,
        dwkl=dwkl,
        kl=float(kl.sum(axis=1).mean()),
        kl_sampled=float((conditional - prior).mean()),
        kl_per_latent=kl.mean(axis=0),
        error=Errors(*errors.tolist(), kl=float(whole)),
    )


def decompose_members(stacks: Sequence[xr.Dataset], *, samples: int, seed: int) -> pd.DataFrame:
    """Split the KL of every member of a sweep.

    Args:
        stacks: codes, ``mean`` and ``logvar`` (member, sample, latent) with the members' axes as coordinates; attribute
            ``posterior``, by default "gaussian".
        samples: number of samples used at most, the first ones.
        seed: of the draws of every member.

    Returns:
        One row a member: its axes, ``mi``, ``tc``, ``dwkl`` and ``kl`` in nats, ``kl_sampled`` (the sum of the parts
        without control variates), the standard errors ``mi_error``, ``tc_error``, ``dwkl_error`` and ``kl_error`` (of
        kl_sampled), ``kl_most`` and ``kl_least`` (of the latents with .01 nats or more, the KL of the one that carries
        most and least; NaN if there is none), ``n`` and ``d`` (samples and latents), ``saturated`` (mi within .5 nats
        of ln n), and ``warnings``. A diverged member, and one whose posterior is a point, has NaN and says so. The
        prior is N(0, v I) with the codes' attribute ``prior_variance`` v, by default 1.

    Raises:
        ValueError: codes of another posterior, whose mean and variance are no density.
    """
    rows = []
    for stack in stacks:
        if (posterior := stack.attrs.get("posterior", "gaussian")) not in ("gaussian", "point"):
            raise ValueError(
                f"posterior = {posterior!r}: allowed: 'gaussian', whose density is in closed form, 'point'"
            )
    for member, row in tqdm(single(stacks), desc="decomposition", unit="member", disable=None):
        mean, logvar = (member[name].values[:samples] for name in ("mean", "logvar"))
        variance = member.attrs.get("prior_variance", 1.0)
        mean, logvar = mean / np.sqrt(variance), logvar - np.log(variance)
        values, warning = dict.fromkeys(COLUMNS, np.nan), "the member diverged: its codes are not finite or too large"
        if np.isneginf(logvar).all():
            warning = "no density: the posterior is a point"
        elif _sound(mean, logvar):
            found, warning = kl_decomposition(mean, logvar, seed), ""
            errors = {f"{name}_error": error for name, error in found.error._asdict().items()}
            values = {name: getattr(found, name) for name in ("mi", "tc", "dwkl", "kl", "kl_sampled")} | errors
            if (alive := found.kl_per_latent[found.kl_per_latent >= ALIVE]).size:
                values |= {"kl_most": alive.max(), "kl_least": alive.min()}
        most = np.log(len(mean))
        saturated = bool(values["mi"] > most - SATURATED)
        if saturated:
            warning = f"mi is near its most, ln n = {most:.2f}: posteriors hardly overlap, tc holds what mi cannot"
        shape = {"n": mean.shape[0], "d": mean.shape[1], "saturated": saturated}
        rows.append(row | values | shape | {"warnings": warning})
    return pd.DataFrame(rows)


COLUMNS = ("mi", "tc", "dwkl", "kl", "kl_sampled", "mi_error", "tc_error", "dwkl_error", "kl_error")
COLUMNS += ("kl_most", "kl_least")


def _checked(mean: ArrayLike, logvar: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    mean, logvar = np.asarray(mean, dtype=np.float64), np.asarray(logvar, dtype=np.float64)
    if mean.ndim != 2 or mean.shape[1] == 0:
        raise ValueError(f"mean: shape {mean.shape}: allowed: [sample, latent]")
    if len(mean) < 4:
        raise ValueError(f"mean: {len(mean)} samples: allowed: 4 or more")
    if logvar.shape != mean.shape:
        raise ValueError(f"logvar: shape {logvar.shape}: allowed: {mean.shape}, that of mean")
    if not _sound(mean, logvar):
        raise ValueError(f"mean, logvar: NaN or out of range: allowed: numbers within {LARGEST:g} of 0")
    return mean, logvar


def _sound(mean: NDArray, logvar: NDArray) -> bool:
    return bool((np.abs(mean) < LARGEST).all() and (np.abs(logvar) < LARGEST).all())


def _log_normal(standardised: NDArray, logvar: NDArray | float) -> NDArray[np.float64]:
    """log density of diagonal Gaussians at (z - mean) / sd, summed over the last axis."""
    return -0.5 * (standardised**2 + logvar + np.log(2 * np.pi)).sum(axis=-1)


def _aggregate(steps: NDArray, mean: NDArray, logvar: NDArray) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """log q(z) and sum_j log q(z_j) of every z = mean + step, [n] each."""
    n, d = mean.shape
    # Latent by latent the densities of all samples lie next to each other.
    centre, rate = np.ascontiguousarray(mean.T), np.ascontiguousarray(np.exp(-0.5 * logvar).T * np.sqrt(0.5))
    offset = np.ascontiguousarray(0.5 * (logvar.T + np.log(2 * np.pi)))
    joint, product = np.empty(n), np.zeros(n)
    rows = max(1, PAIRS // n)
    for first in range(0, n, rows):
        block = slice(first, first + rows)
        total = np.zeros((len(steps[block]), n))
        for latent in range(d):
            # Means first: z - mean of its own sample is then the step itself, however small.
            pairs = mean[block, latent, None] - centre[latent]
            pairs += steps[block, latent, None]
            pairs *= rate[latent]
            np.square(pairs, out=pairs)
            pairs += offset[latent]
            np.negative(pairs, out=pairs)
            total += pairs
            product[block] += _log_mean_exp(pairs)
        joint[block] = _log_mean_exp(total)
    return joint, product


def _log_mean_exp(logs: NDArray) -> NDArray[np.float64]:
    """log of the mean of exp over the last axis; `logs` is overwritten."""
    top = logs.max(axis=1, keepdims=True)
    logs -= top
    np.exp(logs, out=logs)
    return np.log(logs.mean(axis=1)) + top[:, 0]
