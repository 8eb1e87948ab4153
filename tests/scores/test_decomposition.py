"""The split of the KL: parts that add up, closed forms, bounds, and a sweep's table."""

import numpy as np
import pytest
import xarray as xr
from scipy.special import logsumexp
from scipy.stats import norm, qmc

from curvae.scores.decomposition import decompose_members, kl_decomposition
from curvae.scores.result import stream


def codes(n=300, d=4, seed=5):
    rng = np.random.default_rng(seed)
    return rng.normal(size=(n, d)) * [1.5, 1, 0.5, 0.01][:d], rng.normal(size=(n, d)) - 1.5


def gaussian_codes(correlation, n=2**12):
    """Means that fill the Gaussian of this correlation evenly."""
    spread = norm.ppf(qmc.Sobol(len(correlation), seed=1).random(n))
    return spread @ np.linalg.cholesky(correlation).T


def test_agrees_with_the_definition_written_as_loops():
    mean, logvar = codes(n=12)
    sd, n = np.exp(logvar / 2), len(mean)
    noise = stream(3, "value").standard_normal((2, *mean.shape))
    mi = tc = dwkl = 0.0
    for draw in noise:
        for i in range(n):
            z = mean[i] + sd[i] * draw[i]
            each = np.array([norm.logpdf(z, mean[k], sd[k]) for k in range(n)])  # [component, latent]
            joint = logsumexp(each.sum(1)) - np.log(n)
            marginals = sum(logsumexp(each[:, j]) - np.log(n) for j in range(mean.shape[1]))
            mi += (each[i].sum() - joint) / (2 * n)
            tc += (joint - marginals) / (2 * n)
            dwkl += (marginals - norm.logpdf(z).sum()) / (2 * n)
    found = kl_decomposition(mean, logvar, seed=3, controlled=False)
    np.testing.assert_allclose([found.mi, found.tc, found.dwkl], [mi, tc, dwkl], rtol=1e-12)


def test_the_parts_add_up():
    mean, logvar = codes()
    plain = kl_decomposition(mean, logvar, controlled=False)
    assert plain.mi + plain.tc + plain.dwkl == pytest.approx(plain.kl_sampled, abs=1e-10)
    exact = kl_decomposition(mean, logvar)
    assert exact.mi + exact.tc + exact.dwkl == pytest.approx(exact.kl, abs=1e-10)
    assert exact.kl_per_latent.sum() == pytest.approx(exact.kl, abs=1e-10)
    closed = 0.5 * (mean**2 + np.exp(logvar) - 1 - logvar)
    np.testing.assert_allclose(exact.kl_per_latent, closed.mean(axis=0), rtol=1e-12)


@pytest.mark.parametrize("controlled", [True, False])
def test_errors_are_those_of_repeated_draws(controlled):
    mean, logvar = codes(n=100)
    found = [kl_decomposition(mean, logvar, seed, controlled=controlled) for seed in range(200)]
    values = np.array([(f.mi, f.tc, f.dwkl, f.kl_sampled) for f in found])
    said = np.sqrt(np.mean([np.square(f.error) for f in found], axis=0))
    np.testing.assert_allclose(values.std(axis=0, ddof=1), said, rtol=0.2)
    # The sampled KL is unbiased.
    assert abs(values[:, 3].mean() - found[0].kl) < 4 * values[:, 3].std() / np.sqrt(len(values))


def test_control_variates_keep_the_mean_and_shrink_the_errors():
    mean, logvar = codes(n=100)
    plain = kl_decomposition(mean, logvar, draws=400, controlled=False)
    found = [kl_decomposition(mean, logvar, seed) for seed in range(1, 41)]
    for part in ("mi", "tc", "dwkl"):
        values = [getattr(f, part) for f in found]
        error = np.hypot(np.std(values) / np.sqrt(len(values)), getattr(plain.error, part))
        assert abs(np.mean(values) - getattr(plain, part)) < 4 * error
        assert getattr(found[0].error, part) < getattr(kl_decomposition(mean, logvar, 1, controlled=False).error, part)


@pytest.mark.parametrize(("rho", "variance"), [(0.8, 0.25), (0.5, 1.0), (0.0, 0.5)])
def test_gaussian_aggregate_posterior_has_its_closed_form(rho, variance):
    correlation = np.array([[1, rho], [rho, 1]])
    mean = gaussian_codes(correlation)
    found = kl_decomposition(mean, np.full(mean.shape, np.log(variance)), draws=4)
    total = correlation + variance * np.eye(2)
    assert found.tc == pytest.approx(0.5 * np.log(np.diag(total).prod() / np.linalg.det(total)), abs=0.02)
    assert found.mi == pytest.approx(0.5 * np.log(np.linalg.det(total) / variance**2), abs=0.02)
    assert found.dwkl == pytest.approx(1 + variance - 1 - np.log(1 + variance), abs=0.02)


def test_a_grid_of_codes_is_factorised():
    mean = np.stack(np.meshgrid(np.linspace(-1, 1, 20), [-2.0, 0.5, 1.0], [0.0, 1.0]), axis=-1).reshape(-1, 3)
    found = kl_decomposition(mean, np.full(mean.shape, -2.0))
    assert found.tc == pytest.approx(0, abs=1e-12)
    noisy = kl_decomposition(gaussian_codes(np.eye(2)), np.full((2**12, 2), -1.0))
    assert abs(noisy.tc) < 0.02


def test_equal_codes_have_no_dependence_but_a_copy():
    mean = np.repeat(gaussian_codes(np.eye(1)), 2, axis=1)
    found = kl_decomposition(mean, np.full(mean.shape, np.log(1e-2)))
    total = np.array([[1.01, 1], [1, 1.01]])
    assert found.tc == pytest.approx(0.5 * np.log(1.01**2 / np.linalg.det(total)), abs=0.03)


