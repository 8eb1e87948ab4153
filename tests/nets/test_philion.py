"""The small convolutional network: sizes, weights, and codes that do not depend on the batch."""

import pytest
import torch

from curvae.models import build
from curvae.settings.model import VAE


@pytest.fixture
def model():
    return build(VAE(kind="vae", network="philion", latent=2, activation="leaky_relu"), (28, 28))


def drawn(model):
    generator = torch.Generator().manual_seed(0)
    return {name: torch.randn(2, *shape, generator=generator) for name, shape in model.shapes.items()}


def test_the_sides_are_those_of_the_source(model):
    w = {
        name: torch.randn(2, *shape, generator=torch.Generator().manual_seed(0)) for name, shape in model.shapes.items()
    }
    x = torch.rand(2, 3, 784)
    assert model.conv.encode(w, x, "leaky_relu").shape == (2, 3, 32 * 3 * 3)
    assert model.decode(w, model.encode(w, x)[0]).shape == (2, 3, 784)
    assert model.shapes["encoder.0.weight"] == (288, 4)
    assert model.shapes["decoder.0.weight"] == (2, 4 * 3 * 3)
    kernels = {name: size for name, size in model.shapes.items() if name.startswith("decoder.") and len(size) == 4}
    assert [kernels[f"decoder.conv.{layer}.weight"] for layer in range(4)] == [
        *((8, 4, 3, 3), (8, 8, 3, 3), (16, 8, 3, 3), (1, 16, 3, 3)),
    ]
    assert [kernels[f"decoder.up.{layer}.weight"] for layer in range(3)] == [(8, 8, 2, 2), (8, 8, 2, 2), (16, 16, 2, 2)]
    assert len(kernels) == 7


def test_a_pixel_sees_the_cells_around_its_own(model):
    w = {name: value[:1] for name, value in drawn(model).items()}
    maps = torch.randn(1, 1, 4 * 3 * 3, generator=torch.Generator().manual_seed(1)).requires_grad_()
    image = model.conv.decode(w, maps, "leaky_relu").view(28, 28)
    (slope,) = torch.autograd.grad(image[14, 14], maps)
    assert slope.view(4, 9).any(0).all()


def test_a_sample_is_encoded_the_same_in_any_batch_and_stack(model):
    w = {
        name: torch.randn(2, *shape, generator=torch.Generator().manual_seed(0)) for name, shape in model.shapes.items()
    }
    x = torch.rand(2, 5, 784, generator=torch.Generator().manual_seed(1))
    whole, part = model.encode(w, x)[0], model.encode({n: v[1:] for n, v in w.items()}, x[1:, 2:3])[0]
    torch.testing.assert_close(whole[1:, 2:3], part, rtol=1e-4, atol=1e-5)


def test_the_last_convolution_of_the_source_is_a_fully_connected_layer():
    maps, kernel = torch.randn(4, 32, 3, 3), torch.randn(4, 32, 4, 4)
    whole = torch.nn.functional.conv2d(maps, kernel, stride=2, padding=1)
    assert whole.shape == (4, 4, 1, 1)
    torch.testing.assert_close(
        whole.flatten(1), maps.flatten(1) @ kernel[:, :, 1:, 1:].flatten(1).T, rtol=1e-4, atol=1e-4
    )


def test_every_weight_has_a_gradient(model):
    w = {name: 0.1 * torch.randn(1, *shape) for name, shape in model.shapes.items()}
    for weight in w.values():
        weight.requires_grad_()
    terms = model.terms(w, torch.rand(1, 4, 784).round(), torch.randn(1, 4, 2))
    (terms["recon"].sum() + terms["kl"].sum()).backward()
    assert all(weight.grad is not None and weight.grad.abs().sum() > 0 for weight in w.values())


def test_other_sides_are_refused():
    with pytest.raises(ValueError, match=r"shape = \(64, 64\): allowed with network = philion: \(28, 28\)"):
        build(VAE(kind="vae", network="philion", latent=2), (64, 64))
