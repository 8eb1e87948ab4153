"""Lower bounds on the likelihood of data under a model with latents, from weights of importance sampling."""

import numpy as np
import pandas as pd
from jaxtyping import Float
from scipy.special import logsumexp

from curvae.intervals import mean_interval


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


def named(table: pd.DataFrame, name: str) -> pd.DataFrame:
    """A table of members with a column ``model``: the name, and the values of all axes but the seed that vary.

    Args:
        table: one row a member or several, with its axes.
        name: of the experiment.
    """
    varied = [axis for axis in ("beta", "lam", "lr", "anneal") if axis in table and len(set(table[axis])) > 1]
    said = [name + "".join(f", {axis} {row[axis]}" for axis in varied) for _, row in table.iterrows()]
    return table.assign(model=said)


def bound_gains(table: pd.DataFrame) -> pd.DataFrame:
    """Bounds of several models, and what each gains over the first one, seed by seed.

    Args:
        table: one row a model, seed and number of draws: model, seed, draws, bound [nats].

    Returns:
        The same rows with ``gain`` [nats], and of the mean over seeds, with 95 % intervals by Student's t, ``mean``,
        ``low``, ``high`` (bound) and ``gain_mean``, ``gain_low``, ``gain_high``. A bound that is NaN makes these NaN.

    Raises:
        ValueError: a model has other seeds or numbers of draws than the first one.
    """
    first = table["model"].iloc[0]
    wide = table.pivot_table("bound", ["draws", "seed"], "model", dropna=False)
    if len(table) != wide.size:
        raise ValueError("table: models with different seeds or draws; allowed: the same for all")
    rows = []
    for model in table["model"].unique():
        for draws, bounds in wide.groupby("draws"):
            gain = bounds[model] - bounds[first]
            about = (*mean_interval(bounds[model].to_numpy()), *mean_interval(gain.to_numpy()))
            rows += [
                (model, draws, seed, bounds.loc[(draws, seed), model], gain[draws, seed], *about)
                for _, seed in gain.index
            ]
    columns = ["model", "draws", "seed", "bound", "gain"]
    return pd.DataFrame(rows, columns=[*columns, "mean", "low", "high", "gain_mean", "gain_low", "gain_high"])
