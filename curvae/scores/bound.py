"""Lower bounds on the likelihood of data under a model with latents, from weights of importance sampling."""

import numpy as np
import pandas as pd
from jaxtyping import Float
from scipy.special import logsumexp


def importance_bound(log_weights: Float[np.ndarray, "*lead draw"], count: int) -> Float[np.ndarray, "*lead"]:
    """L_K = E log 1/K sum_k w_k with w_k = p(x, z_k) / q(z_k | x), over groups of K draws.

    L_1 is the evidence lower bound; L_K rises with K to log p(x). Every draw is in one group, so that the estimate at a
    multiple of K is never below the one at K.

    Args:
        log_weights: log w in nats.
        count: K, a divisor of the number of draws.

    Raises:
        ValueError: another count.

    Reference: Burda, Grosse & Salakhutdinov (2016), Importance Weighted Autoencoders, eq. 8 and theorem 1.
    """
    draws = log_weights.shape[-1]
    if count < 1 or draws % count:
        raise ValueError(f"count = {count}: allowed: divisors of the {draws} draws")
    groups = log_weights.reshape(*log_weights.shape[:-1], draws // count, count)
    return (logsumexp(groups, axis=-1) - np.log(count)).mean(-1)


def bound_table(
    log_weights: Float[np.ndarray, "member sample draw"], members: list[dict], counts: tuple[int, ...]
) -> pd.DataFrame:
    """Bounds of every member, a row a count.

    Args:
        log_weights: in nats.
        members: axes of each.
        counts: numbers K of draws.

    Returns:
        The axes; draws, bound (mean over the samples, nats), low, high (95 % interval of that mean over samples, normal
        approximation) and n.
    """
    rows = []
    for count in counts:
        values = importance_bound(log_weights, count)
        half = 1.96 * values.std(axis=1, ddof=1) / np.sqrt(values.shape[1])
        for axes, mean, width in zip(members, values.mean(axis=1), half, strict=True):
            found = {"draws": count, "bound": mean, "low": mean - width, "high": mean + width, "n": values.shape[1]}
            rows.append({**axes, **found})
    return pd.DataFrame(rows)
