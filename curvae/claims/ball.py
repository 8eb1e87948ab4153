"""What the study of the bouncing ball asserts about prediction in latent space (Pyle 2018)."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pandas as pd

from curvae.claims.claim import Claim, Evidence, NotTestable, judge_all, one_a_seed, require

SOURCE = "Pyle 2018"
RIVAL = "constant_velocity"
UNLEARNT = ("last_frame", RIVAL, "ceiling")


def ball_claims(
    scores: pd.DataFrame, predictor: str = "elman", unlearnt: Sequence[str] = UNLEARNT, seed: int = 0
) -> list[dict[str, Any]]:
    """One row a claim about predicted balls.

    Args:
        scores: one row a predictor, seed and score: predictor, seed, score, unit, value; scores as
            `curvae.dynamics.ball.ball_scores` names them.
        predictor: the study's "standard RNN".
        unlearnt: predictors that learn nothing and cannot be the best one.
        seed: of the bootstrap.

    Raises:
        ValueError: a column is missing, or a predictor has a score twice for one seed.
    """
    require("scores", scores, ("predictor", "seed", "score", "unit", "value"))
    return judge_all(CLAIMS, scores, predictor, unlearnt, seed=seed)


def of(score: str) -> Callable:
    """Measure a score of the chosen predictor."""

    def measure(scores: pd.DataFrame, predictor: str, unlearnt: Sequence[str]) -> Evidence:
        return Evidence(_values(scores, predictor, score), f"predictor {predictor}")

    return measure


def lead(scores: pd.DataFrame, predictor: str, unlearnt: Sequence[str]) -> Evidence:
    """Horizon at 2 px of the predictor whose median over seeds is longest, less that of constant velocity."""
    learnt = sorted(set(scores["predictor"]) - set(unlearnt))
    if not learnt:
        raise NotTestable("no learnt predictor")
    horizons = {name: _values(scores, name, "horizon 2 px") for name in learnt}
    best = max(learnt, key=lambda name: np.nan_to_num(np.median(horizons[name]), nan=-np.inf))
    rival = np.median(_values(scores, RIVAL, "horizon 2 px"))
    note = f"best of {', '.join(learnt)}: {best}; constant velocity lasts {rival:.1f} frames"
    return Evidence(horizons[best] - rival, note)


def _values(scores: pd.DataFrame, predictor: str, score: str) -> np.ndarray:
    rows = scores[(scores["predictor"] == predictor) & (scores["score"] == score)]
    if rows.empty:
        raise NotTestable(f"no score {score!r} of a predictor {predictor}")
    return one_a_seed("scores", rows, "value")


def _claim(key: str, sentence: str, statistic: str, unit: str, comparison: str, threshold: float) -> Claim:
    return Claim(f"ball.{key}", SOURCE, sentence, statistic, unit, comparison, threshold)


CLAIMS = (
    (
        _claim("bounces", "The predicted ball bounces off the walls.", "share of true bounces matched", "1", ">=", 0.5),
        of("bounces matched"),
    ),
    (
        _claim(
            "momentum",
            "The predicted ball approximately conserves its momentum.",
            "mean of |speed over true speed - 1| in the last frames",
            *("1", "<=", 0.2),
        ),
        of("speed error"),
    ),
    (
        _claim(
            "morphs",
            "Now and then the ball morphs from one point to another.",
            "share of the steps that are jumps",
            *("1", ">=", 0.001),
        ),
        of("jump rate"),
    ),
    (
        _claim(
            "wanders",
            "The ball often changes its direction instead of going straight on.",
            "median deviation from the true direction between bounces",
            *("degree", ">=", 5.0),
        ),
        of("wander"),
    ),
    (
        _claim(
            "predictable",
            "Recurrent networks make latent states predictable: the best one outlasts constant latent velocity.",
            "frames by which its centroid stays within 2 px longer",
            *("frame", ">=", 1.0),
        ),
        lead,
    ),
)
