"""Disentanglement metrics: pure functions of codes and ground-truth factors."""

from curvae.scores.higgins import higgins
from curvae.scores.members import over_seeds, score_members
from curvae.scores.mig import mig
from curvae.scores.result import NotApplicable, Score
from curvae.scores.table import METRICS, evaluate

__all__ = ["METRICS", "NotApplicable", "Score", "evaluate", "higgins", "mig", "over_seeds", "score_members"]
