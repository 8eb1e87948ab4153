"""DC-IGN: clamping and the gradient in its place are exact, and batches vary one factor."""

import pytest
import torch

from curvae.objectives import build, elbo
from curvae.objectives.dc_ign import clamped
from curvae.settings.objective import DCIGN

START = torch.zeros((), dtype=torch.float64)  # epochs
LINES = torch.tensor([[7, 7, 3, 3, 3, 9], [1, 2, 1, 2, 5, 5]])
KINDS = torch.tensor([[0] * 6, [2] * 6])


@pytest.fixture
def objective():
    return build(DCIGN(kind="dc_ign", factors=("a", "b")), 5, 50)


@pytest.fixture
def z():
    return torch.randn(2, 6, 5, generator=torch.Generator().manual_seed(0), dtype=torch.float64).requires_grad_()


def means(z):
    """Mean over the samples of each one's line, by a loop."""
    found = torch.empty_like(z)
    for member in range(2):
        for sample in range(6):
            found[member, sample] = z[member, LINES[member] == LINES[member, sample]].mean(0)
    return found


def test_inactive_latents_are_the_mean_of_their_line_and_the_others_untouched(objective, z):
    out = objective.bottleneck(z, LINES, KINDS)
    assert torch.equal(out[0, :, 0], z[0, :, 0])  # factor a has latent 0
    assert torch.equal(out[1, :, 2:], z[1, :, 2:])  # all factors without a name have the rest
    expected = means(z)
    torch.testing.assert_close(out[0, :, 1:], expected[0, :, 1:], rtol=0, atol=1e-15)
    torch.testing.assert_close(out[1, :, :2], expected[1, :, :2], rtol=0, atol=1e-15)


def test_the_gradient_of_an_inactive_latent_is_replaced(objective, z):
    slope = torch.randn(z.shape, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    out = objective.bottleneck(z, LINES, KINDS)
    (gradient,) = torch.autograd.grad((out * slope).sum(), z)
    expected = (z - means(z)) / 100 / 6
    expected[0, :, 0], expected[1, :, 2:] = slope[0, :, 0], slope[1, :, 2:]
    torch.testing.assert_close(gradient, expected, rtol=1e-14, atol=1e-16)


def test_the_replacement_is_the_gradient_of_a_squared_distance(z):
    together, nothing = torch.ones(2, 6, 6, dtype=torch.bool), torch.zeros(2, 6, 5, dtype=torch.bool)
    (gradient,) = torch.autograd.grad(clamped(z, together, nothing).sum(), z)
    squares = (z - z.mean(1, keepdim=True).detach()).square().sum(-1).mean(1) / 200
    torch.testing.assert_close(gradient, torch.autograd.grad(squares.sum(), z)[0])


def test_one_sample_a_line_passes_unchanged_without_a_gradient_where_inactive(objective, z):
    alone = torch.arange(6).expand(2, 6)
    out = objective.bottleneck(z, alone, KINDS)
    torch.testing.assert_close(out, z)
    (gradient,) = torch.autograd.grad(out.sum(), z)
    assert (gradient[0, :, 1:] == 0).all()
    assert (gradient[0, :, 0] == 1).all()


def test_the_loss_is_the_elbo(objective, drawn, terms):
    leaves, noise, _, beta = drawn(latent=5)
    given = terms(leaves, noise)
    losses, parts = objective.losses({}, given, beta, START, None)
    torch.testing.assert_close(losses["model"], elbo(given, beta))
    assert parts == {}
