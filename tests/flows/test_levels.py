"""Cells of levels of grey: levels come back, the change of variables is that of autograd, pixels become normal."""

import math

import pytest
import torch

from curvae.flows.levels import level_logits, levels_in, place

COUNT = 5


def levels(samples=400, seed=0):
    """Two members' pixels, most of them paper, one level never seen by the second."""
    generator = torch.Generator().manual_seed(seed)
    shares = torch.tensor([[0.8, 0.05, 0.05, 0.03, 0.07], [0.5, 0.2, 0.0, 0.2, 0.1]])
    return torch.multinomial(shares, samples * 6, replacement=True, generator=generator).view(2, samples, 6).double()


def uniforms(*shape, seed=1):
    return torch.rand(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


@pytest.mark.parametrize("normal", [False, True])
def test_levels_come_back_and_the_slope_is_autograds(normal):
    k = levels()
    logits = level_logits(k, COUNT).double() if normal else None
    u = uniforms(*k.shape).requires_grad_()
    y, log_slope = place(k, u, COUNT, logits)
    assert torch.equal(levels_in(y, COUNT, logits), k)
    (slope,) = torch.autograd.grad(y.sum(), u)
    torch.testing.assert_close(log_slope, slope.log())


def test_shares_are_counts_with_one_more():
    k = levels()
    shares = level_logits(k, COUNT).exp()
    torch.testing.assert_close(shares.sum(1), torch.ones(2))
    seen = (k == 2).sum((1, 2))
    assert seen[1] == 0
    torch.testing.assert_close(shares[:, 2], (seen + 1) / (k[0].numel() + COUNT))


def test_pixels_become_standard_normal_and_a_normal_density_needs_their_entropy():
    k = levels(20_000)
    shares = torch.stack([torch.bincount(own.flatten().long(), minlength=COUNT) for own in k]) / k[0].numel()
    logits = shares.clamp(min=1e-12).log().double()
    y, log_slope = place(k, uniforms(*k.shape), COUNT, logits)
    for own in y:
        expected = torch.special.ndtr(own.flatten().sort().values)
        assert (expected - torch.linspace(0, 1, own.numel(), dtype=torch.float64)).abs().max() < 1.95 / 120_000**0.5
    nats = 0.5 * y.square() + 0.5 * math.log(2 * math.pi) - log_slope
    entropy = -torch.special.xlogy(shares, shares).sum(1)
    torch.testing.assert_close(nats.mean((1, 2)), entropy.double(), rtol=1e-6, atol=0)


def test_the_ends_are_numbers_in_single_precision():
    k = torch.tensor([[[0.0, COUNT - 1.0]]])
    y, log_slope = place(k, torch.tensor([[[0.0, 1.0]]]), COUNT, torch.zeros(1, COUNT))
    assert y.isfinite().all()
    assert log_slope.isfinite().all()
    assert torch.equal(levels_in(y, COUNT, torch.zeros(1, COUNT)), k)
    assert torch.equal(levels_in(torch.tensor([[[-99.0, 99.0]]]), COUNT, torch.zeros(1, COUNT)), k)
