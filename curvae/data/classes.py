"""Classes made of true factors."""

import numpy as np
from jaxtyping import Float, Int

FEW = 10  # values of a factor that are classes as they are


def classes(factors: Float[np.ndarray, "sample factor"]) -> Int[np.ndarray, " sample"]:
    """Classes from 0 on: of one factor with few values its values, else which halves of all factors a sample is in.

    Args:
        factors: a factor of at most 10 whole values at least 0, or any number of others, each split at its median.

    Raises:
        ValueError: no factors, or more than 10 classes.
    """
    if factors.ndim != 2 or not factors.shape[1] or 2 ** factors.shape[1] > FEW:
        raise ValueError(f"factors: shape {factors.shape}; allowed: [sample, 1 to 3 factors]")
    values = np.unique(factors)
    if factors.shape[1] == 1 and len(values) <= FEW and (values % 1 == 0).all() and values[0] >= 0:
        return factors[:, 0].astype(int)
    upper = factors > np.median(factors, axis=0)
    return (upper * 2 ** np.arange(factors.shape[1])).sum(1)
