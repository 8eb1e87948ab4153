"""Closed-loop prediction with any step function: warm up on data, then feed back what was predicted."""

import math
from collections.abc import Callable
from typing import Any

import torch
from jaxtyping import Float, Int
from torch import Tensor

BOUND = 20.0  # standard deviations; codes and states of the training data stay below 5

Step = Callable[[Any, Tensor], tuple[Any, Tensor]]  # (state, x_t) -> (state, prediction of x_{t+1})


def rollout(
    step: Step, state: Any, inputs: Float[Tensor, "*batch warmup width"], frames: int
) -> tuple[Float[Tensor, "*batch frames width"], Any]:
    """Predict the frames that follow the inputs.

    Warm-up: (s_t, p_{t+1}) = step(s_{t-1}, x_t) over the inputs x_1 .. x_w.
    Closed loop: (s_t, p_{t+1}) = step(s_{t-1}, p_t) from t = w + 1 on.

    Gradients flow through every step. ``rollout(step, last_state, outputs[..., -1:, :], more)``
    goes on where this call stopped.

    Args:
        step: state and frame [..., width] in, next state and predicted next frame out.
        state: before the first input; any object that `step` takes, None included.
        inputs: frames of the warm-up, time on the second axis from the end.
        frames: number of predicted frames; the first one follows the last input.

    Returns:
        The predicted frames, and the state that came with the last of them.

    Raises:
        ValueError: no input frame, `frames` below 1, inputs that are not finite, or a step whose
            prediction has another shape than its input.
    """
    check_inputs(inputs, frames)
    for x in inputs.unbind(-2):
        state, predicted = step(state, x)
    if predicted.shape != x.shape:
        raise ValueError(f"step: predicted a shape of {tuple(predicted.shape)}; allowed: {tuple(x.shape)}")
    outputs = [predicted]
    for _ in range(frames - 1):
        state, predicted = step(state, predicted)
        outputs.append(predicted)
    return torch.stack(outputs, dim=-2), state


def divergence(outputs: Float[Tensor, "*batch frames width"], bound: float = math.inf) -> Int[Tensor, "*batch"]:
    """The first frame at which a trajectory is not finite or leaves the box |x_i| <= bound; -1 if none.

    Args:
        outputs: predicted frames.
        bound: largest allowed magnitude of an entry, in the unit of the outputs.

    Raises:
        ValueError: `bound` is not positive.
    """
    if not bound > 0:
        raise ValueError(f"bound = {bound}: allowed: above 0")
    left = (~outputs.isfinite() | (outputs.abs() > bound)).any(-1)
    return torch.where(left.any(-1), left.int().argmax(-1), -1)


def check_inputs(inputs: Tensor, frames: int, least: int = 1) -> None:
    """Refuse inputs from which no prediction can start.

    Args:
        inputs: [..., warmup, width].
        frames: number of frames to predict.
        least: number of input frames that the prediction needs.

    Raises:
        ValueError: fewer than two axes, too short a warm-up, no frame asked for, or NaN or infinity.
    """
    if inputs.ndim < 2:
        raise ValueError(f"inputs: shape {tuple(inputs.shape)}; allowed: [..., warm-up, width]")
    if inputs.shape[-2] < least:
        raise ValueError(f"inputs: a warm-up of {inputs.shape[-2]} frames; allowed: at least {least}")
    if frames < 1:
        raise ValueError(f"frames = {frames}: allowed: at least 1")
    if not inputs.isfinite().all():
        raise ValueError(f"inputs: {int((~inputs.isfinite()).sum())} entries are NaN or infinite; allowed: none")
