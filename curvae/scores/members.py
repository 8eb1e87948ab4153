"""Scores of every member of a sweep as one table."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray
from tqdm import tqdm

from curvae.scores.table import evaluate
from curvae.scores.udr import latent_kl

DEAD = 0.01  # nats


def score_members(
    stacks: Sequence[xr.Dataset],
    factors: NDArray,
    *,
    samples: int,
    seed: int,
    factor_names: Sequence[str],
    settings: Mapping[str, Mapping[str, Any]],
    dead: float = DEAD,
) -> pd.DataFrame:
    """Score the posterior means of every member against the same factors.

    A collapsed latent's mean keeps a faint trace of the input, which metrics blind to scale read as if it
    were clear. A latent whose KL to the prior says that the decoder cannot use it is therefore set to its
    mean before scoring, and the warnings say so.

    Args:
        stacks: codes, ``mean`` and ``logvar`` (member, sample, latent) with the members' axes as coordinates;
            without ``logvar`` no latent is taken as dead.
        factors: [sample, factor].
        samples: number of samples used at most, the first ones.
        seed: of every metric.
        factor_names: names of the factors.
        settings: metric -> its settings; these metrics are computed.
        dead: latents whose mean KL over the samples is smaller are dead [nats].

    Returns:
        One row a member and metric: the member's axes and the columns of `evaluate`. Codes of a
        diverged member get NaN and say so.
    """
    rows = []
    for member, axes in tqdm(single(stacks), desc="scores", unit="member", disable=None):
        codes = member["mean"].values[:samples]
        if np.isfinite(codes).all():
            codes, said = without_dead(member.isel(sample=slice(samples)), dead)
            table = evaluate(codes, factors[:samples], list(settings), seed, factor_names, settings)
            table["warnings"] = ["; ".join(filter(None, (*said, warning))) for warning in table["warnings"]]
        else:
            table = pd.DataFrame(
                {"metric": list(settings), "warnings": "the member diverged: its codes are not finite"}
            )
        rows.append(table.assign(**axes))
    table = pd.concat(rows, ignore_index=True)
    return table[[*(name for name in table if name not in _LAST), *(name for name in _LAST if name in table)]]


def settings_of(metrics: Sequence[str], given: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Settings of each metric, taken from those that a study gives for all.

    Args:
        metrics: names of metrics.
        given: ``preset`` (of all metrics, or metric -> preset; those not named have "default"), ``bootstrap``,
            ``permutations``, ``train``, ``test``, ``batch``; every metric gets the first three, and those of the
            others that it has.
    """
    asked = given["preset"]
    return {
        name: {"preset": asked if isinstance(asked, str) else asked.get(name, "default")}
        | {key: given[key] for key in (*_SHARED, *_PARTS.get(name, ()))}
        for name in metrics
    }


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


def single(stacks: Sequence[xr.Dataset]) -> list[tuple[xr.Dataset, dict[str, Any]]]:
    """Every member of some stacks with its axes."""
    members = [stack.isel(member=index) for stack in stacks for index in range(stack.sizes["member"])]
    return [(one, {name: one[name].item() for name in one.coords if one[name].ndim == 0}) for one in members]


def without_dead(member: xr.Dataset, dead: float) -> tuple[NDArray, tuple[str, ...]]:
    """Means [sample, latent] with dead latents held at their mean, and what to say of it.

    Args:
        member: ``mean`` and, if latents may be dead, ``logvar`` (sample, latent).
        dead: latents whose mean KL is smaller are dead [nats].
    """
    codes = member["mean"].values
    if "logvar" not in member:
        return codes, ()
    kl = nats(member)
    said = tuple(f"latent {j} is dead: its KL is {kl[j]:.2g} nats; set to its mean" for j in np.flatnonzero(kl < dead))
    return np.where(kl < dead, codes.mean(axis=0), codes), said


def nats(member: xr.Dataset) -> NDArray[np.float64]:
    """`latent_kl` of a member's codes to a Gaussian of their prior's variance.

    Args:
        member: ``mean`` and ``logvar`` (sample, latent); attribute ``prior_variance``, by default 1.
    """
    return latent_kl(member["mean"].values, member["logvar"].values, member.attrs.get("prior_variance", 1.0))


_SHARED = ("bootstrap", "permutations")
_PARTS = {
    "higgins": ("train", "test", "batch"),
    "factorvae": ("train", "test", "batch"),
    "sap": ("train", "test"),
    "dci": ("train", "test"),
    "explicitness": ("train", "test"),
}
_LAST = ("metric", "value", "low", "high", "floor", "ceiling", "n", "d", "warnings")
