"""Levels of factors and bins of latents."""

import numpy as np
from numpy.typing import NDArray


def quantile_bins(column: NDArray, bins: int) -> NDArray[np.int64]:
    """Equal-frequency bins of one variable.

    At most `bins` distinct values: each value is a bin. Otherwise the bin is floor(bins * r), where r in
    (0, 1) is the mid-rank: the share of samples below the value plus half the share of those equal to it.
    Only ranks enter, so a strictly increasing map changes nothing and no outlier can empty the bins.

    Args:
        column: [n] finite numbers.
        bins: largest number of bins.

    Returns:
        [n] bin of each sample, 0 to bins - 1.
    """
    _, label, counts = np.unique(column, return_inverse=True, return_counts=True)
    if len(counts) <= bins:
        return label
    middle = np.cumsum(counts) - counts / 2
    return (bins * middle / len(column)).astype(np.int64)[label]


def equal_width_bins(column: NDArray, bins: int) -> NDArray[np.int64]:
    """Bins of equal width between the smallest and the largest value.

    Args:
        column: [n] finite numbers.
        bins: number of bins.

    Returns:
        [n] bin of each sample, 0 to bins - 1; all 0 for a constant.
    """
    low, high = column.min(), column.max()
    if low == high:
        return np.zeros(len(column), dtype=np.int64)
    return np.minimum((bins * ((column - low) / (high - low))).astype(np.int64), bins - 1)


def is_continuous(column: NDArray, max_levels: int) -> bool:
    """Whether a factor has to be binned before its values can be counted.

    A factor is discrete if it has at most `max_levels` distinct values and each is seen twice on average; the
    values themselves need not be whole numbers, so a grid such as linspace(0.5, 1, 6) is discrete.

    Args:
        column: [n] values of the factor.
        max_levels: largest number of levels of a discrete factor.
    """
    distinct = len(np.unique(column))
    return distinct > max_levels or 2 * distinct > len(column)


def standardise(values: NDArray, reference: NDArray | None = None) -> NDArray[np.float64]:
    """Columns with mean 0 and standard deviation 1; a constant column becomes 0.

    Args:
        values: [n, d] finite numbers.
        reference: [m, d] where the moments come from; None takes `values`.
    """
    reference = values if reference is None else reference
    varies = np.ptp(reference, axis=0) > 0
    spread = np.where(varies, reference.std(axis=0), 1.0)
    return np.where(varies, (values - reference.mean(axis=0)) / spread, 0.0)
