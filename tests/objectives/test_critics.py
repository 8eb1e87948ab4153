"""Critics: permuted codes, density ratios, and what the best critic says."""

from math import log

import numpy as np
import pytest
import torch
from scipy.stats import norm

from curvae.nets.linear import initial_weights
from curvae.objectives import build
from curvae.objectives import wae_gan as gan
from curvae.objectives.factorvae import cross_entropy, density_ratio, permuted
from curvae.settings.objective import WAEGAN, FactorVAE

START = torch.zeros((), dtype=torch.float64)  # epochs


def even(shift=0.0, n=20_000):
    """Numbers that fill N(shift, 1) evenly, [1, n, 1]."""
    return torch.as_tensor(shift + norm.ppf((np.arange(n) + 0.5) / n))[None, :, None]


def train(objective, weights, terms, noise, steps, lr):
    """The critic alone, on batches of codes."""
    optimiser = torch.optim.Adam(list(weights.values()), lr)
    beta = torch.ones(1)
    for step in range(steps):
        losses, _ = objective.losses(weights, terms(step), beta, START, noise(step))
        optimiser.zero_grad()
        losses["critic"].sum().backward()
        optimiser.step()


def codes_only(z):
    return {"recon": torch.zeros(z.shape[:2]), "kl": torch.zeros_like(z), "z": z}


def test_each_latent_is_permuted_by_itself_and_by_its_own_noise(drawn):
    _, z, noise, _ = drawn(batch=50)
    moved = permuted(z, noise)
    torch.testing.assert_close(moved.sort(1).values, z.sort(1).values, rtol=0, atol=0)
    for member in range(3):
        for latent in range(3):
            order = np.argsort(noise[member, :, latent].numpy())
            assert torch.equal(moved[member, :, latent], z[member, :, latent][order])
    assert not torch.equal(moved[..., 0].argsort(1), moved[..., 1].argsort(1))


def test_permuted_codes_have_the_marginals_and_no_correlation():
    generator = torch.Generator().manual_seed(0)
    z = torch.randn(1, 20_000, 1, generator=generator).expand(-1, -1, 2)
    moved = permuted(z, torch.randn(1, 20_000, 2, generator=generator))
    assert abs(np.corrcoef(moved[0].numpy().T)[0, 1]) < 4 / np.sqrt(20_000)


def test_permutations_are_equally_likely():
    noise = torch.randn(6000, 3, 1, generator=torch.Generator().manual_seed(0))
    orders = permuted(torch.arange(3.0)[None, :, None].expand(6000, -1, -1), noise)[..., 0]
    counts = torch.unique(orders, dim=0, return_counts=True)[1]
    assert len(counts) == 6
    assert ((counts - 1000).abs() < 4 * np.sqrt(1000)).all()


def test_cross_entropy_is_that_of_pytorch(drawn):
    _, joint, product, _ = drawn(latent=2)
    for member in range(3):
        label = torch.zeros(8, dtype=torch.long)
        expected = 0.5 * (
            torch.nn.functional.cross_entropy(joint[member], label)
            + torch.nn.functional.cross_entropy(product[member], label + 1)
        )
        assert cross_entropy(joint, product)[member].item() == pytest.approx(expected.item(), rel=1e-12)


def test_the_log_ratio_of_two_densities_is_the_best_critic():
    shift = 1.3
    first, second = even(shift), even()

    def logits(slope, offset, z):
        return torch.cat([slope * z + offset, torch.zeros_like(z)], -1)

    # log N(z; shift, 1) - log N(z; 0, 1) = shift z - shift^2 / 2
    line = [torch.tensor(v, dtype=torch.float64, requires_grad=True) for v in (shift, -(shift**2) / 2)]
    best = cross_entropy(logits(*line, first), logits(*line, second))
    for slope in torch.autograd.grad(best.sum(), line):
        assert abs(slope.item()) < 1e-3
    for change in (0.1, -0.1):
        assert cross_entropy(logits(line[0] + change, line[1], first), logits(line[0] + change, line[1], second)) > best
    # Its mean is KL(N(shift, 1) || N(0, 1)).
    assert density_ratio(logits(*line, first)).item() == pytest.approx(shift**2 / 2, abs=1e-3)


