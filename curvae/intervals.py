"""Student's interval of a mean, the same wherever one is taken over seeds, members, orbits or starts."""

import numpy as np
from jaxtyping import Float
from scipy.special import stdtrit


def mean_interval(values: Float[np.ndarray, "case *number"]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Mean over cases, and its 95 % interval by Student's t.

    mean -+ t_{.975, n - 1} s / sqrt(n), s the deviation with n - 1 in the place of n

    Args:
        values: cases along the first axis. NaN counts: it makes mean and interval of its number NaN; who means to leave
            cases out leaves them out before. Minus infinity, the exponent of a direction that is forgotten at once,
            makes all three minus infinity.

    Returns:
        Mean, low and high; the interval is NaN for fewer than two cases, the mean for none.
    """
    n = len(values)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = values.sum(0) / n
        half = stdtrit(n - 1, 0.975) * np.sqrt(((values - mean) ** 2).sum(0) / (n - 1)) / np.sqrt(n)
    half = np.where(np.isneginf(mean), 0, half)
    return mean, mean - half, mean + half
