"""The split of the KL over a batch: sums, weights of both estimators, and the definition in loops."""

from itertools import permutations
from math import log

import numpy as np
import pytest
import torch
from scipy.special import logsumexp
from scipy.stats import norm

from curvae.objectives.beta_tcvae import decompose, log_mixture_weights, log_normal, stratified_weights
from curvae.scores.decomposition import kl_decomposition
from curvae.scores.result import stream


def parts(leaves, noise, log_weights):
    z = leaves["mean"] + (0.5 * leaves["logvar"]).exp() * noise
    return z, decompose(leaves["mean"], leaves["logvar"], z, log_weights)


@pytest.mark.parametrize(("batch", "samples"), [(1, 1), (1, 9), (2, 2), (2, 5), (8, 8), (8, 1000), (64, 737280)])
def test_rows_of_the_stratified_weights_sum_to_1(batch, samples):
    weights = stratified_weights(batch, samples)
    torch.testing.assert_close(weights.sum(1), torch.ones(batch, dtype=torch.float64), rtol=1e-14, atol=0)
    assert (weights > 0).all()


def test_every_row_has_its_own_sample_on_the_diagonal():
    weights, n, m = stratified_weights(5, 20), 20, 4
    assert weights.diagonal().tolist() == [1 / n] * 5
    for row in range(5):
        others = sorted(weights[row][torch.arange(5) != row].tolist())
        assert others == pytest.approx([(n - m) / (n * m)] + [1 / m] * 3, rel=1e-15)


def test_the_stratified_estimate_is_unbiased():
    rng = np.random.default_rng(0)
    mean, z, n, batch = rng.normal(size=6), 0.3, 6, 4
    densities = norm.pdf(z, mean, 0.5)
    weights = stratified_weights(batch, n)[0].numpy()
    drawn = [weights @ densities[[2, *rest]] for rest in permutations([0, 1, 3, 4, 5], batch - 1)]
    assert np.mean(drawn) == pytest.approx(densities.mean(), rel=1e-14)


def test_the_weighted_estimate_divides_by_n_times_b():
    assert log_mixture_weights("weighted", 4, 100).unique().tolist() == [-log(400)]


def test_a_batch_larger_than_the_data_counts_as_the_data():
    assert torch.equal(log_mixture_weights("stratified", 8, 5), log_mixture_weights("stratified", 8, 8))


@pytest.mark.parametrize("estimator", ["weighted", "stratified"])
def test_agrees_with_the_definition_written_as_loops(estimator, drawn):
    leaves, noise, _, _ = drawn(members=2, batch=5)
    n, batch, m = 40, 5, 4
    z, found = parts(leaves, noise, log_mixture_weights(estimator, batch, n))
    mean, sd, z = leaves["mean"].detach().numpy(), (0.5 * leaves["logvar"]).exp().detach().numpy(), z.detach().numpy()
    for member in range(2):
        for i in range(batch):
            weights = np.full(batch, 1 / (n * batch) if estimator == "weighted" else 1 / m)
            if estimator == "stratified":
                weights[i], weights[(i + 1) % batch] = 1 / n, (n - m) / (n * m)
            each = np.array([norm.logpdf(z[member, i], mean[member, k], sd[member, k]) for k in range(batch)])
            joint = logsumexp(each.sum(1), b=weights)
            marginals = sum(logsumexp(each[:, latent], b=weights) for latent in range(3))
            expected = {
                "mi": each[i].sum() - joint,
                "tc": joint - marginals,
                "dwkl": marginals - norm.logpdf(z[member, i]).sum(),
            }
            for name, value in expected.items():
                assert found[name][member, i].item() == pytest.approx(value, rel=1e-11)


@pytest.mark.parametrize("estimator", ["weighted", "stratified"])
def test_the_parts_sum_to_the_sampled_kl(estimator, drawn):
    leaves, noise, _, _ = drawn(batch=64)
    z, found = parts(leaves, noise, log_mixture_weights(estimator, 64, 1000))
    zero = torch.zeros((), dtype=torch.float64)
    kl = (log_normal(z, leaves["mean"], leaves["logvar"]) - log_normal(z, zero, zero)).sum(-1)
    torch.testing.assert_close(sum(found.values()), kl, rtol=0, atol=1e-10)


def test_the_exact_densities_give_the_decomposition_of_the_scores():
    rng = np.random.default_rng(1)
    mean, logvar = rng.normal(size=(200, 3)), rng.normal(size=(200, 3)) - 2
    noise = stream(4, "value").standard_normal((2, 200, 3))
    exact = kl_decomposition(mean, logvar, seed=4, controlled=False)
    leaves = {name: torch.as_tensor(np.stack([a] * 2)) for name, a in (("mean", mean), ("logvar", logvar))}
    _, found = parts(leaves, torch.as_tensor(noise), torch.full((200, 200), -log(200), dtype=torch.float64))
    for name, part in found.items():
        assert part.mean().item() == pytest.approx(getattr(exact, name), abs=1e-10)
    assert 0 <= found["mi"].mean() <= log(200)


def test_codes_on_a_grid_have_no_total_correlation(drawn):
    axis = torch.linspace(-2, 2, 15, dtype=torch.float64)
    mean = torch.cartesian_prod(axis, axis / 2)[None]
    noise = torch.randn(mean.shape, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    leaves = {"mean": mean, "logvar": torch.full_like(mean, -1.0)}
    _, found = parts(leaves, noise, torch.full((225, 225), -log(225), dtype=torch.float64))
    assert found["tc"].abs().max() < 1e-12


def test_the_stratified_total_correlation_of_large_batches_is_near_the_exact_one():
    generator = torch.Generator().manual_seed(0)
    common = torch.randn(20, 500, 1, generator=generator, dtype=torch.float64)
    mean = 0.8 * common + 0.6 * torch.randn(20, 500, 2, generator=generator, dtype=torch.float64)
    leaves = {"mean": mean, "logvar": torch.full_like(mean, log(0.5))}
    noise = torch.randn(mean.shape, generator=generator, dtype=torch.float64)
    _, found = parts(leaves, noise, log_mixture_weights("stratified", 500, 100_000))
    expected = 0.5 * log(1.5**2 / (1.5**2 - 0.64**2))
    assert found["tc"].mean().item() == pytest.approx(expected, abs=0.03)
