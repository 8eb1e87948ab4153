"""What is decoded between the codes of two images: how sharp it is, and how far from any real image."""

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd
from jaxtyping import Float
from sklearn.neighbors import NearestNeighbors

from curvae.generation.sharpness import sharpness

WAY = 10  # codes of a way between two draws

Steps = Float[np.ndarray, "pair step h w"]


def straight(first: Float[np.ndarray, "*lead pair latent"], last: Float[np.ndarray, "*lead pair latent"], steps: int):
    """Evenly spaced points on straight lines between codes, both ends among them, [*lead, pair, step, latent].

    Args:
        first: codes where the lines begin.
        last: codes where they end.
        steps: of each line, 2 or more.
    """
    share = np.linspace(0, 1, steps)[:, None]
    return first[..., None, :] * (1 - share) + last[..., None, :] * share


def leaps(steps: Steps) -> Float[np.ndarray, " pair"]:
    """Share of a decoded way that its largest step takes: 1 / (steps - 1) if all are even, 1 if it is one leap.

    Args:
        steps: decoded, both ends among them; lengths are root mean squared differences of pixels.
    """
    lengths = np.sqrt(np.square(np.diff(np.asarray(steps, dtype=np.float64), axis=1)).mean((2, 3)))
    way = lengths.sum(1)
    return np.divide(lengths.max(1), way, out=np.ones(len(way)), where=way > 0)


def median_leap(
    decode: Callable[[Float[np.ndarray, "member n latent"]], Float[np.ndarray, "member n h w"]],
    draws: Float[np.ndarray, "member draw latent"],
) -> Float[np.ndarray, " member"]:
    """Median of `leaps` on straight ways of nine steps from the first half of some draws to the second.

    Args:
        decode: codes to images, of all members at once.
        draws: of latents, an even number.
    """
    codes = straight(*np.split(draws, 2, axis=1), WAY)
    members, pairs = codes.shape[:2]
    images = decode(codes.reshape(members, pairs * WAY, -1))
    return np.array([np.median(leaps(one.reshape(pairs, WAY, *one.shape[1:]))) for one in images])


class Neighbours:
    """Distances to the nearest of some real images.

    Args:
        images: [sample, h, w].
    """

    def __init__(self, images: Float[np.ndarray, "sample h w"]):
        flat = np.asarray(images, dtype=np.float32).reshape(len(images), -1)
        self.index = NearestNeighbors(n_neighbors=1, algorithm="brute").fit(flat)

    def distance(self, images: Float[np.ndarray, "sample h w"]) -> Float[np.ndarray, " sample"]:
        """Root mean squared difference of pixels to the nearest image [intensity]."""
        flat = np.asarray(images, dtype=np.float32).reshape(len(images), -1)
        return self.index.kneighbors(flat)[0][:, 0] / np.sqrt(flat.shape[1])


def between_table(steps: Steps, neighbours: Neighbours) -> pd.DataFrame:
    """Sharpness and distance to real images along lines between codes.

    Args:
        steps: decoded, evenly spaced, both ends among them; intensities from 0 to 1.
        neighbours: of real images.

    Returns:
        A row a step: ``fraction`` of the way; means over pairs with 95 % intervals (normal approximation) of
        ``sharpness`` and ``distance`` [intensity], each with ``_low`` and ``_high``; ``pairs``.
    """
    pairs, count = steps.shape[:2]
    flat = steps.reshape(pairs * count, *steps.shape[2:])
    rows = {"fraction": np.linspace(0, 1, count)}
    for name, values in (("sharpness", sharpness(flat)), ("distance", neighbours.distance(flat))):
        values = np.asarray(values, dtype=np.float64).reshape(pairs, count)
        half = 1.96 * values.std(0, ddof=1) / np.sqrt(pairs)
        rows |= {name: values.mean(0), f"{name}_low": values.mean(0) - half, f"{name}_high": values.mean(0) + half}
    return pd.DataFrame(rows | {"pairs": pairs})


def pairs_of_classes(labels: Sequence[float], count: int, seed: int = 0) -> np.ndarray:
    """Random pairs of samples of different classes, [pair, 2].

    Args:
        labels: class of each sample.
        count: of pairs.
        seed: of the choice.

    Raises:
        ValueError: one class alone.
    """
    labels, rng = np.asarray(labels), np.random.default_rng(seed)
    if len(np.unique(labels)) < 2:
        raise ValueError("labels: one class; allowed: two or more")
    found = np.empty((0, 2), dtype=int)
    while len(found) < count:
        drawn = rng.integers(len(labels), size=(2 * count, 2))
        found = np.concatenate([found, drawn[labels[drawn[:, 0]] != labels[drawn[:, 1]]]])
    return found[:count]
