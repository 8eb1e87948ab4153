"""Autoencoder latent spaces: trained in sweeps, measured, travelled and predicted."""

__version__ = "0.4.0"
