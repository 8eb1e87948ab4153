"""Distances of two clouds of points, each as a number without a model of either."""

from typing import Any

import numpy as np
from jaxtyping import Float

Points = Float[np.ndarray, "sample feature"]


def frechet(first: Points, second: Points) -> float:
    """Squared 2-Wasserstein distance of the Gaussians that have the clouds' means and covariances.

    |m1 - m2|^2 + tr(C1 + C2 - 2 (C1 C2)^(1/2)).

    Args:
        first: features of some images.
        second: of others; both with more samples than features.

    Raises:
        ValueError: too few samples, or values that are not finite.

    Reference: Dowson & Landau (1982), eq. 4; Heusel et al. (2017), eq. 6, with the features of another network.
    """
    _check(first, second)
    least = first.shape[1] + 1
    if min(len(first), len(second)) < least:
        raise ValueError(f"samples = {min(len(first), len(second))}: allowed: at least {least}, features + 1")
    means, covariances = zip(*((x.mean(0), np.cov(x.T).reshape(x.shape[1], -1)) for x in (first, second)), strict=True)
    values, vectors = np.linalg.eigh(covariances[0])
    root = vectors * np.sqrt(values.clip(0)) @ vectors.T
    # The eigenvalues of C1 C2 are those of C1^(1/2) C2 C1^(1/2), which is symmetric.
    shared = np.linalg.eigvalsh(root @ covariances[1] @ root).clip(0)
    traces = np.trace(covariances[0]) + np.trace(covariances[1]) - 2 * np.sqrt(shared).sum()
    return float(max(np.square(means[0] - means[1]).sum() + traces, 0.0))


def sliced_wasserstein(first: Points, second: Points, directions: int = 200, seed: int = 0) -> float:
    """Mean over random directions of the 1-Wasserstein distance of the projections.

    Between N(0, I) and N(m, I) in d dimensions it is |m| times the mean of |cosine|, 2/pi for d = 2.

    Args:
        first: points.
        second: points; of the same number where the distance is to be exact, else quantiles are compared.
        directions: on the unit sphere.
        seed: of the directions.

    Raises:
        ValueError: values that are not finite.

    Reference: Bonneel et al. (2015), Sliced and Radon Wasserstein Barycenters of Measures.
    """
    _check(first, second)
    ways = np.random.default_rng(seed).standard_normal((first.shape[1], directions))
    ways /= np.linalg.norm(ways, axis=0)
    sides = [np.sort(x @ ways, axis=0) for x in (first, second)]
    if len(first) != len(second):
        at = (np.arange(max(map(len, sides))) + 0.5) / max(map(len, sides))
        sides = [np.quantile(x, at, axis=0, method="hazen") for x in sides]
    return float(np.abs(sides[0] - sides[1]).mean())


def prior_distance(codes: Points, seed: int = 0, **about: Any) -> float:
    """Sliced 1-Wasserstein distance of codes, drawn from the aggregate posterior, to as many draws of N(0, I).

    Args:
        codes: [sample, latent].
        seed: of the draws and the directions.
        about: handed on to `sliced_wasserstein`.
    """
    prior = np.random.default_rng(seed + 1).standard_normal(codes.shape)
    return sliced_wasserstein(codes, prior, seed=seed, **about)


def _check(first: Points, second: Points) -> None:
    for name, x in (("first", first), ("second", second)):
        if not np.isfinite(x).all():
            raise ValueError(f"{name}: {np.size(x) - np.isfinite(x).sum()} values are not finite; allowed: none")
    if first.shape[1] != second.shape[1]:
        raise ValueError(f"features = {first.shape[1]} and {second.shape[1]}: allowed: as many in both")
