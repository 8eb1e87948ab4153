"""Riemannian geometry of latent spaces: pull-back metric, geodesics."""

from curvae.geometry.geodesic import Geodesics, curve_length, geodesics
from curvae.geometry.metric import Metric, PullbackMetric
from curvae.geometry.survey import survey

__all__ = ["Geodesics", "Metric", "PullbackMetric", "curve_length", "geodesics", "survey"]
