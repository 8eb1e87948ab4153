"""Laws and exact values of the objective's terms, in float64."""

import math

import pytest
import torch
from torch.distributions import Bernoulli, Normal, kl_divergence

from curvae.objectives import bernoulli_nats, elbo, gaussian_kl, squared_error, squared_weights


@pytest.fixture
def generator():
    return torch.Generator().manual_seed(0)


def normal(generator, *shape):
    return torch.randn(shape, generator=generator, dtype=torch.float64)


def test_kl_agrees_with_torch_distributions(generator):
    mean, logvar = normal(generator, 3, 7, 4), normal(generator, 3, 7, 4)
    expected = kl_divergence(Normal(mean, (0.5 * logvar).exp()), Normal(0.0, 1.0))
    torch.testing.assert_close(gaussian_kl(mean, logvar), expected, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize(
    ("mean", "variance", "expected"),
    [((0, 0), (1, 1), 0.0), ((1, 0), (1, 1), 0.5), ((0, 0), (math.e, 1), (math.e - 2) / 2)],
)
def test_kl_known_answers(mean, variance, expected):
    mean = torch.tensor([[mean]], dtype=torch.float64)
    logvar = torch.tensor([[variance]], dtype=torch.float64).log()
    assert gaussian_kl(mean, logvar).sum().item() == pytest.approx(expected, abs=1e-15)


def test_cross_entropy_is_the_bernoulli_log_likelihood(generator):
    logits, x = 3 * normal(generator, 2, 5, 9), (normal(generator, 2, 5, 9) > 0).double()
    expected = -Bernoulli(logits=logits).log_prob(x).sum(-1)
    torch.testing.assert_close(bernoulli_nats(logits, x), expected, rtol=1e-12, atol=1e-12)


def test_cross_entropy_stays_finite_for_large_logits():
    logits = torch.tensor([[[1000.0, -1000.0]]])
    assert bernoulli_nats(logits, torch.tensor([[[1.0, 0.0]]])).item() == 0
    assert bernoulli_nats(logits, torch.tensor([[[0.0, 1.0]]])).item() == 2000


def test_squared_error_is_a_gaussian_of_variance_one_half(generator):
    output, x = normal(generator, 2, 5, 3), normal(generator, 2, 5, 3)
    nats = -Normal(output, math.sqrt(0.5)).log_prob(x).sum(-1) - 1.5 * math.log(math.pi)
    torch.testing.assert_close(squared_error(output, x), nats, rtol=1e-12, atol=1e-12)


def test_cross_entropy_plus_kl_is_equation_10_of_kingma_and_welling(generator):
    mean, logvar, logits = (normal(generator, 1, 6, width) for width in (2, 2, 9))
    x = (normal(generator, 1, 6, 9) > 0).double()
    p = torch.sigmoid(logits)
    likelihood = (x * p.log() + (1 - x) * (1 - p).log()).sum(-1)  # their equation 11
    bound = 0.5 * (1 + logvar - mean**2 - logvar.exp()).sum(-1) + likelihood  # one draw
    terms = {"recon": bernoulli_nats(logits, x), "kl": gaussian_kl(mean, logvar)}
    torch.testing.assert_close(elbo(terms, torch.ones(1)), -bound.mean(1), rtol=1e-12, atol=1e-12)


def test_penalty_counts_weights_and_not_biases():
    weights = {"a.weight": torch.full((2, 3, 4), 2.0), "a.bias": torch.full((2, 4), 5.0)}
    assert squared_weights(weights).tolist() == [48.0, 48.0]


def test_loss_is_recon_plus_beta_kl():
    terms = {"recon": torch.tensor([[1.0, 3.0], [2.0, 2.0]]), "kl": torch.tensor([[[1.0, 2.0], [3.0, 4.0]]] * 2)}
    assert elbo(terms, torch.tensor([0.5, 2.0])).tolist() == [2 + 0.5 * 5, 2 + 2 * 5]
