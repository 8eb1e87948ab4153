"""Nearest neighbours of codes: who lies beside whom in latent space."""

import numpy as np
from jaxtyping import Float, Int
from scipy.spatial import cKDTree, procrustes

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


def crossings(
    codes: Float[np.ndarray, "n latent"], labels: Labels, pairs: int, steps: int, k: int = 7, seed: int = 0
) -> float:
    """Share of straight lines between codes of different labels that pass a third label and return to none they left.

    A place has the label of most of its k nearest codes; a tie goes to the smallest. The ends have their own labels.

    Args:
        codes: finite.
        labels: of each.
        pairs: lines, between codes drawn at random.
        steps: places on a line between its ends.
        k: neighbours.
        seed: of the pairs.

    Raises:
        ValueError: labels that are not one a code, or all the same.
    """
    codes, (names, labels) = (
        np.asarray(codes, np.float64),
        np.unique(_one_each(labels, len(codes)), return_inverse=True),
    )
    if len(names) < 2:
        raise ValueError("labels: all the same; allowed: two or more")
    drawn = np.random.default_rng(seed).integers(len(codes), size=(64 * pairs, 2))
    ends = drawn[labels[drawn[:, 0]] != labels[drawn[:, 1]]][:pairs]
    shares = np.arange(1, steps + 1)[:, None, None] / (steps + 1)
    places = (1 - shares) * codes[ends[:, 0]] + shares * codes[ends[:, 1]]
    near = labels[cKDTree(codes).query(places.reshape(-1, codes.shape[1]), k)[1]]
    between = (near[..., None] == np.arange(len(names))).sum(1).argmax(1).reshape(steps, len(ends))
    return float(
        np.mean([_orderly([first, *way, last]) for (first, last), way in zip(labels[ends], between.T, strict=True)])
    )


def _orderly(way: list[int]) -> bool:
    """Whether a sequence of labels has three or more, each in one piece."""
    pieces = [label for label, before in zip(way, [None, *way], strict=False) if label != before]
    return len(pieces) == len(set(pieces)) > 2


def _one_each(labels: Labels, points: int) -> Labels:
    labels = np.asarray(labels)
    if labels.shape != (points,):
        raise ValueError(f"labels: shape {labels.shape}; allowed: {(points,)}, one a code")
    return labels


def arrangement(
    first: Float[np.ndarray, "label latent"], second: Float[np.ndarray, "label latent"], draws: int = 999, seed: int = 0
) -> tuple[float, float]:
    """How alike two arrangements of the same labels are, up to a rotation, a reflection and a scale.

    Args:
        first: a place of each label.
        second: the same in another latent space of as many latents.
        draws: of random names for the second's places.
        seed: of the draws.

    Returns:
        The Procrustes disparity (0 for the same shape, 1 for shapes that have nothing in common), and the share of the
        draws, and the names themselves, that fit as well; NaN where one has no shape: all in one place, or not finite.
    """
    if not all(np.isfinite(places).all() and np.ptp(places, axis=0).any() for places in (first, second)):
        return np.nan, np.nan
    rng = np.random.default_rng(seed)
    found = procrustes(first, second)[2]
    others = [procrustes(first, rng.permutation(second))[2] for _ in range(draws)]
    return found, (1 + np.count_nonzero(np.array(others) <= found * (1 + 1e-9))) / (1 + draws)
