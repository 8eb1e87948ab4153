"""The small convolutional network for digits of 28 px of Philion (2018)."""

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

    The way back has transposed convolutions 8, 8, 16 (kernel 2, stride 2; the first puts out one row and column more):
    3 -> 7 -> 14 -> 28 px, then a convolution (kernel 3) to the image. The source's last convolution of the encoder, of
    kernel 4 and margin 1 on 3 px, has one place to go and is the fully connected layer here.

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
        self.shapes |= transposed_shapes("decoder.conv", MAPS, [2] * 3)
        self.shapes |= convolution_shapes("decoder.last", [MAPS[-1], 1], [3])
        encoder, decoder = zip(CHANNELS, (14, 7, 3), strict=True), zip((*MAPS[1:], 1), (7, 14, 28, 28), strict=True)
        self.width = sum(2 * c * side**2 for c, side in encoder) + sum(c * side**2 for c, side in decoder)

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
            for layer in range(len(MAPS) - 1):
                w, b = (weights[f"decoder.conv.{layer}.{part}"][member] for part in ("weight", "bias"))
                maps = functional.conv_transpose2d(maps, w, b, stride=2, output_padding=int(layer == 0))
                maps = ACTIVATIONS[activation](maps)
            w, b = (weights[f"decoder.last.0.{part}"][member] for part in ("weight", "bias"))
            members.append(functional.conv2d(maps, w, b, padding=1).flatten(1))
        return torch.stack(members)
