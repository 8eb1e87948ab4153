"""Whole grids of networks trained, encoded and opened as one stacked computation."""

from curvae.sweep.checkpoint import Interrupted
from curvae.sweep.codes import encode, latent_kl
from curvae.sweep.importance import log_weights
from curvae.sweep.record import record
from curvae.sweep.stack import Stack, open_stack, save_stack
from curvae.sweep.state import Diverged
from curvae.sweep.train import Trained, train

__all__ = [
    "Diverged",
    "Interrupted",
    "Stack",
    "Trained",
    "encode",
    "latent_kl",
    "log_weights",
    "open_stack",
    "record",
    "save_stack",
    "train",
]
