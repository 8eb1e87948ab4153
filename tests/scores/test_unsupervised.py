import tracemalloc

import numpy as np
import pytest
import torch
from scipy.linalg import sqrtm
from sklearn.metrics import mutual_info_score

from curvae import scores
from curvae.scores.discretise import quantile_bins
from curvae.scores.information import mutual_information
from curvae.scores.result import around, stream
from curvae.scores.unsupervised import total_correlations, wasserstein_distances

SCORES = [scores.gaussian_total_correlation, scores.gaussian_wasserstein_correlation, scores.mean_mutual_information]


def value_of(score):
    return lambda codes, **given: score(codes, **{"bootstrap": 0} | given).value


FUNCTIONS = gaussian_total_correlation, gaussian_wasserstein_correlation, mean_mutual_information = [
    value_of(score) for score in SCORES
]


def codes_of(covariance, n=400, seed=0):
    """Samples whose sample covariance is the given one."""
    values = np.random.default_rng(seed).normal(size=(n, len(covariance)))
    white = np.linalg.qr(values - values.mean(axis=0))[0] * np.sqrt(n - 1)
    return white @ np.linalg.cholesky(covariance).T + 5


def random_covariance(d, seed):
    root = np.random.default_rng(seed).normal(size=(d, d))
    return root @ root.T + 0.1 * np.eye(d)


@pytest.mark.parametrize("r", [0.0, 0.3, -0.9])
def test_two_latents_have_closed_forms(r):
    codes = codes_of(np.array([[4, 4 * r], [4 * r, 4]]))
    assert gaussian_total_correlation(codes) == pytest.approx(-np.log(1 - r**2) / 2, abs=1e-12)
    distance = 16 - 8 * (np.sqrt(1 + r) + np.sqrt(1 - r))
    assert gaussian_wasserstein_correlation(codes) == pytest.approx(distance, abs=1e-10)
    assert gaussian_wasserstein_correlation(codes, normalised=True) == pytest.approx(distance / 8, abs=1e-11)


@pytest.mark.parametrize("d", [3, 6])
def test_values_agree_with_divergence_and_distance_of_gaussians(d):
    covariance = random_covariance(d, d)
    joint = torch.distributions.MultivariateNormal(torch.zeros(d).double(), torch.tensor(covariance))
    alone = torch.distributions.MultivariateNormal(torch.zeros(d).double(), torch.tensor(np.diag(np.diag(covariance))))
    codes = codes_of(covariance)
    exact = float(torch.distributions.kl_divergence(joint, alone))
    assert gaussian_total_correlation(codes) == pytest.approx(exact, abs=1e-10)
    root = sqrtm(np.diag(np.sqrt(np.diag(covariance))))
    half = root @ root
    distance = np.trace(2 * covariance) - 2 * np.trace(sqrtm(half @ covariance @ half)).real
    assert gaussian_wasserstein_correlation(codes) == pytest.approx(distance, abs=1e-9)


def test_scales_matter_to_the_distance_alone():
    codes = codes_of(random_covariance(3, 1))
    scaled = codes * [1e-3, 1, 1e3] + 7
    assert gaussian_total_correlation(scaled) == pytest.approx(gaussian_total_correlation(codes), abs=1e-9)
    nine = gaussian_wasserstein_correlation(3 * codes)
    assert nine == pytest.approx(9 * gaussian_wasserstein_correlation(codes), abs=1e-10)
    one, same = (gaussian_wasserstein_correlation(c, normalised=True) for c in (codes, 3 * codes))
    assert one == pytest.approx(same, abs=1e-12)


def test_a_rotation_of_white_codes_is_not_seen():
    white = codes_of(np.eye(4))
    rotated = white @ np.linalg.qr(np.random.default_rng(2).normal(size=(4, 4)))[0]
    for function in FUNCTIONS[:2]:
        assert function(rotated) == pytest.approx(0, abs=1e-10)


def test_dependent_latents():
    one = np.random.default_rng(3).normal(size=(1_000, 1))
    codes = np.hstack([one, -2 * one])
    assert gaussian_total_correlation(codes) == np.inf
    # N(0, s^2 [[1, -2], [-2, 4]]) has D^1/2 S D^1/2 = s^4 [[1, -4], [-4, 16]], of rank 1
    variance = one.var(ddof=1)
    assert gaussian_wasserstein_correlation(codes) == pytest.approx((10 - 2 * np.sqrt(17)) * variance, abs=1e-6)
    assert mean_mutual_information(codes) == pytest.approx(np.log(20), abs=1e-12)


def test_dead_latents_are_independent():
    codes = codes_of(random_covariance(3, 4))
    padded = np.hstack([codes, np.full((400, 1), 0.1)])
    for function in FUNCTIONS[:2]:
        assert function(padded) == pytest.approx(function(codes), abs=1e-12)
    assert mean_mutual_information(padded) == pytest.approx(mean_mutual_information(codes) / 2, abs=1e-12)
    for function in FUNCTIONS:
        assert function(np.full((50, 3), 0.1)) == 0
        assert function(codes[:, :1]) == pytest.approx(0, abs=1e-12)
    assert gaussian_wasserstein_correlation(np.full((50, 3), 0.1), normalised=True) == 0


