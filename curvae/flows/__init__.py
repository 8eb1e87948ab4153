"""Invertible maps with a tractable Jacobian: coupling layers, autoregressive steps, and densities made of them."""
