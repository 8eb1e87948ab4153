"""Dependence among latents, without factors."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import xlogy

from curvae.scores.information import BINNINGS, bin_latents
from curvae.scores.presets import check_whole
from curvae.scores.result import Score, around, stream
from curvae.scores.sample import living

NO_FACTORS = "NaN: the measure sees no factors, so there are none to permute and no oracle code"


def gaussian_total_correlation(codes: ArrayLike, *, seed: int = 0, bootstrap: int = 200) -> Score:
    """Total correlation of the Gaussian with the codes' covariance, in nats.

    TC = KL(N(0, S) || N(0, diag S)) = -1/2 ln det R with the correlation matrix R of the latents. 0 for
    uncorrelated latents, infinite if one is a linear function of the others; n samples of d independent latents
    give about d (d - 1) / (4 n). It sees linear dependence alone, and no factors: a low value does not say that
    latents match factors, and rotating uncorrelated latents of equal variance leaves it at 0. Dead latents are
    independent of all others and left out.

    Args:
        codes: [n, d] array or CPU tensor.
        seed: of the bootstrap.
        bootstrap: resamples of the interval, samples drawn with replacement; 0 for none.

    Returns:
        Score; the interval of an infinite value is infinite. Floor and ceiling are NaN, and
        ``details["floor_and_ceiling"]`` says why.

    Raises:
        ValueError: codes or settings that are not allowed.

    Reference: Locatello et al. 2019, Challenging Common Assumptions in the Unsupervised Learning of
    Disentangled Representations, section 4.2 and appendix.
    """
    return _of_covariance(codes, total_correlations, seed, bootstrap)


def gaussian_wasserstein_correlation(
    codes: ArrayLike, *, normalised: bool = False, seed: int = 0, bootstrap: int = 200
) -> Score:
    """Squared Wasserstein-2 distance between N(0, S) and N(0, diag S), S the covariance of the codes.

    W = 2 tr S - 2 tr (D^1/2 S D^1/2)^1/2 with D = diag S, in squared units of the codes; normalised W / tr S,
    which has none and is below 2. 0 for uncorrelated latents; unlike the total correlation it stays finite for
    dependent ones. What it does not see is said there.

    Args:
        codes: [n, d] array or CPU tensor.
        normalised: divide by the total variance; 0 if that is 0.
        seed: of the bootstrap.
        bootstrap: resamples of the interval, samples drawn with replacement; 0 for none.

    Returns:
        Score; floor and ceiling as for `gaussian_total_correlation`.

    Raises:
        ValueError: codes or settings that are not allowed.

    Reference: Locatello et al. 2019, as for `gaussian_total_correlation`.
    """
    return _of_covariance(codes, lambda covariances: wasserstein_distances(covariances, normalised), seed, bootstrap)


def mean_mutual_information(
    codes: ArrayLike, *, bins: int = 20, binning: str = "quantile", seed: int = 0, bootstrap: int = 200
) -> Score:
    """Mean mutual information of two latents, in nats.

    1 / (d (d - 1)) sum_{i != j} I(z_i; z_j) over binned latents, from counts. Independent latents give about
    (bins - 1)^2 / (2 n) rather than 0. Dead latents know nothing of others and count among the d. With one
    latent there is no pair, and the value is 0. The bootstrap keeps the bins.

    Args:
        codes: [n, d] array or CPU tensor.
        bins: bins a latent.
        binning: "quantile", or "equal_width" as in disentanglement_lib.
        seed: of the bootstrap.
        bootstrap: resamples of the interval, samples drawn with replacement; 0 for none.

    Returns:
        Score; floor and ceiling as for `gaussian_total_correlation`.

    Raises:
        ValueError: codes or settings that are not allowed.

    Reference: Locatello et al. 2019, as for `gaussian_total_correlation`.
    """
    check_whole("bins", bins, 2)
    check_whole("bootstrap", bootstrap, 0)
    if binning not in BINNINGS:
        raise ValueError(f"binning = {binning!r}: allowed: {', '.join(map(repr, BINNINGS))}")
    values, dead, doubts = living(codes)
    n, d = values.shape
    measure = _pairwise(bin_latents(values[:, ~dead], binning, bins), d * (d - 1) // 2) if (~dead).sum() > 1 else None
    rng = stream(seed, "bootstrap")
    if measure is None:
        value, draws = 0.0, np.zeros(bootstrap)
    else:
        value = measure(np.arange(n))
        draws = np.array([measure(rng.integers(n, size=n)) for _ in range(bootstrap)])
    return _score(value, draws, doubts, {"settings": {"bins": bins, "binning": binning, "bootstrap": bootstrap}})


def total_correlations(covariances: NDArray) -> NDArray[np.float64]:
    """-1/2 ln det R of each covariance [..., d, d], R its correlations; latents without variance are left out."""
    scale = np.sqrt(np.diagonal(covariances, axis1=-2, axis2=-1))
    alive = scale > 0
    inverse = np.divide(1.0, scale, out=np.zeros_like(scale), where=alive)
    correlations = covariances * inverse[..., None] * inverse[..., None, :]
    # A latent without variance stands apart, with a variance of 1.
    spectrum = np.linalg.eigvalsh(correlations + np.eye(scale.shape[-1]) * ~alive[..., None])
    singular = (spectrum <= spectrum.shape[-1] * np.finfo(np.float64).eps).any(axis=-1)
    logs = np.log(np.where(singular[..., None], 1.0, spectrum)).sum(axis=-1)
    return np.where(singular, np.inf, np.maximum(0.0, -logs / 2))


def wasserstein_distances(covariances: NDArray, normalised: bool = False) -> NDArray[np.float64]:
    """2 tr S - 2 tr (D^1/2 S D^1/2)^1/2 of each covariance S [..., d, d]; normalised divided by tr S."""
    variances = np.diagonal(covariances, axis1=-2, axis2=-1)
    scale, whole = np.sqrt(variances), variances.sum(axis=-1)
    spectrum = np.linalg.eigvalsh(covariances * scale[..., None] * scale[..., None, :])
    distances = np.maximum(0.0, 2 * whole - 2 * np.sqrt(np.maximum(spectrum, 0.0)).sum(axis=-1))
    return np.divide(distances, whole, out=np.zeros_like(whole), where=whole > 0) if normalised else distances


def _of_covariance(codes: ArrayLike, measure: Callable[[NDArray], NDArray], seed: int, bootstrap: int) -> Score:
    """Score of the codes by a measure of covariances [..., d, d] -> [...]; dead latents are left out."""
    check_whole("bootstrap", bootstrap, 0)
    values, dead, doubts = living(codes)
    details: dict[str, Any] = {"settings": {"bootstrap": bootstrap}}
    alive = values[:, ~dead]
    if not alive.size:
        return _score(0.0, np.zeros(bootstrap), doubts, details)
    n, d = alive.shape
    centred = alive - alive.mean(axis=0)
    value = float(measure(centred.T @ centred / (n - 1)))
    rng = stream(seed, "bootstrap")
    covariances = np.empty((bootstrap, d, d))
    for covariance in covariances:
        counted = centred * np.bincount(rng.integers(n, size=n), minlength=n)[:, None]
        mean = counted.sum(axis=0) / n
        covariance[:] = (counted.T @ centred - n * np.outer(mean, mean)) / (n - 1)
    return _score(value, measure(covariances), doubts, details)


def _pairwise(labels: NDArray, pairs: int) -> Callable[[NDArray], float]:
    """Function from rows to the sum of the mutual information of any two columns, over a number of pairs.

    With counts c, n H = n ln n - sum c ln c, so that I(x; y) = ln n - (sum_x + sum_y - sum_xy) / n.
    """
    n, d = labels.shape
    width = labels.max() + 1
    first, second = np.triu_indices(d, 1)
    alone = labels + width * np.arange(d)
    joint = width * labels[:, first] + labels[:, second] + width**2 * np.arange(len(first))
    logs = xlogy(np.arange(n + 1), np.arange(n + 1))

    def measure(rows: NDArray) -> float:
        one, two = (logs[np.bincount(cells[rows].ravel())].sum() for cells in (alone, joint))
        return float(max(0.0, len(first) * np.log(n) - ((d - 1) * one - two) / n) / pairs)

    return measure


def _score(value: float, draws: NDArray, doubts: tuple[str, ...], details: dict[str, Any]) -> Score:
    """A score without floor and ceiling; no interval without draws, an infinite one of an infinite value."""
    nan = float("nan")
    interval = (nan, nan)
    if np.isinf(value):
        interval, doubts = (value, value), (*doubts, "latents are linear functions of others: the value is infinite")
    elif lost := np.isinf(draws).sum():
        doubts = (*doubts, f"no interval: {lost} of {len(draws)} resamples have too few different samples")
    elif len(draws):
        interval = around(value, draws)
    return Score(value, interval, nan, nan, doubts, details | {"floor_and_ceiling": NO_FACTORS})
