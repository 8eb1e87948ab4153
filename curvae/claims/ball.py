"""What the study of the bouncing ball asserts about prediction in latent space (Pyle 2018)."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pandas as pd

from curvae.claims.claim import Claim, Evidence, NotTestable, judge_all, one_a_seed, require

SOURCE = "Pyle 2018"
AIM = "aim of this study"
RIVAL = "constant_velocity"
FARTHEST = "horizon 2 px"  # the score by which the best predictor is known
UNLEARNT = ("last_frame", RIVAL, "ceiling")


def ball_claims(
    scores: pd.DataFrame, predictor: str = "elman", unlearnt: Sequence[str] = UNLEARNT, seed: int = 0
) -> list[dict[str, Any]]:
    """One row a claim about predicted balls: what was said of the standard network, and the aims of this study.

    The aims are asked of the best predictor, the one that is not unlearnt and whose median over seeds of the horizon at
    2 px is longest, and of the standard network beside it.

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


def of(score: str, best: bool = False) -> Callable:
    """Measure a score of the chosen predictor, or of the best one."""

    def measure(scores: pd.DataFrame, predictor: str, unlearnt: Sequence[str]) -> Evidence:
        name = _best(scores, unlearnt) if best else predictor
        return Evidence(_values(scores, name, score), f"predictor {name}")

    return measure


def lead(scores: pd.DataFrame, predictor: str, unlearnt: Sequence[str]) -> Evidence:
    """Horizon at 2 px of the best predictor, less that of constant velocity."""
    best = _best(scores, unlearnt)
    rival = np.median(_values(scores, RIVAL, FARTHEST))
    learnt = ", ".join(sorted(set(scores["predictor"]) - set(unlearnt)))
    note = f"best of {learnt}: {best}; constant velocity lasts {rival:.1f} frames"
    return Evidence(_values(scores, best, FARTHEST) - rival, note)


def _best(scores: pd.DataFrame, unlearnt: Sequence[str]) -> str:
    """The learnt predictor whose horizon is longest in the median over seeds."""
    learnt = sorted(set(scores["predictor"]) - set(unlearnt))
    if not learnt:
        raise NotTestable("no learnt predictor")
    medians = {name: np.median(_values(scores, name, FARTHEST)) for name in learnt}
    return max(learnt, key=lambda name: np.nan_to_num(medians[name], nan=-np.inf))


def _values(scores: pd.DataFrame, predictor: str, score: str) -> np.ndarray:
    rows = scores[(scores["predictor"] == predictor) & (scores["score"] == score)]
    if rows.empty:
        raise NotTestable(f"no score {score!r} of a predictor {predictor}")
    return one_a_seed("scores", rows, "value")


def _claim(
    key: str, sentence: str, statistic: str, unit: str, comparison: str, threshold: float, source: str = SOURCE
) -> Claim:
    return Claim(f"ball.{key}", source, sentence, statistic, unit, comparison, threshold)


# What is aimed at: key, sentence, score, what that is, unit, comparison, threshold.
AIMS = (
    *(
        (
            f"error_{mark}",
            f"After {mark} frames the predicted ball is off by less than {most} px.",
            f"median error {mark} frames",
            f"median over films of the position error after {mark} frames",
            *("px", "<=", most),
        )
        for mark, most in ((50, 1.0), (200, 2.0))
    ),
    (
        "leaps",
        "The predicted ball does not leap.",
        "leap rate",
        "share of the steps more than 2 px longer than the speed",
        *("1", "<=", 0.001),
    ),
    (
        "drift",
        "The predicted ball conserves its momentum.",
        "speed error",
        "mean of |speed over true speed - 1| in the last frames",
        *("1", "<=", 0.02),
    ),
    (
        "bounces",
        "The predicted ball bounces where it should.",
        "bounces matched",
        "share of true bounces matched within 2 frames",
        *("1", ">=", 0.95),
    ),
    (
        "timing",
        "The predicted ball bounces when it should.",
        "bounce timing",
        "mean distance in time of a matched bounce",
        *("frame", "<=", 1.0),
    ),
    (
        "walls",
        "The predicted ball respects all walls.",
        "outside rate",
        "share of the frames more than .5 px behind a wall",
        *("1", "<=", 0.0),
    ),
    (
        "straight",
        "The predicted ball keeps its direction between bounces.",
        "wander",
        "median deviation from the true direction between bounces",
        *("degree", "<=", 5.0),
    ),
)


def _aims() -> tuple:
    """Every aim, of the best predictor and of the standard network."""
    return tuple(
        (_claim(f"{who}_{key}", sentence, f"{what}, {whose}", *asked, AIM), of(score, who == "best"))
        for who, whose in (("best", "best predictor"), ("standard", "standard network"))
        for key, sentence, score, what, *asked in AIMS
    )


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
    *_aims(),
)
