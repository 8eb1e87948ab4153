"""The discrepancy of codes and prior: loops, closed forms, no bias, and its spread."""

import numpy as np
import pytest
import torch

from curvae.objectives import build
from curvae.objectives.mmd import mmd, squared_distances
from curvae.settings.objective import WAEMMD

START = torch.zeros((), dtype=torch.float64)  # epochs
KERNELS = {
    "rbf": lambda squared, width: np.exp(-squared / width),
    "imq": lambda squared, width: width / (width + squared),
}


def samples(members, n, d, seed):
    return torch.randn(members, n, d, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


@pytest.mark.parametrize("kernel", KERNELS)
def test_agrees_with_the_definition_written_as_loops(kernel):
    z, p, n, scales = 2 * samples(2, 6, 3, 0), samples(2, 6, 3, 1), 6, (0.5, 2.0)
    found = mmd(z, p, kernel, scales)

    def k(a, b):
        squared = float(((a - b) ** 2).sum())
        return sum(KERNELS[kernel](squared, 2 * 3 * s) for s in scales)

    for member in range(2):
        value = 0.0
        for i in range(n):
            for j in range(n):
                value -= 2 * k(z[member, i], p[member, j]) / n**2
                if i != j:
                    value += (k(z[member, i], z[member, j]) + k(p[member, i], p[member, j])) / (n * (n - 1))
        assert found[member].item() == pytest.approx(value, rel=1e-11)


def test_squared_distances_are_those_of_cdist():
    a, b = samples(2, 5, 3, 0), samples(2, 5, 3, 1)
    torch.testing.assert_close(squared_distances(a, b), torch.cdist(a, b).square())


@pytest.mark.parametrize("kernel", KERNELS)
def test_no_bias_and_a_spread_of_one_over_n(kernel):
    sizes, spreads = (8, 32, 128), []
    for n in sizes:
        both = samples(300, 2 * n, 2, n)
        found = mmd(both[:, :n], both[:, n:], kernel, (1.0,))
        spreads.append(found.std().item())
        assert abs(found.mean().item()) < 4 * spreads[-1] / np.sqrt(300)
        assert found.abs().max() < 8 / n
    slope = np.polyfit(np.log(sizes), np.log(spreads), 1)[0]
    assert slope == pytest.approx(-1, abs=0.15)


def test_gaussian_codes_under_a_gaussian_kernel_have_a_closed_form():
    d, shift, variance, width = 3, torch.tensor([1.0, -0.5, 0.0], dtype=torch.float64), 0.4, 6.0

    def expected(v, squared):  # E exp(-|x|^2 / width) for x ~ N(m, v I) with |m|^2 = squared
        return (1 + 2 * v / width) ** (-d / 2) * np.exp(-squared / (width + 2 * v))

    both = samples(200, 200, d, 0)
    found = mmd(shift + np.sqrt(variance) * both[:, :100], both[:, 100:], "rbf", (1.0,))
    exact = expected(2 * variance, 0.0) + expected(2.0, 0.0) - 2 * expected(1 + variance, 1.25)
    assert abs(found.mean().item() - exact) < 4 * found.std().item() / np.sqrt(200)
    assert exact > 0.05


def test_the_kernel_of_the_paper_is_one_half_at_the_prior_s_own_distance():
    d = 8
    a = torch.zeros(1, 2, d, dtype=torch.float64)
    b = torch.full((1, 2, d), np.sqrt(2.0), dtype=torch.float64)  # 2 d apart, squared
    # Within either set the kernel is 1: 1 + 1 - 2 * 1/2.
    assert mmd(a, b, "imq", (1.0,)).item() == pytest.approx(1.0)


def test_descent_brings_codes_to_the_prior(terms):
    objective = build(WAEMMD(kind="wae_mmd"), 2, 100)
    z = (1 + 0.1 * samples(1, 100, 2, 0)).requires_grad_()
    optimiser, beta = torch.optim.Adam([z], 0.1), torch.ones(1, dtype=torch.float64)
    recon = torch.zeros(1, 100, dtype=torch.float64)
    for step in range(100):
        losses, _ = objective.losses({}, {"recon": recon, "z": z}, beta, START, samples(1, 100, 2, step))
        optimiser.zero_grad()
        losses["model"].sum().backward()
        optimiser.step()
    np.testing.assert_allclose(z.detach()[0].mean(0), 0, atol=0.2)
    np.testing.assert_allclose(z.detach()[0].std(0), 1, atol=0.2)
