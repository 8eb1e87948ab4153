"""Whether an encoder that is trained together with a prediction has smoother paths: an aim of this study."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from curvae.claims.claim import Claim, Evidence, NotTestable, judge_all, require

SOURCE = "aim of this study"


def joint_claims(plain: pd.DataFrame, joint: pd.DataFrame, seed: int = 0) -> list[dict[str, Any]]:
    """One row a claim about joint training, its members beside those of the same latent size and seed.

    Args:
        plain: one row a member of the experiment in which the term has weight 0 (for batches of any frames would be
            another difference): latent, seed and the measures of `curvae.dynamics.reconstruction`.
        joint: the same with it.
        seed: of the bootstrap.

    Raises:
        ValueError: a column is missing, or two members have one latent size and seed.
    """
    for name, table in (("plain", plain), ("joint", joint)):
        require(name, table, ("latent", "seed", "median", "q99", "tear", "bend", "halfway"))
        if table.duplicated(["latent", "seed"]).any():
            raise ValueError(f"{name}: two members of one latent size and seed; allowed: one")
    return judge_all(CLAIMS, plain, joint, seed=seed)


def ratio(column: str) -> Callable[[pd.DataFrame, pd.DataFrame], Evidence]:
    """A measure with the term over the same without it, a number a pair."""

    def measure(plain: pd.DataFrame, joint: pd.DataFrame) -> Evidence:
        pairs = plain.merge(joint, on=["latent", "seed"], suffixes=("_plain", "_joint"))
        if pairs.empty:
            raise NotTestable("no two members share latent size and seed")
        before, after = pairs[f"{column}_plain"], pairs[f"{column}_joint"]
        repeats = "pair" if np.ptp(pairs["latent"]) else "seed"
        return Evidence(after / before, f"medians: {before.median():.3g} without, {after.median():.3g} with", repeats)

    return measure


def _claim(key: str, sentence: str, statistic: str, comparison: str, threshold: float) -> Claim:
    ratio = f"{statistic}, with the term over without"
    return Claim(f"ball.joint_{key}", SOURCE, sentence, ratio, "1", comparison, threshold)


CLAIMS = (
    (
        _claim(
            "tear",
            "Trained together with a prediction, codes of successive frames do not lie farther apart anywhere.",
            ".999 quantile over median of the codes' step per px",
            *("<=", 1.0),
        ),
        ratio("tear"),
    ),
    (
        _claim(
            "bend",
            "Their path is straighter where the ball flies straight.",
            "second difference of the codes over their step",
            *("<=", 1.0),
        ),
        ratio("bend"),
    ),
    (
        _claim(
            "halfway",
            "Halfway between two codes the ball is halfway between its two places.",
            "99 % quantile of the distance of the decoded ball from that place",
            *("<=", 1.0),
        ),
        ratio("halfway"),
    ),
    (
        _claim(
            "error",
            "Reconstructions do not suffer: the position error does not double.",
            "median position error",
            *("<=", 2.0),
        ),
        ratio("median"),
    ),
    (
        _claim(
            "worst",
            "Nor does it double in the worst frames.",
            "99 % quantile of the position error",
            *("<=", 2.0),
        ),
        ratio("q99"),
    ),
)
