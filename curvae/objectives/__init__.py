"""Objectives: pure functions of per-sample terms. Beta and lambda enter in `regularised` alone."""

from curvae.objectives.elbo import (
    bernoulli_nats,
    gaussian_kl,
    regularised,
    squared_error,
    squared_weights,
)

__all__ = ["bernoulli_nats", "gaussian_kl", "regularised", "squared_error", "squared_weights"]
