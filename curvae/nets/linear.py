"""Fully connected layers of many networks at once."""

from collections.abc import Callable, Sequence
from itertools import pairwise
from math import prod

import torch
from torch import Tensor
from torch.nn import functional

from curvae.settings.model import KINKED
from curvae.types import Weights

ACTIVATIONS: dict[str, Callable[[Tensor], Tensor]] = {
    "relu": functional.relu,
    "leaky_relu": functional.leaky_relu,
    "elu": functional.elu,
    "softplus": functional.softplus,
    "tanh": torch.tanh,
    "sigmoid": torch.sigmoid,
}
# act'(y), told from h = act(y).
SLOPES: dict[str, Callable[[Tensor], Tensor]] = {
    "relu": lambda h: (h > 0).to(h.dtype),
    "leaky_relu": lambda h: 0.01 + 0.99 * (h > 0).to(h.dtype),
    "elu": lambda h: torch.where(h > 0, 1.0, h + 1),
    "softplus": lambda h: -torch.expm1(-h),
    "tanh": lambda h: 1 - h.square(),
    "sigmoid": lambda h: h * (1 - h),
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
    last = last_layer(weights, name)
    for layer in range(last):
        x = ACTIVATIONS[activation](linear(weights, f"{name}.{layer}", x))
    return linear(weights, f"{name}.{last}", x)


def input_gradient(weights: Weights, name: str, x: Tensor, activation: str) -> Tensor:
    """Gradient in x of the only output of `multilayer`, [member, sample, in], itself differentiable in the weights.

    The chain rule is written out, so that the weights' gradient takes one backward pass and not the derivative of one.
    With kinked activations the slopes are constants, and the forward pass needs no gradient.

    Args:
        weights: named as by `linear_shapes`; the last layer has one output.
        name: prefix of the layers.
        x: [member, sample, in].
        activation: a key of `ACTIVATIONS`.
    """
    last, slopes = last_layer(weights, name), []
    with torch.set_grad_enabled(torch.is_grad_enabled() and activation not in KINKED):
        for layer in range(last):
            x = ACTIVATIONS[activation](linear(weights, f"{name}.{layer}", x))
            slopes.append(SLOPES[activation](x))
    gradient = weights[f"{name}.{last}.weight"].mT
    for layer in reversed(range(last)):
        gradient = (gradient * slopes[layer]) @ weights[f"{name}.{layer}.weight"].mT
    return gradient


def last_layer(weights: Weights, name: str) -> int:
    """Number of the last of consecutive layers."""
    layer = 0
    while f"{name}.{layer + 1}.weight" in weights:
        layer += 1
    return layer


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
