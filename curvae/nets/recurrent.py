"""Recurrent cells of many networks at once: one step, state and input in, state out."""

import torch
from torch import Tensor

from curvae.nets.linear import linear
from curvae.types import Weights

State = tuple[Tensor, ...]  # each [member, sample, unit]; the first is what is read out


def cell_shapes(cell: str, inputs: int, units: int) -> dict[str, tuple[int, ...]]:
    """Shapes of a cell's weights, without the member axis.

    Args:
        cell: ``elman``, ``gru`` or ``lstm``.
        inputs: width of the input.
        units: width of the state.
    """
    gates = {"elman": 1, "gru": 3, "lstm": 4}[cell]
    shapes: dict[str, tuple[int, ...]] = {}
    for side, width in (("input", inputs), ("state", units)):
        shapes[f"cell.{side}.weight"] = (width, gates * units)
        shapes[f"cell.{side}.bias"] = (gates * units,)
    return shapes


def zero_state(cell: str, members: int, samples: int, units: int, like: Tensor) -> State:
    """The state before the first input."""
    parts = 2 if cell == "lstm" else 1
    return tuple(like.new_zeros(members, samples, units) for _ in range(parts))


def cell_step(cell: str, weights: Weights, state: State, x: Tensor) -> State:
    """One step of a cell.

    elman: h = tanh(W x + U h + b)  (Elman 1990)
    gru:   r, u = sigmoid(.), n = tanh(W x + r (U h + c)), h = (1 - u) n + u h  (Cho et al. 2014)
    lstm:  c = f c + i g, h = o tanh(c)  (Hochreiter & Schmidhuber 1997, Gers et al. 2000)

    Args:
        cell: ``elman``, ``gru`` or ``lstm``.
        weights: named as by `cell_shapes`.
        state: from `zero_state` or an earlier step.
        x: [member, sample, input].
    """
    seen = linear(weights, "cell.input", x)
    kept = linear(weights, "cell.state", state[0])
    if cell == "elman":
        return (torch.tanh(seen + kept),)
    if cell == "gru":
        seen_gates, seen_new = seen.tensor_split([2 * state[0].shape[-1]], dim=-1)
        kept_gates, kept_new = kept.tensor_split([2 * state[0].shape[-1]], dim=-1)
        reset, update = torch.sigmoid(seen_gates + kept_gates).chunk(2, dim=-1)
        new = torch.tanh(seen_new + reset * kept_new)
        return (new + update * (state[0] - new),)
    pre = seen + kept
    enter, forget, new, out = pre.chunk(4, dim=-1)
    memory = torch.sigmoid(forget) * state[1] + torch.sigmoid(enter) * torch.tanh(new)
    return (torch.sigmoid(out) * torch.tanh(memory), memory)
