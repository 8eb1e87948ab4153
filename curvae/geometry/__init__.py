"""Riemannian geometry of latent spaces: pull-back metric, geodesics, statistics by their distance."""

from curvae.geometry.beyond import extrapolate
from curvae.geometry.bounds import bounding_box
from curvae.geometry.curves import Geodesics, Status
from curvae.geometry.directions import (
    Directions,
    emptiness,
    likely_directions,
    local_covariance,
    posterior_covariance,
    spherical,
    straight,
)
from curvae.geometry.distances import compare_distances
from curvae.geometry.geodesic import geodesics
from curvae.geometry.graph import Graph
from curvae.geometry.groups import compare_groups, regions, summarise_groups
from curvae.geometry.land import LAND
from curvae.geometry.likely import likely_moves
from curvae.geometry.lines import curve_length
from curvae.geometry.metric import Metric, PullbackMetric
from curvae.geometry.minima import minima
from curvae.geometry.mixtures import compare_mixtures
from curvae.geometry.motion import brownian_motion, sample_measure
from curvae.geometry.ode import exponential_map, logarithm_map, parallel_transport
from curvae.geometry.precision import RadialPrecision, fit_precision
from curvae.geometry.space import lay_out, open_metric, open_table
from curvae.geometry.statistics import (
    Clusters,
    Distances,
    frechet_mean,
    kmeans,
    kmedoids,
    nearest_neighbours,
    pairwise_distances,
)
from curvae.geometry.survey import survey
from curvae.geometry.table import MetricTable, tabulate
from curvae.geometry.walks import random_walks

__all__ = [
    "LAND",
    "Clusters",
    "Directions",
    "Distances",
    "Geodesics",
    "Graph",
    "Metric",
    "MetricTable",
    "PullbackMetric",
    "RadialPrecision",
    "Status",
    "bounding_box",
    "brownian_motion",
    "compare_distances",
    "compare_groups",
    "compare_mixtures",
    "curve_length",
    "emptiness",
    "exponential_map",
    "extrapolate",
    "fit_precision",
    "frechet_mean",
    "geodesics",
    "kmeans",
    "kmedoids",
    "lay_out",
    "likely_directions",
    "likely_moves",
    "local_covariance",
    "logarithm_map",
    "minima",
    "nearest_neighbours",
    "open_metric",
    "open_table",
    "pairwise_distances",
    "parallel_transport",
    "posterior_covariance",
    "random_walks",
    "regions",
    "sample_measure",
    "spherical",
    "straight",
    "summarise_groups",
    "survey",
    "tabulate",
]