@pytest.mark.parametrize(("logvar", "expected"), [(-200.0, np.log(300)), (-20.0, np.log(300)), (0.0, None)])
def test_mutual_information_lies_between_0_and_ln_n(logvar, expected):
    mean, _ = codes()
    for controlled in (True, False):
        found = kl_decomposition(mean, np.full(mean.shape, logvar), controlled=controlled)
        assert -4 * found.error.mi <= found.mi <= np.log(300) + 1e-9
        if expected:
            assert found.mi == pytest.approx(expected, abs=1e-9)


def test_a_collapsed_encoder_has_nothing_of_anything():
    found = kl_decomposition(np.zeros((50, 3)), np.zeros((50, 3)))
    np.testing.assert_allclose([found.mi, found.tc, found.dwkl, found.kl], 0, atol=1e-12)


def test_blocks_leave_the_value_alone(monkeypatch):
    mean, logvar = codes()
    whole = kl_decomposition(mean, logvar)
    monkeypatch.setattr("curvae.scores.decomposition.PAIRS", 7 * 300)
    parts = kl_decomposition(mean, logvar)
    np.testing.assert_allclose([parts.mi, parts.tc, parts.dwkl], [whole.mi, whole.tc, whole.dwkl], rtol=1e-12)


def test_the_draws_are_a_function_of_the_seed():
    mean, logvar = codes(n=20)
    assert kl_decomposition(mean, logvar, 1) == kl_decomposition(mean, logvar, 1)
    assert kl_decomposition(mean, logvar, 1) != kl_decomposition(mean, logvar, 2)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"mean": np.zeros(5)}, r"mean: shape \(5,\): allowed: \[sample, latent\]"),
        ({"mean": np.zeros((3, 2)), "logvar": np.zeros((3, 2))}, "mean: 3 samples: allowed: 4 or more"),
        ({"logvar": np.zeros((5, 3))}, r"logvar: shape \(5, 3\): allowed: \(5, 2\)"),
        ({"logvar": np.full((5, 2), np.nan)}, "mean, logvar: NaN or out of range: allowed: numbers within 300 of 0"),
        ({"logvar": np.full((5, 2), 800.0)}, "mean, logvar: NaN or out of range"),
        ({"draws": 1}, "draws = 1: allowed: whole numbers from 2"),
        ({"seed": -1}, "seed = -1: allowed: whole numbers from 0"),
    ],
)
def test_refuses_in_one_line(change, message):
    with pytest.raises(ValueError, match=message):
        kl_decomposition(**({"mean": np.zeros((5, 2)), "logvar": np.zeros((5, 2))} | change))


def test_a_sweep_has_one_row_a_member_and_a_diverged_one_says_so():
    mean, logvar = codes(n=40)
    broken = np.full_like(mean, np.nan)

    def stack(means, betas):
        dims = ("member", "sample", "latent")
        coords = {"beta": ("member", betas), "seed": ("member", [0] * len(betas))}
        return xr.Dataset({"mean": (dims, means), "logvar": (dims, np.stack([logvar] * len(betas)))}, coords=coords)

    points = stack(mean[None], [2.0])
    points["logvar"] = points["logvar"] - np.inf
    told = decompose_members([points], samples=30, seed=2)
    assert told["warnings"].tolist() == ["no density: the posterior is a point"]
    assert told[["mi", "tc", "dwkl", "kl"]].isna().all(axis=None)
    table = decompose_members(
        [stack(np.stack([mean, broken]), [1.0, 4.0]), stack(mean[None], [9.0])], samples=30, seed=2
    )
    assert table["beta"].tolist() == [1, 4, 9]
    alone = kl_decomposition(mean[:30], logvar[:30], 2)
    assert table.loc[0, ["mi", "tc", "dwkl", "kl"]].tolist() == [alone.mi, alone.tc, alone.dwkl, alone.kl]
    assert table.loc[2, "tc_error"] == alone.error.tc
    assert table[["mi", "dwkl_error"]].isna().any(axis=1).tolist() == [False, True, False]
    assert table.loc[0, ["kl_sampled", "kl_error"]].tolist() == [alone.kl_sampled, alone.error.kl]
    assert table.loc[1, "warnings"] == "the member diverged: its codes are not finite or too large"
    assert (table["n"] == 30).all()
    assert (table["d"] == 4).all()


@pytest.mark.parametrize("kind", ["iaf", "layered"])
def test_moments_of_a_posterior_that_is_no_gaussian_are_refused(kind):
    mean, logvar = codes(n=20)
    dims = ("member", "sample", "latent")
    stack = xr.Dataset({"mean": (dims, mean[None]), "logvar": (dims, logvar[None])}, attrs={"posterior": kind})
    with pytest.raises(ValueError, match=f"posterior = '{kind}': allowed: 'gaussian', whose density is in closed form"):
        decompose_members([stack], samples=20, seed=0)


@pytest.mark.parametrize(("logvar", "saturated"), [(-12.0, True), (1.0, False)])
def test_a_member_whose_codes_lie_apart_is_told(logvar, saturated):
    mean, _ = codes(n=60)
    dims = ("member", "sample", "latent")
    stack = xr.Dataset({"mean": (dims, mean[None]), "logvar": (dims, np.full((1, *mean.shape), logvar))})
    row = decompose_members([stack], samples=60, seed=0).iloc[0]
    assert row["saturated"] == saturated == (row["mi"] > np.log(60) - 0.5)
    assert row["warnings"].startswith("mi is near its most, ln n = 4.09") == saturated
