"""Disentanglement metrics: pure functions of codes and ground-truth factors."""

from curvae.scores.dci import dci
from curvae.scores.dcimig import dcimig
from curvae.scores.explicitness import explicitness
from curvae.scores.factorvae import factorvae
from curvae.scores.higgins import higgins
from curvae.scores.infoe import infoe
from curvae.scores.infomec import InfoMEC, infoc, infom, infomec
from curvae.scores.irs import irs
from curvae.scores.jemmig import jemmig
from curvae.scores.members import over_seeds, score_members, settings_of
from curvae.scores.mig import mig
from curvae.scores.migsup import migsup
from curvae.scores.modularity import modularity
from curvae.scores.result import NotApplicable, Score
from curvae.scores.sap import sap
from curvae.scores.table import METRICS, evaluate
from curvae.scores.udr import Ranking, latent_kl, udr
from curvae.scores.unsupervised import (
    gaussian_total_correlation,
    gaussian_wasserstein_correlation,
    mean_mutual_information,
)

__all__ = [
    "METRICS",
    "InfoMEC",
    "NotApplicable",
    "Ranking",
    "Score",
    "dci",
    "dcimig",
    "evaluate",
    "explicitness",
    "factorvae",
    "gaussian_total_correlation",
    "gaussian_wasserstein_correlation",
    "higgins",
    "infoc",
    "infoe",
    "infom",
    "infomec",
    "irs",
    "jemmig",
    "latent_kl",
    "mean_mutual_information",
    "mig",
    "migsup",
    "modularity",
    "over_seeds",
    "sap",
    "score_members",
    "settings_of",
    "udr",
]
