"""What the study asserts about geodesics in latent space (Pyle 2019, after Arvanitidis et al. 2018)."""

from typing import Any

import numpy as np
import pandas as pd

from curvae.claims.claim import Claim, Evidence, NotTestable, judge_all, require

SOURCE = "Pyle 2019"


def geometry_claims(geodesics: pd.DataFrame, seed: int = 0) -> list[dict[str, Any]]:
    """One row a claim about geodesics.

    A decoder counts as one seed, for its pairs share their errors: without a column ``seed`` all pairs
    are of one decoder and the interval is the value. The note tells how pairs differ.

    Args:
        geodesics: one row a pair of codes: length, straight_length (of the straight latent line, in the
            same metric), converged.
        seed: of the bootstrap.

    Raises:
        ValueError: a column is missing.
    """
    require("geodesics", geodesics, ("length", "straight_length", "converged"))
    return judge_all(CLAIMS, geodesics, seed=seed)


def saving(geodesics: pd.DataFrame) -> Evidence:
    """Median over converged pairs of 1 - length / straight length."""
    sound = [pairs[pairs["converged"].astype(bool)] for pairs in _decoders(geodesics)]
    gains = [(1 - pairs["length"] / pairs["straight_length"]).to_numpy() for pairs in sound]
    if not (pooled := np.concatenate(gains)).size:
        raise NotTestable("no pair converged")
    low, high = np.quantile(pooled, [0.25, 0.75])
    note = f"quartiles over {pooled.size} converged pairs: {low:.3f}, {high:.3f}"
    return Evidence([np.median(gain) if gain.size else np.nan for gain in gains], note)


def solved(geodesics: pd.DataFrame) -> Evidence:
    """Share of the pairs whose curve solves the geodesic equation."""
    shares = [pairs["converged"].astype(bool).mean() for pairs in _decoders(geodesics)]
    return Evidence(shares, f"{len(geodesics)} pairs")


def _decoders(geodesics: pd.DataFrame) -> list[pd.DataFrame]:
    if geodesics.empty:
        raise NotTestable("no pair of codes")
    return [pairs for _, pairs in geodesics.groupby("seed")] if "seed" in geodesics else [geodesics]


CLAIMS = (
    (
        Claim(
            *("geometry.shorter", SOURCE),
            "A straight latent line is not the shortest way: geodesics are shorter.",
            "share of the straight line's length that the geodesic saves, median over pairs",
            *("1", ">=", 0.01),
        ),
        saving,
    ),
    (
        Claim(
            *("geometry.solved", SOURCE),
            "The way of least distance between any two points can be found.",
            "share of the pairs whose geodesic converged",
            *("1", ">=", 0.99),
        ),
        solved,
    ),
)
