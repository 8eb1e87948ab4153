"""Whether metrics rank the same members alike."""

from itertools import combinations

import numpy as np
import pandas as pd
from scipy.stats import norm, spearmanr

_SCORE = ("metric", "value", "low", "high", "floor", "ceiling", "warnings", "n", "d")


def rank_agreement(table: pd.DataFrame) -> pd.DataFrame:
    """Spearman's rank correlation of every two metrics over the members that both have scored.

    The 95 % interval (`spearman_interval`) takes the members as independent draws, which members that share a seed or a
    beta are not quite.

    Args:
        table: what `curvae.scores.score_members` returns, with 2 metrics or more.

    Returns:
        One row a pair of metrics, in the table's order: first, second, rho (NaN for fewer than 3 members, or where one
        of the two is constant), low, high, members.

    Raises:
        ValueError: fewer than two metrics, or a metric twice for one member.
    """
    metrics = list(dict.fromkeys(table["metric"]))
    if len(metrics) < 2:
        raise ValueError(f"metrics: {len(metrics)}: allowed: 2 or more")
    axes = [name for name in table if name not in _SCORE]
    if table.duplicated([*axes, "metric"]).any():
        raise ValueError("table: a member has a metric twice; allowed: one row for each")
    values = pd.DataFrame({name: table[table["metric"] == name].set_index(axes)["value"] for name in metrics})
    rows = []
    for first, second in combinations(metrics, 2):
        pair = values[[first, second]].dropna()
        rho, members = np.nan, len(pair)
        if members > 2 and (np.ptp(pair, axis=0) > 0).all():
            rho = float(spearmanr(pair[first], pair[second]).statistic)
        rows.append((first, second, rho, *spearman_interval(rho, members), members))
    return pd.DataFrame(rows, columns=["first", "second", "rho", "low", "high", "members"])


def spearman_interval(rho: float, members: int) -> tuple[float, float]:
    """95 % interval tanh(artanh r +- 1.96 s) of a rank correlation, s^2 = (1 + r^2 / 2) / (n - 3).

    Args:
        rho: r.
        members: n; for fewer than 4, or r = +-1, there is no interval, but NaN.

    Reference: Bonett & Wright (2000), Sample size requirements for estimating Pearson, Kendall and Spearman
    correlations.
    """
    if not abs(rho) < 1 or members < 4:
        return np.nan, np.nan
    reach = norm.ppf(0.975) * np.sqrt((1 + rho**2 / 2) / (members - 3))
    return float(np.tanh(np.arctanh(rho) - reach)), float(np.tanh(np.arctanh(rho) + reach))
