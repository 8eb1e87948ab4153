"""Whole grids of networks trained, encoded and opened as one stacked computation."""

from curvae.sweep.codes import encode, final_losses, latent_kl
from curvae.sweep.stack import Stack, open_stack, save_stack
from curvae.sweep.train import Diverged, Trained, train

__all__ = ["Diverged", "Stack", "Trained", "encode", "final_losses", "latent_kl", "open_stack", "save_stack", "train"]
