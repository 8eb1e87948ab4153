"""What is asserted of deep autoencoders, and of a plain autoencoder's codes and what draws them (Konuk 2018)."""

from typing import Any

import pandas as pd

from curvae.claims.claim import Claim, Evidence, NotTestable, judge_all, one_a_seed, require
from curvae.scores.pretraining import FINE_TUNING, PASSES
from curvae.words import counted

SOURCE = "Konuk 2018"
GENERATOR, STANDARD, MOMENTS = "generator", "N(0, I)", "covariances"  # clouds of `code_distances`


def pretraining_claims(table: pd.DataFrame, seed: int = 0) -> list[dict[str, Any]]:
    """One row a claim about pretraining.

    Args:
        table: of `curvae.scores.pretraining.compare_pretraining`.
        seed: of the bootstrap.

    Raises:
        ValueError: a column is missing.
    """
    require("table", table, ("comparison", "seed", "pretrained", "scratch", "difference"))
    return judge_all(OF_PRETRAINING, table, seed=seed)


def codes_claims(table: pd.DataFrame, seed: int = 0) -> list[dict[str, Any]]:
    """One row a claim about the codes of a plain autoencoder.

    Args:
        table: measures of `curvae.flows.code_shape.code_shape`, with the column seed.
        seed: of the bootstrap.

    Raises:
        ValueError: a column is missing, or a seed has a measure twice.
    """
    require("table", table, ("measure", "value", "seed"))
    return judge_all(OF_CODES, table, seed=seed)


def drawn_claims(table: pd.DataFrame, seed: int = 0) -> list[dict[str, Any]]:
    """One row a claim about a generator of a plain autoencoder's codes.

    Args:
        table: of `curvae.generation.code_distances`, with the column seed.
        seed: of the bootstrap.

    Raises:
        ValueError: a column is missing, or a seed has several generators.
    """
    require("table", table, ("drawn", "distance", "seed"))
    return judge_all(OF_DRAWS, table, seed=seed)


def nearer_than(other: str):
    """Measure of the distance of a generator's draws to held-out codes over that of another cloud, a seed each."""

    def measure(table: pd.DataFrame) -> Evidence:
        ours, theirs = (table[table["drawn"] == name] for name in (GENERATOR, other))
        if ours.empty or theirs.empty:
            raise NotTestable(f"no draws: {GENERATOR if ours.empty else other}")
        least = theirs["distance"].median()
        said = ", ".join(f"{name} {values.median():.3g}" for name, values in table.groupby("drawn")["distance"])
        return Evidence(one_a_seed("table", ours, "distance") / least, f"distances: {said}")

    return measure


def _difference(comparison: str):
    def measure(table: pd.DataFrame) -> Evidence:
        rows = table[table["comparison"] == comparison]
        if rows.empty:
            raise NotTestable(f"nothing was compared after the {comparison}")
        means = [f"{rows[name].mean():.2f}" for name in ("pretrained", "scratch")]
        epochs = f"{counted(rows['epoch'].iloc[0], 'epoch')} after pretraining, {rows['scratch_epoch'].iloc[0]} without"
        return Evidence(one_a_seed("table", rows, "difference"), f"means {means[0]} and {means[1]} nats; {epochs}")

    return measure


def _measure(name: str):
    def measure(table: pd.DataFrame) -> Evidence:
        rows = table[table["measure"] == name]
        if rows.empty:
            raise NotTestable(f"no measure {name!r}")
        others = table[table["measure"] != name].groupby("measure", sort=False)["value"].median()
        return Evidence(one_a_seed("table", rows, "value"), ", ".join(f"{k} {v:.3g}" for k, v in others.items()))

    return measure


OF_PRETRAINING = tuple(
    (
        Claim(
            *(f"deep.{key}", SOURCE),
            "Pretraining by restricted Boltzmann machines on unlabelled data helps where deep networks train badly.",
            f"validation misfit of an autoencoder with pretraining less that without, {comparison}, same seed",
            *("nats", "<=", 0.0),
        ),
        _difference(comparison),
    )
    for key, comparison in (("pretraining", FINE_TUNING), ("pretraining_counted", PASSES))
)
OF_CODES = (
    (
        Claim(
            *("codes.weird", SOURCE),
            "The distribution of a plain autoencoder's codes is weird.",
            "held-out log-density of its codes under a flow, less that under a Gaussian, both fitted",
            *("nats", ">=", 0.5),
        ),
        _measure("gain"),
    ),
    (
        Claim(
            *("codes.sparse", SOURCE),
            "The distribution of a plain autoencoder's codes is sparse: most of the space around it is empty.",
            "share of a fitted Gaussian's draws with no training code as near as 95 % of held-out codes have one",
            *("1", ">=", 0.5),
        ),
        _measure("empty_gaussian"),
    ),
)
_LEARNT = "A network can learn to draw the codes of a plain autoencoder."
_DISTANCE = "sliced Wasserstein distance of its draws to held-out codes over that of draws from"
OF_DRAWS = (
    *(
        (Claim(key, SOURCE, _LEARNT, f"{_DISTANCE} N(0, I)", "1", "<=", share), nearer_than(STANDARD))
        for key, share in (("codes.drawn", 0.5), ("codes.drawn_fifth", 0.2))
    ),
    (
        Claim("codes.drawn_moments", SOURCE, _LEARNT, f"{_DISTANCE} a Gaussian of their moments", "1", "<=", 1.0),
        nearer_than(MOMENTS),
    ),
)

CLAIMS = (*OF_PRETRAINING, *OF_CODES, *OF_DRAWS)
