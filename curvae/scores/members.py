"""Scores of every member of a sweep as one table."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray
from tqdm import tqdm

from curvae.scores.table import evaluate


def score_members(
    stacks: Sequence[xr.Dataset],
    factors: NDArray,
    *,
    samples: int,
    seed: int,
    factor_names: Sequence[str],
    settings: Mapping[str, Mapping[str, Any]],
) -> pd.DataFrame:
    """Score the posterior means of every member against the same factors.

    Args:
        stacks: codes, ``mean`` (member, sample, latent) with the members' axes as coordinates.
        factors: [sample, factor].
        samples: number of samples used at most, the first ones.
        seed: of every metric.
        factor_names: names of the factors.
        settings: metric -> its settings; these metrics are computed.

    Returns:
        One row a member and metric: the member's axes and the columns of `evaluate`. Codes of a
        diverged member get NaN and say so.
    """
    rows = []
    members = [stack.isel(member=index) for stack in stacks for index in range(stack.sizes["member"])]
    for member in tqdm(members, desc="scores", unit="member", disable=None):
        codes = member["mean"].values[:samples]
        axes = {name: member[name].item() for name in member.coords if member[name].ndim == 0}
        if np.isfinite(codes).all():
            table = evaluate(codes, factors[:samples], list(settings), seed, factor_names, settings)
        else:
            table = pd.DataFrame(
                {"metric": list(settings), "warnings": "the member diverged: its codes are not finite"}
            )
        rows.append(table.assign(**axes))
    table = pd.concat(rows, ignore_index=True)
    return table[[*(name for name in table if name not in _LAST), *(name for name in _LAST if name in table)]]


def over_seeds(table: pd.DataFrame) -> pd.DataFrame:
    """Means over seeds for each metric, beta and lam; the interval spans the seeds' lowest and highest value.

    Args:
        table: what `score_members` returns. With one seed its own interval is kept.
    """
    grouped = table.groupby(["metric", "beta", "lam"], as_index=False)
    means = grouped[["value", "low", "high", "floor", "ceiling"]].mean()
    spread, seeds = grouped["value"].agg(["min", "max"]), grouped["value"].count()["value"]
    return means.assign(
        low=means["low"].where(seeds < 2, spread["min"]), high=means["high"].where(seeds < 2, spread["max"])
    )


_LAST = ("metric", "value", "low", "high", "floor", "ceiling", "n", "d", "warnings")
