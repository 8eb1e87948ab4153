"""Dependence among latents, without factors."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from curvae.scores.information import BINNINGS, bin_latents, mutual_information
from curvae.scores.presets import check_whole
from curvae.scores.sample import living


def gaussian_total_correlation(codes: ArrayLike) -> float:
    """Total correlation of the Gaussian with the codes' covariance, in nats.

    TC = KL(N(0, S) || N(0, diag S)) = -1/2 ln det R with the correlation matrix R of the latents. 0 for
    uncorrelated latents, infinite if one is a linear function of the others; n samples of d independent latents
    give about d (d - 1) / (4 n). It sees linear dependence alone, and no factors: a low value does not say that
    latents match factors, and rotating uncorrelated latents of equal variance leaves it at 0. Dead latents are
    independent of all others and left out.

    Args:
        codes: [n, d] array or CPU tensor.

    Raises:
        ValueError: codes that are not allowed.

    Reference: Locatello et al. 2019, Challenging Common Assumptions in the Unsupervised Learning of
    Disentangled Representations, section 4.2 and appendix.
    """
    covariance = _covariance(living(codes)[0])
    scale = np.sqrt(np.diag(covariance))
    spectrum = np.linalg.eigvalsh(covariance / np.outer(scale, scale))
    if (spectrum <= len(spectrum) * np.finfo(np.float64).eps).any():
        return float("inf")
    return float(max(0.0, -np.log(spectrum).sum() / 2))


def gaussian_wasserstein_correlation(codes: ArrayLike, *, normalised: bool = False) -> float:
    """Squared Wasserstein-2 distance between N(0, S) and N(0, diag S), S the covariance of the codes.

    W = 2 tr S - 2 tr (D^1/2 S D^1/2)^1/2 with D = diag S, in squared units of the codes; normalised W / tr S,
    which has none and is below 2. 0 for uncorrelated latents; unlike the total correlation it stays finite for
    dependent ones. What it does not see is said there.

    Args:
        codes: [n, d] array or CPU tensor.
        normalised: divide by the total variance; 0 if that is 0.

    Raises:
        ValueError: codes that are not allowed.

    Reference: Locatello et al. 2019, as for `gaussian_total_correlation`.
    """
    covariance = _covariance(living(codes)[0])
    scale = np.sqrt(np.diag(covariance))
    spectrum = np.linalg.eigvalsh(covariance * np.outer(scale, scale))
    total = np.trace(covariance)
    distance = max(0.0, float(2 * total - 2 * np.sqrt(np.maximum(spectrum, 0.0)).sum()))
    return distance / float(total) if normalised and total > 0 else distance


def mean_mutual_information(codes: ArrayLike, *, bins: int = 20, binning: str = "quantile") -> float:
    """Mean mutual information of two latents, in nats.

    1 / (d (d - 1)) sum_{i != j} I(z_i; z_j) over binned latents, from counts. Independent latents give about
    (bins - 1)^2 / (2 n) rather than 0. Dead latents know nothing of others and count among the d. With one
    latent there is no pair, and the value is 0.

    Args:
        codes: [n, d] array or CPU tensor.
        bins: bins a latent.
        binning: "quantile", or "equal_width" as in disentanglement_lib.

    Raises:
        ValueError: codes, bins or binning that are not allowed.

    Reference: Locatello et al. 2019, as for `gaussian_total_correlation`.
    """
    check_whole("bins", bins, 2)
    if binning not in BINNINGS:
        raise ValueError(f"binning = {binning!r}: allowed: {', '.join(map(repr, BINNINGS))}")
    values, _ = living(codes, keep_dead=True)
    labels = bin_latents(values, binning, bins)
    information, _ = mutual_information(labels, labels)
    pairs = ~np.eye(len(information), dtype=bool)
    return float(information[pairs].mean()) if pairs.any() else 0.0


def _covariance(codes: NDArray) -> NDArray[np.float64]:
    """[d, d] sample covariance."""
    centred = codes - codes.mean(axis=0)
    return centred.T @ centred / (len(codes) - 1)
