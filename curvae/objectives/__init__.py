"""Objectives, one kind a file: pure functions of per-sample terms, and what a training loop asks of them.

Every kind has `shapes` (of one member's critic, named ``critic.{layer}.weight`` and ``.bias``; none without one),
`noise` (normal numbers a sample that its losses consume), `pairs` (numbers that they keep of a pair of samples),
`critic` (the critic's settings or None) and `losses(weights, terms, beta, time, noise)`. One whose batches vary one
factor also has `bottleneck(z, lines, kinds)`, between encoder and decoder; one whose batches hold runs of consecutive
frames has `frames`, their length, and finds ``follows`` among the terms. The penalty lam ||W||^2 is the
training loop's.
"""

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


__all__ = [
    "bernoulli_nats",
    "build",
    "elbo",
    "gaussian_kl",
    "module",
    "squared_error",
    "squared_weights",
    "weight_matrices",
]
