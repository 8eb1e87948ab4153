"""Weights of importance sampling of a trained stack."""

import numpy as np
import torch

from curvae.sweep.stack import Stack
from curvae.sweep.streams import Purpose, normals


@torch.no_grad()
def log_weights(stack: Stack, images: np.ndarray, draws: int, seed: int = 0, batch: int = 250) -> np.ndarray:
    """log p(x, z) - log q(z | x) in nats at draws z of the posterior, [member, sample, draw].

    Every member sees the same normal numbers, so that differences between members are paired.

    Args:
        stack: trained autoencoders.
        images: [sample, *shape].
        draws: of each posterior.
        seed: of the draws.
        batch: samples at a time.
    """
    flat = torch.as_tensor(images, dtype=stack.dtype).flatten(1)
    members = len(stack.members)
    room = flat.new_empty(draws, members, len(flat))
    for first in range(0, len(flat), batch):
        x = flat[first : first + batch]
        noise = (
            normals([seed], Purpose.IMPORTANCE, draw, (len(flat), *stack.model.noise), dtype=x.dtype)[
                :, first : first + batch
            ].expand(members, *x.shape[:1], *stack.model.noise)
            for draw in range(draws)
        )
        found = stack.model.log_weights(stack.weights, x.expand(members, *x.shape), noise)
        for draw, weights in enumerate(found):
            room[draw, :, first : first + batch] = weights  # kept apart, they would break up the memory
    return room.permute(1, 2, 0).double().numpy()
