"""How good generated samples are: pure functions of images, features and codes."""

from curvae.generation.attributes import ATTRIBUTES, UNITS
from curvae.generation.axes import axis_correlations
from curvae.generation.between import leaps, median_leap
from curvae.generation.bits import bits_table, pixel_nats
from curvae.generation.classifier import Classifier, fit_classifier
from curvae.generation.codes import code_distances
from curvae.generation.distances import frechet, prior_distance, sliced_wasserstein
from curvae.generation.edits import attribute_edits
from curvae.generation.sharpness import evenness, sharpness
from curvae.generation.table import generation_table

__all__ = [
    "ATTRIBUTES",
    "UNITS",
    "Classifier",
    "attribute_edits",
    "axis_correlations",
    "bits_table",
    "code_distances",
    "evenness",
    "fit_classifier",
    "frechet",
    "generation_table",
    "leaps",
    "median_leap",
    "pixel_nats",
    "prior_distance",
    "sharpness",
    "sliced_wasserstein",
]