def test_mean_mutual_information_agrees_with_an_independent_computation():
    codes = codes_of(random_covariance(4, 5), n=900)
    bins = [quantile_bins(z, 12) for z in codes.T]
    pairs = [mutual_info_score(bins[i], bins[j]) for i in range(4) for j in range(4) if i != j]
    assert mean_mutual_information(codes, bins=12) == pytest.approx(np.mean(pairs), abs=1e-12)
    assert mean_mutual_information(codes, binning="equal_width") != mean_mutual_information(codes)


def test_independent_latents_show_the_bias_that_is_stated():
    codes = np.random.default_rng(6).normal(size=(5_000, 8))
    assert gaussian_total_correlation(codes) == pytest.approx(8 * 7 / 4 / 5_000, rel=0.5)
    assert mean_mutual_information(codes) == pytest.approx(19**2 / 2 / 5_000, rel=0.1)


@pytest.mark.parametrize("function", FUNCTIONS)
def test_bad_input_is_refused(function):
    with pytest.raises(ValueError, match=r"codes: shape \(4,\): allowed: \(samples, columns\)"):
        function(np.ones(4))
    with pytest.raises(ValueError, match="codes: row 1 holds nan"):
        function([[0.0], [np.nan]])
    with pytest.raises(ValueError, match="codes: 1 samples: allowed: 2 or more"):
        function([[0.0, 1.0]])


def test_bad_bins_are_refused():
    codes = np.random.default_rng(7).normal(size=(50, 2))
    with pytest.raises(ValueError, match="bins = 1: allowed: whole numbers from 2"):
        mean_mutual_information(codes, bins=1)
    with pytest.raises(ValueError, match="binning = 'log': allowed: 'quantile', 'equal_width'"):
        mean_mutual_information(codes, binning="log")


@pytest.mark.parametrize(("score", "given"), [(SCORES[0], {}), (SCORES[1], {}), (SCORES[2], {"bins": 4})])
def test_intervals_cover_the_truth_and_shrink_with_the_samples(score, given):
    truth = score(codes_of(random_covariance(3, 8), n=100_000), bootstrap=0, **given).value
    draws = [
        np.random.default_rng(i).multivariate_normal(np.zeros(3), random_covariance(3, 8), 1_000) for i in range(20)
    ]
    intervals = np.array([score(codes, **given).interval for codes in draws])
    assert ((intervals[:, 0] <= truth) & (truth <= intervals[:, 1])).sum() >= 16
    fewer = np.array([score(codes[:250], **given).interval for codes in draws])
    assert np.diff(fewer).mean() == pytest.approx(2 * np.diff(intervals).mean(), rel=0.3)


@pytest.mark.parametrize("score", SCORES[:2])
def test_resampled_covariances_are_those_of_the_resamples_and_hold_what_a_few_codes_do(score):
    codes = np.random.default_rng(2).multivariate_normal(np.zeros(12), random_covariance(12, 4), 20_000)
    rng, measure = stream(3, "bootstrap"), {SCORES[0]: total_correlations, SCORES[1]: wasserstein_distances}[score]
    resampled = [np.cov(codes[rng.integers(len(codes), size=len(codes))].T) for _ in range(50)]
    tracemalloc.start()
    found = score(codes, seed=3, bootstrap=50)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert found.interval == pytest.approx(around(found.value, measure(np.array(resampled))), rel=1e-9)
    assert peak < 6 * codes.nbytes


@pytest.mark.parametrize("score", SCORES)
def test_a_score_without_factors_has_neither_floor_nor_ceiling_and_says_why(score):
    codes = np.hstack([codes_of(random_covariance(3, 9)), np.full((400, 1), 0.1)])
    found = score(codes, seed=1)
    assert np.isnan([found.floor, found.ceiling]).all()
    assert "no oracle code" in found.details["floor_and_ceiling"]
    assert found.warnings == ("dead dimension: latent 3 is constant",)
    assert found.interval[0] < found.value < found.interval[1]
    assert (found.value, found.interval) == (score(codes, seed=1).value, score(codes, seed=1).interval)
    assert found.interval != score(codes, seed=2).interval
    assert np.isnan(score(codes, bootstrap=0).interval).all()
    assert score(np.full((50, 3), 0.1)).interval == (0, 0)
    with pytest.raises(ValueError, match="bootstrap = -1: allowed: whole numbers from 0"):
        score(codes, bootstrap=-1)


def test_dependent_latents_have_no_finite_interval():
    one = np.random.default_rng(3).normal(size=(1_000, 1))
    found = scores.gaussian_total_correlation(np.hstack([one, -2 * one]))
    assert found.interval == (np.inf, np.inf)
    assert "linear functions of others" in found.warnings[0]
    few = scores.gaussian_total_correlation(np.random.default_rng(0).normal(size=(4, 3)))
    assert np.isfinite(few.value)
    assert np.isnan(few.interval).all()
    assert "too few different samples" in few.warnings[0]


def test_the_mean_over_pairs_is_that_of_the_table():
    codes = codes_of(random_covariance(5, 10), n=700)
    labels = np.stack([quantile_bins(z, 20) for z in codes.T], axis=1)
    table = mutual_information(labels, labels)[0]
    assert mean_mutual_information(codes) == pytest.approx(table[~np.eye(5, dtype=bool)].mean(), abs=1e-12)
