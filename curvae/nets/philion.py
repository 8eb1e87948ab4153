"""The small convolutional network for digits of 28 px of Philion (2018)."""

from itertools import pairwise

import torch
from torch import Tensor
from torch.nn import functional

from curvae.nets.conv import Plan, convolution_shapes, transposed_shapes
from curvae.nets.linear import ACTIVATIONS
from curvae.types import Images, Weights

SIDE, CHANNELS, MAPS = 28, (16, 32, 32), (4, 8, 8, 16)
SMALLEST = 3  # side of the smallest maps on both sides


class Philion:
    """Convolutions 16, 32, 32 (kernel 4, stride 2, margin 1): 28 -> 14 -> 7 -> 3 px; back from 4 maps of 3 px.

    The way back has convolutions 8, 8, 16, 1 (kernel 3, margin 1), all but the last with an activation, and after each
    of these a transposed one of as many channels (kernel 2, stride 2; the first puts out one row and column more):
    3 -> 7 -> 14 -> 28 px. The source's last convolution of the encoder, of kernel 4 and margin 1 on 3 px, has one place
    to go and is the fully connected layer here.

    Deviation: where the source normalises each channel over the batch, a sample's maps are normalised over themselves
    (Ba et al. 2016), so that a code does not depend on what else is in the batch.

    Attributes:
        plan: without fully connected hidden layers.
        features: numbers in the encoder's smallest maps.
        grown: numbers in the maps that the decoder starts from.
        shapes: of one member's weights.
        width: numbers in the outputs of all convolutions for one image.

    Raises:
        ValueError: images of another shape.
    """

    def __init__(self, shape: tuple[int, ...]):
        if tuple(shape) != (SIDE, SIDE):
            raise ValueError(f"shape = {tuple(shape)}: allowed with network = philion: {(SIDE, SIDE)}")
        self.shape, self.plan = tuple(shape), Plan(CHANNELS, (4, 4, 4), (), (), MAPS)
        self.features, self.grown = CHANNELS[-1] * SMALLEST**2, MAPS[0] * SMALLEST**2
        self.shapes = convolution_shapes("encoder.conv", [1, *CHANNELS], [4] * 3)
        for layer, channels in enumerate(CHANNELS):
            self.shapes |= {f"encoder.norm.{layer}.{part}": (channels,) for part in ("scale", "shift")}
        self.shapes |= convolution_shapes("decoder.conv", [*MAPS, 1], [3] * 4)
        for layer, channels in enumerate(MAPS[1:]):
            up = transposed_shapes("decoder.up", [channels] * 2, [2])
            self.shapes |= {name.replace(".0.", f".{layer}."): shape for name, shape in up.items()}
        encoder, decoder = zip(CHANNELS, (14, 7, 3), strict=True), zip(MAPS[1:], pairwise((3, 7, 14, 28)), strict=True)
        self.width = sum(2 * c * side**2 for c, side in encoder) + SIDE**2
        self.width += sum(c * (before**2 + after**2) for c, (before, after) in decoder)

    def encode(self, weights: Weights, x: Images, activation: str) -> Tensor:
        """Smallest maps of images, flattened: [member, sample, features]."""
        members = []
        for member, h in enumerate(x.unflatten(-1, (1, *self.shape)).unbind()):
            own = {name: weights[name][member] for name in self.shapes if name.startswith("encoder.")}
            for layer in range(len(CHANNELS)):
                w, b = (own[f"encoder.conv.{layer}.{part}"] for part in ("weight", "bias"))
                scale, shift = (own[f"encoder.norm.{layer}.{part}"] for part in ("scale", "shift"))
                h = ACTIVATIONS[activation](functional.conv2d(h, w, b, stride=2, padding=1))
                h = functional.group_norm(h, 1, 1 + scale, shift)
            members.append(h.flatten(1))
        return torch.stack(members)

    def decode(self, weights: Weights, h: Tensor, activation: str) -> Images:
        """Images, flattened and before any output function, of maps [member, sample, grown]."""
        members = []
        for member, maps in enumerate(h.unflatten(-1, (-1, SMALLEST, SMALLEST)).unbind()):
            maps = maps.contiguous(memory_format=torch.channels_last)  # nearly twice as fast on a CPU
            for layer in range(len(MAPS)):
                w, b = (weights[f"decoder.conv.{layer}.{part}"][member] for part in ("weight", "bias"))
                maps = functional.conv2d(maps, w, b, padding=1)
                if layer < len(MAPS) - 1:
                    w, b = (weights[f"decoder.up.{layer}.{part}"][member] for part in ("weight", "bias"))
                    maps = ACTIVATIONS[activation](maps)
                    maps = functional.conv_transpose2d(maps, w, b, stride=2, output_padding=int(layer == 0))
            members.append(maps.flatten(1))
        return torch.stack(members)
