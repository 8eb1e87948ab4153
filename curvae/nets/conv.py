"""Convolutional layers of many networks at once, and the published networks that are made of them.

Each member is carried through all its layers before the next one: on the CPU that is faster than one grouped
convolution or than matrix products of unfolded images, for a member's maps stay in the cache.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import prod
from operator import mul

import torch
from torch import Tensor
from torch.nn import functional

from curvae.nets.linear import ACTIVATIONS
from curvae.settings.model import SIDES
from curvae.types import Images, Weights

SMALLEST = 4  # side of the maps between the convolutions and the fully connected layers


@dataclass(frozen=True)
class Plan:
    """A published network for images of 64 px; all strides are 2.

    Attributes:
        channels: of the encoder's convolutions, from the image on.
        kernels: of the same.
        hidden: widths of the fully connected layers after them.
        decoder_hidden: widths of those between the latents and the decoder's smallest maps.
        maps: channels that the decoder's transposed convolutions (kernel 4) start from, up to the image.
    """

    channels: tuple[int, ...]
    kernels: tuple[int, ...]
    hidden: tuple[int, ...]
    decoder_hidden: tuple[int, ...]
    maps: tuple[int, ...]


PLANS = {
    # Burgess et al. (2018), appendix A: the decoder is the encoder's transpose.
    "burgess": Plan((32, 32, 32, 32), (4, 4, 4, 4), (256, 256), (256, 256), (32, 32, 32, 32)),
    # Locatello et al. (2019), table 1: two smaller kernels and one fully connected layer in the encoder.
    "locatello": Plan((32, 32, 64, 64), (4, 4, 2, 2), (256,), (256,), (64, 64, 32, 32)),
}


class Convolutional:
    """The convolutions of a published network, from images of one channel to maps of 4 x 4 and back.

    On images of 64 px it is the network as published. On 32 px the convolution next to the smallest maps is left out
    on both sides; 28 px are taken as 32 with a margin of zeros, which the decoder cuts off.

    Args:
        network: a key of `PLANS`.
        shape: of one image, (side, side).

    Attributes:
        plan: of the network.
        features: numbers in the smallest maps, the inputs of the encoder's fully connected layers.
        grown: the same, the outputs of the decoder's.
        shapes: of one member's weights, ``encoder.conv`` and ``decoder.conv``.
        width: numbers in the outputs of all convolutions for one image.

    Raises:
        ValueError: a shape that the network does not take.
    """

    def __init__(self, network: str, shape: tuple[int, ...]):
        allowed = [(side, side) for side in SIDES]
        if tuple(shape) not in allowed:
            raise ValueError(
                f"shape = {tuple(shape)}: allowed with network = {network}: {', '.join(map(str, allowed))}"
            )
        self.plan, self.shape = PLANS[network], tuple(shape)
        side = 1 << (shape[0] - 1).bit_length()  # the next power of two
        margin, layers = (side - shape[0]) // 2, (side // SMALLEST).bit_length() - 1
        kernels, channels, maps = self.plan.kernels[:layers], self.plan.channels[:layers], self.plan.maps[-layers:]
        self.paddings = [(kernel - 2) // 2 for kernel in kernels]
        self.paddings[0] += margin
        self.back = [1] * (layers - 1) + [1 + margin]
        self.features = self.grown = maps[0] * SMALLEST**2
        self.shapes = {
            **convolution_shapes("encoder.conv", [1, *channels], kernels),
            **transposed_shapes("decoder.conv", [*maps, 1], [4] * layers),
        }
        areas = [(side >> layer) ** 2 for layer in range(1, layers + 1)]
        self.width = sum(map(mul, channels, areas)) + sum(map(mul, maps[1:], areas[-2::-1])) + prod(shape)

    def encode(self, weights: Weights, x: Images, activation: str) -> Tensor:
        """Smallest maps of images, flattened: [member, sample, features]."""
        maps = convolutions(weights, "encoder.conv", x.unflatten(-1, (1, *self.shape)), activation, self.paddings)
        return maps.flatten(2)

    def decode(self, weights: Weights, h: Tensor, activation: str) -> Images:
        """Images, flattened and before any output function, of smallest maps [member, sample, features]."""
        maps = h.unflatten(-1, (-1, SMALLEST, SMALLEST))
        return transposed_convolutions(weights, "decoder.conv", maps, activation, self.back).flatten(2)


def convolution_shapes(name: str, channels: Sequence[int], kernels: Sequence[int]) -> dict[str, tuple[int, ...]]:
    """Shapes of the weights of consecutive convolutions, without the member axis.

    Args:
        name: prefix of the names, ``{name}.{layer}.weight`` [out, in, k, k] and ``{name}.{layer}.bias`` [out].
        channels: from the input to the output, one more than `kernels`.
        kernels: side of every layer's kernel.
    """
    shapes: dict[str, tuple[int, ...]] = {}
    for layer, ((before, after), kernel) in enumerate(zip(pairwise(channels), kernels, strict=True)):
        shapes[f"{name}.{layer}.weight"] = (after, before, kernel, kernel)
        shapes[f"{name}.{layer}.bias"] = (after,)
    return shapes


def transposed_shapes(name: str, channels: Sequence[int], kernels: Sequence[int]) -> dict[str, tuple[int, ...]]:
    """As `convolution_shapes` for transposed convolutions, whose weights are [in, out, k, k]."""
    return {
        key: (shape[1], shape[0], *shape[2:]) if key.endswith("weight") else shape
        for key, shape in convolution_shapes(name, channels, kernels).items()
    }


def convolutions(weights: Weights, name: str, x: Tensor, activation: str, paddings: Sequence[int]) -> Tensor:
    """Consecutive convolutions of stride 2, each followed by an activation.

    Args:
        weights: named as by `convolution_shapes`, each with a leading member axis.
        name: prefix of the layers.
        x: [member, sample, channel, row, column].
        activation: a key of `curvae.nets.linear.ACTIVATIONS`.
        paddings: zeros on each side of every layer's input [px].
    """
    members = []
    for h, *parameters in zip(x.unbind(), *_layers(weights, name, len(paddings)), strict=True):
        for w, b, padding in zip(parameters[::2], parameters[1::2], paddings, strict=True):
            h = ACTIVATIONS[activation](functional.conv2d(h, w, b, stride=2, padding=padding))
        members.append(h)
    return torch.stack(members)


def transposed_convolutions(weights: Weights, name: str, x: Tensor, activation: str, paddings: Sequence[int]) -> Tensor:
    """Consecutive transposed convolutions of stride 2 with an activation between them and none at the end.

    Args:
        weights: named as by `transposed_shapes`, each with a leading member axis.
        name: prefix of the layers.
        x: [member, sample, channel, row, column].
        activation: a key of `curvae.nets.linear.ACTIVATIONS`.
        paddings: rows and columns cut off each side of every layer's output [px].
    """
    members = []
    for h, *parameters in zip(x.unbind(), *_layers(weights, name, len(paddings)), strict=True):
        for layer, padding in enumerate(paddings):
            h = h if layer == 0 else ACTIVATIONS[activation](h)
            h = functional.conv_transpose2d(h, *parameters[2 * layer : 2 * layer + 2], stride=2, padding=padding)
        members.append(h)
    return torch.stack(members)


def _layers(weights: Weights, name: str, layers: int) -> list[tuple[Tensor, ...]]:
    """Weight, bias, weight, bias ..., each as one tensor a member."""
    return [weights[f"{name}.{layer}.{part}"].unbind() for layer in range(layers) for part in ("weight", "bias")]
