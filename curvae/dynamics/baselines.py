"""Predictions that need no training: what a recurrent network has to beat."""

import torch
from jaxtyping import Float
from torch import Tensor

from curvae.dynamics.rollout import check_inputs


def last_frame(inputs: Float[Tensor, "*batch warmup width"], frames: int) -> Float[Tensor, "*batch frames width"]:
    """The last frame stands still: p_{w+k} = x_w.

    Args:
        inputs: frames of the warm-up; at least one.
        frames: number of predicted frames.

    Raises:
        ValueError: as `check_inputs`.
    """
    check_inputs(inputs, frames)
    return inputs[..., -1:, :].repeat_interleave(frames, dim=-2)


def constant_velocity(
    inputs: Float[Tensor, "*batch warmup width"], frames: int
) -> Float[Tensor, "*batch frames width"]:
    """The last difference goes on for ever: p_{w+k} = x_w + k (x_w - x_{w-1}), k = 1, 2, ...

    On latent codes this is the baseline "constant latent velocity"; on positions, constant velocity.

    Args:
        inputs: frames of the warm-up; at least two.
        frames: number of predicted frames.

    Raises:
        ValueError: as `check_inputs`.
    """
    check_inputs(inputs, frames, least=2)
    last, before = inputs[..., -1:, :], inputs[..., -2:-1, :]
    k = torch.arange(1, frames + 1, dtype=inputs.dtype, device=inputs.device)
    return last + k[:, None] * (last - before)
