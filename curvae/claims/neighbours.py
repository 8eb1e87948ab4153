"""Nearest neighbours of codes: who lies beside whom in latent space."""

import numpy as np
from jaxtyping import Float, Int
from scipy.spatial import cKDTree

Labels = Int[np.ndarray, " n"]


def neighbours(codes: Float[np.ndarray, "n latent"], k: int) -> Int[np.ndarray, "n k"]:
    """Indices of the k nearest other points of each point, nearest first.

    Args:
        codes: finite.
        k: from 1 to n - 1.

    Raises:
        ValueError: codes that are not finite or not [n, latent], or a k outside 1 to n - 1.
    """
    codes = np.asarray(codes, dtype=np.float64)
    if codes.ndim != 2 or not np.isfinite(codes).all():
        raise ValueError(f"codes: shape {codes.shape}; allowed: finite, [n, latent]")
    if not 1 <= k < len(codes):
        raise ValueError(f"k = {k}: allowed: 1 to {len(codes) - 1}, the other points")
    found = cKDTree(codes).query(codes, k + 1)[1]
    # among equal points a point need not be its own first neighbour, nor among the first k + 1
    own = found == np.arange(len(codes))[:, None]
    own[~own.any(1), -1] = True
    return found[~own].reshape(len(codes), k)


def purity(codes: Float[np.ndarray, "n latent"], labels: Labels, k: int = 10) -> float:
    """Mean share of the k nearest neighbours that carry the point's own label.

    1 if the labels are clusters far apart; the sum of squared shares of the labels if codes say nothing.
    """
    labels = _one_each(labels, len(codes))
    return float((labels[neighbours(codes, k)] == labels[:, None]).mean())


def neighbour_accuracy(codes: Float[np.ndarray, "n latent"], labels: Labels, k: int = 7) -> float:
    """Leave-one-out accuracy of the k-nearest-neighbour classifier; a tie goes to the smallest label."""
    names, labels = np.unique(_one_each(labels, len(codes)), return_inverse=True)
    votes = (labels[neighbours(codes, k)][..., None] == np.arange(len(names))).sum(1)
    return float((votes.argmax(1) == labels).mean())


def _one_each(labels: Labels, points: int) -> Labels:
    labels = np.asarray(labels)
    if labels.shape != (points,):
        raise ValueError(f"labels: shape {labels.shape}; allowed: {(points,)}, one a code")
    return labels
