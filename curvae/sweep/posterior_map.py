"""Posterior densities of a trained network on a grid of two latents."""

import numpy as np
import torch

from curvae.sweep.importance import log_weights
from curvae.sweep.stack import Stack


@torch.no_grad()
def posterior_map(
    stack: Stack, member: int, images: np.ndarray, z1: np.ndarray, z2: np.ndarray, draws: int = 1000
) -> tuple[np.ndarray, float]:
    """q(z | x) [image, z2, z1] of one member, in float64, and its mean evidence lower bound in nats.

    Args:
        stack: trained autoencoders of two latents.
        member: place in the stack.
        images: [image, *shape].
        z1: grid values.
        z2: grid values.
        draws: of each posterior, for the bound.
    """
    one = stack.only(member, torch.float64)
    axes = [torch.as_tensor(axis, dtype=torch.float64) for axis in (z2, z1)]
    grid = torch.cartesian_prod(*axes).flip(1)[None]
    flat = torch.as_tensor(images, dtype=torch.float64).flatten(1)
    maps = [one.model.log_posterior(one.weights, x.expand(1, grid.shape[1], -1), grid).exp() for x in flat]
    bound = log_weights(stack.only(member), images, draws).mean()
    return torch.cat(maps).view(len(images), len(z2), len(z1)).numpy(), float(bound)
