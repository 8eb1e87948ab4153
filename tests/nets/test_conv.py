"""Stacked convolutions are, member by member, PyTorch's own."""

import pytest
import torch
from torch import nn

from curvae.nets.conv import (
    PLANS,
    Convolutional,
    convolution_shapes,
    convolutions,
    transposed_convolutions,
    transposed_shapes,
)
from curvae.nets.linear import initial_weights, linear_shapes

MEMBERS, SAMPLES = 3, 2
CHANNELS, KERNELS, PADDINGS = (2, 3, 5), (4, 2), (3, 0)
WAYS = {
    "convolutions": (convolutions, convolution_shapes, nn.Conv2d),
    "transposed": (transposed_convolutions, transposed_shapes, nn.ConvTranspose2d),
}


def stacked(shapes, members=MEMBERS):
    drawn = [initial_weights(shapes, torch.Generator().manual_seed(seed)) for seed in range(members)]
    return {name: torch.stack([w[name] for w in drawn]).double().requires_grad_() for name in shapes}


def images(*shape):
    return torch.randn(shape, generator=torch.Generator().manual_seed(7), dtype=torch.float64).requires_grad_()


@pytest.mark.parametrize("way", WAYS)
def test_layers_and_gradients_are_pytorchs(way):
    ours, shapes, layer = WAYS[way]
    weights, x = stacked(shapes("net", CHANNELS, KERNELS)), images(MEMBERS, SAMPLES, CHANNELS[0], 8, 6)
    y = ours(weights, "net", x, "elu", PADDINGS)
    slope = torch.randn(y.shape, generator=torch.Generator().manual_seed(8), dtype=torch.float64)
    (y * slope).sum().backward()
    for member in range(MEMBERS):
        layers = [
            layer(*CHANNELS[i : i + 2], KERNELS[i], stride=2, padding=PADDINGS[i], dtype=torch.float64)
            for i in range(2)
        ]
        for index, one in enumerate(layers):
            one.weight.data = weights[f"net.{index}.weight"][member].detach().clone()
            one.bias.data = weights[f"net.{index}.bias"][member].detach().clone()
        peer = nn.Sequential(layers[0], nn.ELU(), layers[1], *([nn.ELU()] if way == "convolutions" else []))
        alone = x[member].detach().clone().requires_grad_()
        expected = peer(alone)
        (expected * slope[member]).sum().backward()
        torch.testing.assert_close(y[member], expected, rtol=1e-12, atol=1e-12)
        torch.testing.assert_close(x.grad[member], alone.grad, rtol=1e-12, atol=1e-12)
        for index, one in enumerate(layers):
            for part in ("weight", "bias"):
                found, wanted = weights[f"net.{index}.{part}"].grad[member], getattr(one, part).grad
                torch.testing.assert_close(found, wanted, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("way", WAYS)
def test_initial_weights_are_pytorchs_default(way):
    _, shapes, layer = WAYS[way]
    ours = initial_weights(shapes("net", CHANNELS, KERNELS), torch.Generator().manual_seed(3))
    with torch.random.fork_rng():
        torch.manual_seed(3)
        for index in range(2):
            peer = layer(*CHANNELS[index : index + 2], KERNELS[index])
            torch.testing.assert_close(ours[f"net.{index}.weight"], peer.weight.data, rtol=1e-6, atol=0)
            torch.testing.assert_close(ours[f"net.{index}.bias"], peer.bias.data, rtol=1e-6, atol=0)


def test_initial_weights_of_linear_layers_are_pytorchs_numbers():
    ours = initial_weights(linear_shapes("net", (7, 5, 3)), torch.Generator().manual_seed(3))
    with torch.random.fork_rng():
        torch.manual_seed(3)
        for index, peer in enumerate((nn.Linear(7, 5), nn.Linear(5, 3))):
            torch.testing.assert_close(
                ours[f"net.{index}.weight"].flatten(), peer.weight.data.flatten(), rtol=1e-6, atol=0
            )
            torch.testing.assert_close(ours[f"net.{index}.bias"], peer.bias.data, rtol=1e-6, atol=0)


@pytest.mark.parametrize("network", PLANS)
def test_28_px_are_32_px_with_a_margin(network):
    """The same weights on padded images give the same maps; decoded images are the middle of the larger ones."""
    small, large = Convolutional(network, (28, 28)), Convolutional(network, (32, 32))
    assert small.shapes == large.shapes
    weights, x = stacked(large.shapes), images(MEMBERS, SAMPLES, 28 * 28)
    padded = nn.functional.pad(x.unflatten(-1, (28, 28)), (2, 2, 2, 2)).flatten(2)
    h = small.encode(weights, x, "relu")
    torch.testing.assert_close(h, large.encode(weights, padded, "relu"), rtol=1e-12, atol=1e-12)
    whole = large.decode(weights, h, "relu").unflatten(-1, (32, 32))
    middle = whole[..., 2:-2, 2:-2].flatten(2)
    torch.testing.assert_close(small.decode(weights, h, "relu"), middle, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("side", [28, 32, 64])
@pytest.mark.parametrize("network", PLANS)
def test_maps_are_4_by_4_and_back_again(network, side):
    conv = Convolutional(network, (side, side))
    weights, x = stacked(conv.shapes, 1), images(1, SAMPLES, side * side)
    h = conv.encode(weights, x, "relu")
    assert h.shape == (1, SAMPLES, {"burgess": 512, "locatello": 1024}[network]) == (1, SAMPLES, conv.features)
    assert conv.decode(weights, h, "relu").shape == x.shape


@pytest.mark.parametrize("shape", [(30, 30), (64,), (64, 64, 1), (64, 32), (4096,)])
def test_other_images_are_refused(shape):
    with pytest.raises(ValueError, match=r"shape = \(.*\): allowed with network = burgess: \(28, 28\), \(32, 32\), "):
        Convolutional("burgess", shape)