def test_a_trained_critic_tells_the_total_correlation():
    rho = 0.8
    objective = build(FactorVAE(kind="factorvae", critic={"width": 32, "depth": 2}), 2, 1000)
    generator = torch.Generator().manual_seed(0)

    def codes(n=1000):
        z = torch.randn(1, n, 2, generator=generator)
        return torch.stack([z[..., 0], rho * z[..., 0] + np.sqrt(1 - rho**2) * z[..., 1]], -1)

    weights = {name: w[None].requires_grad_() for name, w in initial_weights(objective.shapes, generator).items()}
    train(
        objective,
        weights,
        lambda step: codes_only(codes()),
        lambda step: torch.randn(1, 1000, 2, generator=generator),
        steps=400,
        lr=3e-3,
    )
    noise = torch.randn(1, 50_000, 2, generator=generator)
    with torch.no_grad():
        _, parts = objective.losses(weights, codes_only(codes(50_000)), torch.ones(1), START, noise)
    assert parts["tc"].item() == pytest.approx(-0.5 * log(1 - rho**2), abs=0.05)


def test_a_critic_that_knows_nothing_says_half():
    objective = build(WAEGAN(kind="wae_gan", critic={"width": 3, "depth": 1}), 2, 100)
    weights = {name: torch.zeros(1, *shape) for name, shape in objective.shapes.items()}
    z = torch.ones(1, 4, 2)
    losses, parts = objective.losses(weights, codes_only(z), torch.ones(1), START, 0 * z)
    assert losses["critic"].item() == pytest.approx(2 * log(2))
    assert losses["model"].item() == pytest.approx(log(2))
    assert parts["adversary"].item() == pytest.approx(log(2))


def test_the_log_ratio_of_prior_and_codes_is_the_best_adversary():
    shift = 1.3
    prior, codes = even(), even(shift)
    line = [torch.tensor(v, dtype=torch.float64, requires_grad=True) for v in (-shift, shift**2 / 2)]
    best = gan.cross_entropy(line[0] * prior + line[1]) + gan.cross_entropy(-(line[0] * codes + line[1]))
    for slope in torch.autograd.grad(best.sum(), line):
        assert abs(slope.item()) < 1e-3
    # 2 ln 2 - 2 JS(prior, codes), by quadrature
    grid = np.linspace(-10, 12, 20_001)
    p, q = norm.pdf(grid), norm.pdf(grid, shift)
    divergence = np.trapezoid(p * np.log(2 * p / (p + q)) + q * np.log(2 * q / (p + q)), grid) / 2
    assert best.item() == pytest.approx(2 * log(2) - 2 * divergence, abs=1e-3)


def test_codes_are_pushed_towards_the_prior_by_a_trained_adversary():
    objective = build(WAEGAN(kind="wae_gan", critic={"width": 16, "depth": 2}), 2, 100)
    generator = torch.Generator().manual_seed(0)
    weights = {name: w[None].requires_grad_() for name, w in initial_weights(objective.shapes, generator).items()}
    z = 2 + 0.5 * torch.randn(1, 500, 2, generator=generator)
    train(
        objective,
        weights,
        lambda step: codes_only(z),
        lambda step: torch.randn(1, 500, 2, generator=generator),
        steps=100,
        lr=1e-2,
    )
    z.requires_grad_()
    losses, _ = objective.losses(
        weights, codes_only(z), torch.ones(1), START, torch.randn(1, 500, 2, generator=generator)
    )
    (gradient,) = torch.autograd.grad(losses["model"].sum(), z)
    assert (gradient.mean(1) > 0).all()
