"""What the study of the bouncing ball asserts about prediction in latent space (Pyle 2018)."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from curvae.claims.claim import Claim, Evidence, NotTestable, judge_all, one_a_seed, require

SOURCE = "Pyle 2018"
AIM = "aim of this study"
RIVAL = "constant_velocity"
FARTHEST = "horizon 2 px"  # the score by which the best predictor is known
RECURRENT = ("elman", "gru", "mdn")
UNLEARNT = ("last_frame", RIVAL, "ceiling")

Names = Sequence[str]


def ball_claims(
    scores: pd.DataFrame,
    predictor: str = "elman",
    recurrent: Names = RECURRENT,
    unlearnt: Names = UNLEARNT,
    seed: int = 0,
) -> list[dict[str, Any]]:
    """One row a claim about predicted balls: what was said of the standard network, and the aims of this study.

    The aims are asked of the best predictor and of the standard network beside it. The best one is chosen for each
    seed by the others: of those that are not unlearnt it has the longest horizon at 2 px in their median. All of them
    are scored on the same films.

    Args:
        scores: one row a predictor, seed and score: predictor, seed, score, unit, value; scores as
            `curvae.dynamics.ball.ball_scores` names them. A predictor with one seed is without chance, and stands
            for every seed.
        predictor: the study's "standard RNN".
        recurrent: predictors that are recurrent networks.
        unlearnt: predictors that learn nothing and cannot be the best one.
        seed: of the bootstrap.

    Raises:
        ValueError: a column is missing, or a predictor has a score twice for one seed.
    """
    require("scores", scores, ("predictor", "seed", "score", "unit", "value"))
    learnt = [name for name in sorted(set(scores["predictor"])) if name not in unlearnt]
    groups = {"best": learnt, "recurrent": [name for name in learnt if name in recurrent], "standard": [predictor]}
    return judge_all(CLAIMS, scores, groups, seed=seed)


def of(score: str, who: str = "standard", off: float = 0.0) -> Callable:
    """Measure a score of the best of a group of predictors.

    Args:
        score: to take.
        who: names the group.
        off: a value that distances from are taken; 0 leaves the score as it is.
    """

    def measure(scores: pd.DataFrame, groups: Mapping[str, Names]) -> Evidence:
        values, note = _chosen(scores, groups[who], score)
        return Evidence((values - off).abs() if off else values, note)

    return measure


def lead(who: str) -> Callable:
    """Measure of the horizon at 2 px of the best of a group, less that of constant velocity."""

    def measure(scores: pd.DataFrame, groups: Mapping[str, Names]) -> Evidence:
        values, note = _chosen(scores, groups[who], FARTHEST)
        rival = _by_seed(scores, [RIVAL], FARTHEST)[RIVAL]
        rival = rival.reindex(values.index) if len(rival) > 1 else rival.iloc[0]
        return Evidence(values - rival, f"{note}; constant velocity lasts {np.median(rival):.1f} frames")

    return measure


def _chosen(scores: pd.DataFrame, names: Names, score: str) -> tuple[pd.Series, str]:
    """A score of each seed, of the predictor whose horizon is longest in the median over the other seeds."""
    values = _by_seed(scores, names, score)
    if len(names) == 1:
        return values[names[0]], f"predictor {names[0]}"
    horizons = _by_seed(scores, names, FARTHEST)
    if len(horizons) == 1:
        raise NotTestable(f"one seed cannot choose among {', '.join(names)}")
    best = pd.Series({seed: horizons.drop(index=seed).median().idxmax() for seed in horizons.index})
    said = ", ".join(f"{name} for {count}" for name, count in best.value_counts().items())
    if len(set(best)) == 1:  # its own seeds, which may be a single one
        found = _by_seed(scores, [best.iloc[0]], score).squeeze(axis=1)
    else:
        found = pd.Series({seed: values.loc[seed, name] for seed, name in best.items()})
    return found, f"chosen among {', '.join(names)} by the other seeds: {said}"


def _by_seed(scores: pd.DataFrame, names: Names, score: str) -> pd.DataFrame:
    """A score, a row a seed and a column a predictor; one that has a single seed has its value for all."""
    if not names:
        raise NotTestable("no such predictor")
    columns = {}
    for name in names:
        rows = scores[(scores["predictor"] == name) & (scores["score"] == score)]
        if rows.empty:
            raise NotTestable(f"no score {score!r} of a predictor {name}")
        columns[name] = one_a_seed("scores", rows, "value")
    seeds = max(columns.values(), key=len).index
    return pd.DataFrame({name: s.reindex(seeds) if len(s) > 1 else s.iloc[0] for name, s in columns.items()}, seeds)


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
        "bounces on time",
        "share of true bounces matched within 1 frame",
        *("1", ">=", 0.9),
    ),
    (
        "spurious",
        "The predicted ball turns nowhere else.",
        "spurious bounces",
        "share of its turns that are near no true bounce or outside the box",
        *("1", "<=", 0.05),
    ),
    (
        "walls",
        "The predicted ball respects all walls.",
        "outside rate",
        "share of the frames more than .5 px behind a wall",
        *("1", "<=", 0.0),
    ),
    (
        "missing",
        "The predicted ball does not vanish.",
        "missing",
        "share of the frames without a ball",
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
        (_claim(f"{who}_{key}", sentence, f"{what}, {whose}", *asked, AIM), of(score, who))
        for who, whose in (("best", "best predictor"), ("standard", "standard network"))
        for key, sentence, score, what, *asked in AIMS
    )


_LEAD = "frames by which its centroid stays within 2 px longer"

CLAIMS = (
    (
        _claim(
            "light",
            "The predicted ball is as bright as the true one.",
            "distance from 1 of its light over the true light, mean over frames",
            *("1", "<=", 0.1),
        ),
        of("blob mass ratio", off=1.0),
    ),
    (
        _claim(
            "shape",
            "The predicted ball is a round blob like the true one.",
            "distance from the nearest blob of the true width over the image's norm; one 1.3 times as wide has .26",
            *("1", "<=", 0.25),
        ),
        of("blob misfit"),
    ),
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
            *(_LEAD, "frame", ">=", 1.0),
        ),
        lead("recurrent"),
    ),
    (
        _claim(
            "best_lead",
            "The best predictor of all outlasts constant latent velocity.",
            *(_LEAD, "frame", ">=", 1.0, AIM),
        ),
        lead("best"),
    ),
    *_aims(),
)
