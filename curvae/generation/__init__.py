"""How good generated samples are: pure functions of images, features and codes."""

from curvae.generation.classifier import Classifier, fit_classifier
from curvae.generation.distances import frechet, prior_distance, sliced_wasserstein
from curvae.generation.sharpness import evenness, sharpness
from curvae.generation.table import generation_table

__all__ = [
    "Classifier",
    "evenness",
    "fit_classifier",
    "frechet",
    "generation_table",
    "prior_distance",
    "sharpness",
    "sliced_wasserstein",
]
