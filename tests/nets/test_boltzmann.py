"""Restricted Boltzmann machines small enough to be summed over all states."""

import itertools

import pytest
import torch

from curvae.nets.boltzmann import (
    contrastive_divergence,
    free_energy,
    hidden_mean,
    statistics,
    unrolled,
    visible_mean,
)

VISIBLE, HIDDEN = 4, 3


def normal(*shape, seed=1):
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def machine(members=2, visible=VISIBLE, hidden=HIDDEN, seed=0):
    parts = {"weight": (visible, hidden), "visible": (visible,), "hidden": (hidden,)}
    return {name: 0.7 * normal(members, *shape, seed=seed + i) for i, (name, shape) in enumerate(parts.items())}


def states(units):
    return torch.tensor(list(itertools.product([0.0, 1.0], repeat=units)), dtype=torch.float64)


def energy(own, v, h):
    """E(v, h) [member, visible state, hidden state] of binary units, written out."""
    return -(
        torch.einsum("vi,mij,hj->mvh", v, own["weight"], h)
        + (v @ own["visible"].T).T[:, :, None]
        + (h @ own["hidden"].T).T[:, None]
    )


def log_likelihood(own, v, gaussian):
    """ln p(v) [member, sample], by the sum over all visible states."""
    every = states(VISIBLE).expand(len(own["weight"]), -1, VISIBLE)
    return -free_energy(own, v, gaussian) - torch.logsumexp(-free_energy(own, every, gaussian), 1, keepdim=True)


def test_the_free_energy_of_binary_units_is_the_sum_over_hidden_states():
    own, v, h = machine(), states(VISIBLE), states(HIDDEN)
    expected = -torch.logsumexp(-energy(own, v, h), dim=2)
    torch.testing.assert_close(free_energy(own, v.expand(2, -1, -1)), expected, rtol=1e-12, atol=1e-12)


def test_the_free_energy_of_gaussian_units_is_the_integral():
    own, v = machine(hidden=1), states(VISIBLE)
    axis = torch.linspace(-15, 15, 3001, dtype=torch.float64)
    bias = own["hidden"][:, :, None]
    exponent = torch.einsum("vi,mi,h->mvh", v, own["weight"][..., 0], axis) + (v @ own["visible"].T).T[:, :, None]
    exponent = exponent - 0.5 * (axis - bias) ** 2
    integral = exponent.exp().sum(-1) * (axis[1] - axis[0]) / (2 * torch.pi) ** 0.5
    found = free_energy(own, v.expand(2, -1, -1), gaussian=True)
    torch.testing.assert_close(found, -integral.log(), rtol=1e-10, atol=1e-10)


def test_conditionals_are_those_of_the_joint_distribution():
    own, v, h = machine(), states(VISIBLE), states(HIDDEN)
    joint = (-energy(own, v, h)).flatten(1).softmax(1).view(2, len(v), len(h))
    of_hidden = torch.einsum("mvh,hj->mvj", joint / joint.sum(2, keepdim=True), h)
    of_visible = torch.einsum("mvh,vi->mhi", joint / joint.sum(1, keepdim=True), v)
    torch.testing.assert_close(hidden_mean(own, v.expand(2, -1, -1)), of_hidden)
    torch.testing.assert_close(visible_mean(own, h.expand(2, -1, -1)), of_visible)


@pytest.mark.parametrize("gaussian", [False, True])
def test_statistics_of_the_model_subtract_to_the_exact_slope(gaussian):
    own, data = machine(), torch.rand(2, 6, VISIBLE, generator=torch.Generator().manual_seed(3)).double().round()
    free = {name: w.clone().requires_grad_() for name, w in own.items()}
    slopes = torch.autograd.grad(log_likelihood(free, data, gaussian).mean(1).sum(), list(free.values()))
    every = states(VISIBLE).expand(2, -1, -1)
    p = log_likelihood(own, every, gaussian).exp().unsqueeze(-1)
    torch.testing.assert_close(p.sum(1), torch.ones(2, 1, dtype=torch.float64))
    model = statistics(every, p * hidden_mean(own, every, gaussian) * len(every[0]))
    model["visible"] = (p * every).sum(1)
    found = statistics(data, hidden_mean(own, data, gaussian))
    for name, exact in zip(free, slopes, strict=True):
        torch.testing.assert_close(found[name] - model[name], exact, rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("gaussian", [False, True])
def test_contrastive_divergence_comes_to_the_exact_slope_with_many_steps(gaussian):
    """And with one step it does not: its bias stands far out of the error of the mean."""
    own, samples, generator = machine(members=1), 20000, torch.Generator().manual_seed(5)
    data = torch.tensor([1.0, 1.0, 0.0, 1.0]).double().expand(1, samples, VISIBLE)
    free = {name: w.clone().requires_grad_() for name, w in own.items()}
    exact = torch.autograd.grad(log_likelihood(free, data[:, :1], gaussian).sum(), list(free.values()))

    def miss(steps):
        draw = torch.randn if gaussian else torch.rand
        numbers = [
            (
                draw(1, samples, HIDDEN, generator=generator, dtype=torch.float64),
                torch.rand(1, samples, VISIBLE, generator=generator, dtype=torch.float64),
            )
            for _ in range(steps)
        ]
        found = contrastive_divergence(own, data, numbers, gaussian)
        return max((a - b).abs().max().item() for a, b in zip(found.values(), exact, strict=True))

    assert miss(40) < 0.02
    assert miss(1) > 0.04


def test_unrolled_weights_are_the_machines_up_and_down():
    first, second = machine(), machine(visible=HIDDEN, hidden=2, seed=7)
    weights = unrolled([first, second])
    assert {name: tuple(w.shape[1:]) for name, w in weights.items() if name.endswith("weight")} == {
        "encoder.0.weight": (4, 3),
        "encoder.1.weight": (3, 2),
        "decoder.0.weight": (2, 3),
        "decoder.1.weight": (3, 4),
    }
    for layer, own in ((0, first), (1, second)):
        assert torch.equal(weights[f"encoder.{layer}.weight"], own["weight"])
        assert torch.equal(weights[f"encoder.{layer}.bias"], own["hidden"])
        assert torch.equal(weights[f"decoder.{1 - layer}.weight"], own["weight"].mT)
        assert torch.equal(weights[f"decoder.{1 - layer}.bias"], own["visible"])
