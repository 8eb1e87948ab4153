"""Closed forms of the covariance's distance from the identity."""

import numpy as np
import pytest
import torch

from curvae.objectives import build, elbo
from curvae.objectives.dip_vae import covariance, distances
from curvae.settings.objective import DIPVAE

START = torch.zeros((), dtype=torch.float64)  # epochs


def whitened(n=50, d=3):
    """Means whose covariance is the identity."""
    x = torch.randn(1, n, d, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    x = x - x.mean(1, keepdim=True)
    return np.sqrt(n) * torch.linalg.qr(x).Q


def penalty(mean, variance, **settings):
    terms = {
        "recon": torch.zeros(1, mean.shape[1], dtype=torch.float64),
        "kl": torch.zeros_like(mean),
        "mean": mean,
        "logvar": torch.full_like(mean, np.log(variance)),
    }
    objective = build(DIPVAE(kind="dip_vae", **settings), mean.shape[2], 100)
    two = torch.full((1,), 2.0, dtype=torch.float64)
    return (objective.losses({}, terms, two, START, None)[0]["model"] - elbo(terms, two)).item() / 2


def test_covariance_is_that_of_numpy(drawn):
    mean = drawn()[0]["mean"].detach()
    for member in range(3):
        expected = np.cov(mean[member].numpy(), rowvar=False, bias=True)
        np.testing.assert_allclose(covariance(mean)[member], expected, rtol=1e-12)


def test_distances_agree_with_loops(drawn):
    c = covariance(drawn()[0]["mean"].detach())
    off_diagonal, diagonal = distances(c)
    for member in range(3):
        off = sum(c[member, i, j] ** 2 for i in range(3) for j in range(3) if i != j)
        on = sum((c[member, i, i] - 1) ** 2 for i in range(3))
        torch.testing.assert_close(torch.stack([off_diagonal[member], diagonal[member]]), torch.stack([off, on]))


def test_whitened_means_cost_nothing_and_noise_adds_to_the_variances():
    assert penalty(whitened(), 0.3, variant="I") == pytest.approx(0, abs=1e-20)
    assert penalty(whitened(), 0.3, variant="II") == pytest.approx(3 * 0.3**2)
    assert penalty(np.sqrt(0.7) * whitened(), 0.3, variant="II") == pytest.approx(0, abs=1e-20)


@pytest.mark.parametrize(("settings", "ratio"), [({"variant": "I"}, 10), ({"variant": "II"}, 1), ({"ratio": 3.0}, 3)])
def test_a_known_covariance_has_its_closed_form(settings, ratio):
    root = torch.tensor([[1.0, 0.5, 0.0], [0.0, 2.0, 0.0], [0.0, 0.0, 1.0]], dtype=torch.float64)
    mean = whitened() @ root  # covariance [[1, .5, 0], [.5, 4.25, 0], [0, 0, 1]]
    variance = 1e-12  # so that both variants see the same
    expected = 2 * 0.5**2 + ratio * 3.25**2
    assert penalty(mean, variance, **settings) == pytest.approx(expected, rel=1e-9)
