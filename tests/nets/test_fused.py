"""The hand-written passes give what autograd gives for the same layers."""

import pytest
import torch

from curvae.nets.fused import hidden_layers, output_nats, perceptron
from curvae.nets.linear import ACTIVATIONS, input_gradient, linear, linear_shapes, multilayer
from curvae.objectives import bernoulli_nats, squared_error

NATS = {"bernoulli": bernoulli_nats, "gaussian": squared_error}
PRECISION = {torch.float64: 1e-12, torch.float32: 1e-6}


def drawn(dtype, members=3, samples=40, widths=(9, 8, 7, 9)):
    generator = torch.Generator().manual_seed(0)

    def normal(*shape):
        return torch.randn(shape, generator=generator, dtype=torch.float64).to(dtype)

    weights = {
        name: (0.5 * normal(members, *shape)).requires_grad_() for name, shape in linear_shapes("net", widths).items()
    }
    x = normal(members, samples, widths[0]).requires_grad_()
    target = torch.rand(members, samples, widths[-1], generator=generator).to(dtype)
    return weights, x, target, normal(members, samples).abs()


def relative(found, expected):
    return max(((a - b).norm() / b.norm()).item() for a, b in zip(found, expected, strict=True))


@pytest.mark.parametrize("dtype", PRECISION)
@pytest.mark.parametrize("likelihood", NATS)
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_value_and_gradients_are_autograds(activation, likelihood, dtype):
    weights, x, target, share = drawn(dtype)
    leaves = [x, *weights.values()]
    h = hidden_layers(weights, "net", x, activation)
    ours = output_nats(weights, "net.2", h, target, likelihood)
    plain = NATS[likelihood](multilayer(weights, "net", x, activation), target)
    assert relative([ours], [plain]) < PRECISION[dtype]
    found, expected = (torch.autograd.grad((nats * share).sum(), leaves) for nats in (ours, plain))
    assert relative(found, expected) < PRECISION[dtype]


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_hidden_layers_pass_a_numerical_check(activation):
    weights, x, _, _ = drawn(torch.float64, members=2, samples=3, widths=(3, 4, 2, 1))
    names = list(weights)

    def layers(x, *values):
        return hidden_layers(dict(zip(names, values, strict=True)), "net", x, activation)

    assert torch.autograd.gradcheck(layers, (x, *weights.values()))


@pytest.mark.parametrize("fixed", ["net.0.weight", "net.1.bias", "net"])
def test_weights_that_are_fixed_get_no_gradient_and_change_no_other(fixed):
    weights, x, _, share = drawn(torch.float64)
    given = {name: w.detach() if name.startswith(fixed) else w for name, w in weights.items()}
    leaves = [leaf for leaf in (x, *given.values()) if leaf.requires_grad]
    found, expected = (
        torch.autograd.grad((layers(given, "net", x, "tanh").square().sum(-1) * share).sum(), leaves)
        for layers in (perceptron, multilayer)
    )
    assert relative(found, expected) < 1e-12


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_the_gradient_in_the_input_and_its_own_gradient_are_autograds(activation):
    weights, x, _, share = drawn(torch.float64, widths=(9, 8, 7, 1))
    ours = input_gradient(weights, "net", x.detach(), activation)
    (plain,) = torch.autograd.grad(multilayer(weights, "net", x, activation).sum(), x, create_graph=True)
    assert relative([ours], [plain]) < 1e-12
    found, expected = (
        torch.autograd.grad((gradient.norm(dim=-1) * share).sum(), list(weights.values()), materialize_grads=True)
        for gradient in (ours, plain)
    )
    for a, b in zip(found, expected, strict=True):
        torch.testing.assert_close(a, b, rtol=1e-11, atol=1e-13)


def test_large_logits_stay_finite():
    weights = {"a.weight": torch.tensor([[[1000.0, -1000.0]]]), "a.bias": torch.zeros(1, 2)}
    weights = {name: w.requires_grad_() for name, w in weights.items()}
    for target, expected in (([1.0, 0.0], 0.0), ([0.0, 1.0], 2000.0)):
        nats = output_nats(weights, "a", torch.ones(1, 1, 1), torch.tensor([[target]]), "bernoulli")
        assert nats.item() == expected
        (slope,) = torch.autograd.grad(nats.sum(), weights["a.bias"])
        assert slope.tolist() == [[1.0 - target[0], -target[1]]]


def test_no_gradient_of_the_data_is_asked_for():
    weights, x, target, _ = drawn(torch.float64)
    h = hidden_layers(weights, "net", x.detach(), "tanh")
    output_nats(weights, "net.2", h, target, "gaussian").sum().backward()
    assert all(w.grad is not None for w in weights.values())


def test_a_second_derivative_is_refused():
    weights, x, _, _ = drawn(torch.float64)
    y = linear(weights, "net.2", hidden_layers(weights, "net", x, "tanh")).sum()
    (first,) = torch.autograd.grad(y, x, create_graph=True)
    with pytest.raises(RuntimeError, match="once_differentiable"):
        first.sum().backward()
