"""Mutual information of a continuous latent and a discrete factor from nearest neighbours."""

import numpy as np
from numpy.typing import NDArray
from scipy.special import digamma

from curvae.scores.discretise import standardise

JITTER = 1e-10  # standard deviations; splits ties, for which the estimate is not made


def ksg_terms(codes: NDArray, labels: NDArray, neighbours: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """Per-sample terms of the nearest-neighbour estimate; their mean is the mutual information.

    I(z; v) = mean_i [ psi(N) + psi(K_i) - psi(N_i) - psi(m_i) ]: N_i samples have the level of sample i; r_i is
    the distance to its K_i-th neighbour among these, K_i = min(neighbours, N_i - 1); m_i samples of any level,
    i among them, are closer than r_i. Samples alone in their level are left out, of N too.

    Args:
        codes: [n, d]; constant latents get 0.
        labels: [n, k] levels 0, 1, ...
        neighbours: K.
        rng: of the jitter that splits ties.

    Returns:
        [n, d, k] terms in nats. The mean of independent variables scatters around 0.

    Reference: Ross 2014, Mutual Information between Discrete and Continuous Data Sets, eq. 2.
    """
    varies = np.flatnonzero(np.ptp(codes, axis=0) > 0)
    values = standardise(codes)[:, varies] + JITTER * rng.standard_normal((len(codes), len(varies)))
    terms = np.zeros((*codes.shape, labels.shape[1]))
    for j, column in zip(varies, values.T, strict=True):
        for k, level in enumerate(labels.T):
            terms[:, j, k] = _terms(column, level, neighbours)
    return terms


def _terms(values: NDArray, labels: NDArray, neighbours: int) -> NDArray:
    sizes = np.bincount(labels)
    rows = np.flatnonzero(sizes[labels] > 1)
    if len(rows) == 0:
        return np.zeros(len(labels))
    whole = np.sort(values[rows])
    order = rows[np.lexsort((values[rows], labels[rows]))]
    _, starts = np.unique(labels[order], return_index=True)
    terms = np.zeros(len(labels))
    for block in np.split(order, starts[1:]):
        nearest = min(neighbours, len(block) - 1)
        x = values[block]
        radius = _distance(x, nearest)
        slack = 4 * np.spacing(np.abs(x) + radius)  # x - radius may round to either side of the neighbour
        inside = np.searchsorted(whole, x + radius - slack) - np.searchsorted(whole, x - radius + slack)
        terms[block] = digamma(len(rows)) + digamma(nearest) - digamma(len(block)) - digamma(np.maximum(inside, 1))
    return terms * len(labels) / len(rows)


def _distance(ordered: NDArray, nearest: int) -> NDArray:
    """Distance of each of some ordered numbers to its `nearest`-th neighbour among them.

    The neighbours and the number itself are `nearest` + 1 in a row; the closest such row gives the distance.
    """
    n = len(ordered)
    padded = np.concatenate([np.full(nearest, -np.inf), ordered, np.full(nearest, np.inf)])
    best = np.full(n, np.inf)
    for before in range(nearest + 1):
        left = ordered - padded[nearest - before : nearest - before + n]
        right = padded[2 * nearest - before : 2 * nearest - before + n] - ordered
        best = np.minimum(best, np.maximum(left, right))
    return best
