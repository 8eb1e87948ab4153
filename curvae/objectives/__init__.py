"""Objectives: pure functions of per-sample terms. Beta enters in `losses` alone, lam in the penalty alone."""

from importlib import import_module
from typing import Any

from curvae.objectives.elbo import (
    bernoulli_nats,
    elbo,
    gaussian_kl,
    squared_error,
    squared_weights,
    weight_matrices,
)

__all__ = ["bernoulli_nats", "build", "elbo", "gaussian_kl", "squared_error", "squared_weights", "weight_matrices"]


def module(kind: str) -> str:
    """Dotted name of the module that defines an objective."""
    return f"curvae.objectives.{kind}"


def build(settings: Any, latent: int, samples: int) -> Any:
    """The objective that some settings describe.

    Args:
        settings: of `curvae.settings.objective`; `kind` names the module.
        latent: number of latents.
        samples: size of the training set.
    """
    return import_module(module(settings.kind)).Objective(settings, latent, samples)
