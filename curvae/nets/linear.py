"""Fully connected layers of many networks at once."""

from collections.abc import Callable, Sequence
from itertools import pairwise
from math import prod

import torch
from torch import Tensor
from torch.nn import functional

from curvae.types import Weights

ACTIVATIONS: dict[str, Callable[[Tensor], Tensor]] = {
    "relu": functional.relu,
    "leaky_relu": functional.leaky_relu,
    "elu": functional.elu,
    "softplus": functional.softplus,
    "tanh": torch.tanh,
    "sigmoid": torch.sigmoid,
}


def linear_shapes(name: str, widths: Sequence[int]) -> dict[str, tuple[int, ...]]:
    """Shapes of the weights of consecutive layers, without the member axis.

    Args:
        name: prefix of the names, ``{name}.{layer}.weight`` and ``{name}.{layer}.bias``.
        widths: number of units from the input to the output.
    """
    shapes: dict[str, tuple[int, ...]] = {}
    for layer, (fan_in, fan_out) in enumerate(pairwise(widths)):
        shapes[f"{name}.{layer}.weight"] = (fan_in, fan_out)
        shapes[f"{name}.{layer}.bias"] = (fan_out,)
    return shapes


def linear(weights: Weights, name: str, x: Tensor) -> Tensor:
    """One affine layer, y = x W + b, for every member.

    Args:
        weights: holds ``{name}.weight`` [member, in, out] and ``{name}.bias`` [member, out].
        name: of the layer.
        x: [member, sample, in].
    """
    return torch.baddbmm(weights[f"{name}.bias"].unsqueeze(1), x, weights[f"{name}.weight"])


def multilayer(weights: Weights, name: str, x: Tensor, activation: str) -> Tensor:
    """Consecutive affine layers with an activation between them and none at the end.

    Args:
        weights: named as by `linear_shapes`.
        name: prefix of the layers.
        x: [member, sample, in].
        activation: a key of `ACTIVATIONS`.
    """
    layer = 0
    while f"{name}.{layer + 1}.weight" in weights:
        x = ACTIVATIONS[activation](linear(weights, f"{name}.{layer}", x))
        layer += 1
    return linear(weights, f"{name}.{layer}", x)


def initial_weights(shapes: dict[str, tuple[int, ...]], generator: torch.Generator) -> dict[str, Tensor]:
    """Weights and biases of one network, uniform within 1 / sqrt(fan-in) of zero.

    This is PyTorch's own default for linear layers, convolutions and transposed convolutions. A bias takes the fan-in
    of the weight that precedes it in `shapes`.

    Args:
        shapes: names and shapes, each weight before its bias [fan_out]. A weight is [fan_in, fan_out]; that of a
            convolution is [out, in, k, k] with fan-in in k^2; that of a transposed one [in, out, k, k] with, as in
            PyTorch, fan-in out k^2.
        generator: of the member's own random stream.
    """
    weights, bound = {}, 0.0
    for name, shape in shapes.items():
        if len(shape) == 2:
            bound = shape[0] ** -0.5
        elif len(shape) == 4:
            bound = prod(shape[1:]) ** -0.5
        weights[name] = torch.empty(shape).uniform_(-bound, bound, generator=generator)
    return weights
