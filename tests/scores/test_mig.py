import numpy as np
import pytest
from sklearn.metrics import mutual_info_score

from curvae.scores import mig
from curvae.scores.discretise import equal_width_bins, quantile_bins, standardise
from curvae.scores.information import mutual_information

QUICK = {"bootstrap": 0, "permutations": 0}


def test_mutual_information_agrees_with_an_independent_computation():
    rng = np.random.default_rng(1)
    first = rng.integers(7, size=(500, 3))
    second = np.stack([rng.integers(4, size=500), first[:, 0] // 2, (first[:, 1] + rng.integers(2, size=500))], 1)
    found, entropies = mutual_information(first, second)
    for j in range(3):
        for k in range(3):
            assert abs(found[j, k] - mutual_info_score(first[:, j], second[:, k])) < 1e-12
    own = [mutual_info_score(column, column) for column in second.T]
    np.testing.assert_allclose(entropies, own, rtol=0, atol=1e-12)


@pytest.mark.parametrize("preset", ["default", "dlib"])
def test_oracle_code_scores_the_known_value(sprites, preset):
    score = mig(*sprites, preset=preset)
    assert score.value == pytest.approx(0.896, abs=0.02)
    assert score.value == score.ceiling
    assert score.interval[0] < score.value < score.interval[1]
    assert 0 < score.floor < 0.002
    assert score.warnings == ()
    assert score.details["mutual_information"].shape == (5, 5)
    # three levels are resolved by 20 bins, forty are not
    assert score.details["gaps"][0] > 0.99
    assert score.details["gaps"][2] < np.log(20) / np.log(40) + 0.01


@pytest.mark.parametrize("preset", ["default", "dlib"])
def test_a_bijective_code_on_a_complete_grid_scores_one(preset):
    factors = np.stack(np.meshgrid(range(4), range(5), range(3), indexing="ij"), axis=-1).reshape(-1, 3)
    codes = np.array([3.0, 1.0, -2.0, 0.5, 9.0])[factors][:, [2, 0, 1]]
    assert mig(codes, factors, preset="default", **QUICK).value == pytest.approx(1, abs=1e-12)
    assert mig(-factors, factors, preset=preset, **QUICK).value == pytest.approx(1, abs=1e-12)


def test_gap_of_a_noisy_binary_channel_matches_its_closed_form():
    # a bit flipped in 1 of 10 samples, exactly: I = ln 2 - H(0.1)
    factor = np.repeat([0, 1], 500)
    code = np.where(np.arange(1000) % 10 == 0, 1 - factor, factor)
    capacity = np.log(2) + 0.1 * np.log(0.1) + 0.9 * np.log(0.9)
    score = mig(code[:, None], factor[:, None], **QUICK)
    assert score.value == pytest.approx(capacity / np.log(2), abs=1e-12)
    assert "one latent" in score.warnings[0]


@pytest.mark.parametrize("preset", ["default", "dlib"])
def test_duplicated_codes_score_zero(sprites, preset):
    codes, factors = sprites
    assert mig(np.hstack([codes, codes]), factors, preset=preset, **QUICK).value == 0


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("preset", ["default", "dlib"])
def test_constant_codes_score_zero_even_with_rounding_noise(sprites, preset, dtype):
    noise = np.random.default_rng(2).integers(-1, 2, size=(10_000, 2))
    codes = (0.7 * (1 + noise * np.finfo(dtype).eps)).astype(dtype)
    score = mig(codes, sprites[1], preset=preset, bootstrap=20)
    assert (score.value, score.interval) == (0, (0, 0))
    assert [warning for warning in score.warnings if "dead dimension: latent 1 " in warning]


def test_a_collapsed_dimension_is_named(sprites):
    codes, factors = sprites
    score = mig(codes * [1, 1, 1, 1, 0.003], factors, **QUICK)
    assert len(score.warnings) == 1
    assert "latent 4 has collapsed" in score.warnings[0]
    assert score.value == mig(codes, factors, **QUICK).value


def test_one_outlier_eats_equal_width_bins_but_not_quantile_bins(sprites):
    codes, factors = sprites[0].copy(), sprites[1]
    codes[17] = 55
    wide = mig(codes, factors, preset="dlib", **QUICK)
    assert 0.05 < wide.value < 0.15
    assert [warning[:20] for warning in wide.warnings] == [f"latent {j}: an outlier" for j in range(5)]
    even = mig(codes, factors, **QUICK)
    assert even.value == pytest.approx(mig(*sprites, **QUICK).value, abs=1e-3)
    assert even.warnings == ()


def test_default_sees_only_ranks_and_no_order_of_latents():
    rng = np.random.default_rng(3)
    factors = rng.integers(6, size=(3_000, 2))
    codes = factors @ [[1, 0.3, 0], [0.2, 1, 0]] + 0.3 * rng.normal(size=(3_000, 3))
    before = mig(codes, factors, seed=4)
    warped = np.stack([np.exp(codes[:, 0]), codes[:, 1] ** 3, np.arctan(codes[:, 2])], axis=1)
    after = mig(warped[:, [2, 0, 1]], factors, seed=4)
    assert before.value == pytest.approx(after.value, abs=1e-12)
    np.testing.assert_allclose(before.interval, after.interval, rtol=0, atol=1e-12)
    assert mig(-codes, factors, **QUICK).value == pytest.approx(before.value, abs=1e-12)
    assert mig(warped, factors, preset="dlib", **QUICK).value != mig(codes, factors, preset="dlib", **QUICK).value


def test_quantile_bins_hold_equal_shares_and_keep_few_levels():
    column = np.random.default_rng(5).permutation(1_000) ** 3.0
    assert (np.bincount(quantile_bins(column, 20)) == 50).all()
    # ties share a bin, that of their mid-rank, so that turning the variable round turns the bins round
    tied = np.random.default_rng(6).integers(33, size=1_000)
    np.testing.assert_array_equal(quantile_bins(-tied, 20), 19 - quantile_bins(tied, 20))
    assert quantile_bins(np.array([5.0, -1, 5, 5, 5, 7]), 3).tolist() == [1, 0, 1, 1, 1, 2]


def test_equal_width_bins_agree_with_the_histogram():
    column = np.random.default_rng(6).normal(size=2_000)
    np.testing.assert_array_equal(np.bincount(equal_width_bins(column, 20), minlength=20), np.histogram(column, 20)[0])
    assert equal_width_bins(np.full(4, 0.1), 20).tolist() == [0, 0, 0, 0]


def test_continuous_factors_are_binned_and_gridded_ones_are_not():
    rng = np.random.default_rng(7)
    grid = np.linspace(0.5, 1, 6)[rng.integers(6, size=4_000)]
    factors = np.stack([grid, rng.normal(size=4_000), np.ones(4_000), rng.integers(51, size=4_000)], axis=1)
    score = mig(factors, factors, factor_names=["scale", "x", "colour", "count"], **QUICK)
    assert score.details["factors"] == ("scale", "x", "count")
    assert score.details["binned_factors"] == ("x", "count")
    assert score.details["entropies"][1] == pytest.approx(np.log(20), abs=1e-12)
    assert "factor 'colour' is constant and was excluded" in score.warnings


def test_interval_is_as_wide_as_the_spread_over_fresh_samples():
    def draw(seed):
        rng = np.random.default_rng(seed)
        factors = np.stack([rng.integers(size, size=1_500) for size in (4, 5, 6)], axis=1)
        mixed = factors @ [[1, 0.4, 0], [0, 1, 0.3], [0.2, 0, 1]]
        return mixed + 0.5 * rng.normal(size=(1_500, 3)), factors

    values = [mig(*draw(seed), **QUICK).value for seed in range(100)]
    low, high = np.mean([mig(*draw(seed), permutations=0).interval for seed in range(200, 205)], axis=0)
    assert (high - low) / 3.92 == pytest.approx(np.std(values), rel=0.25)


def test_few_samples_are_told():
    rng = np.random.default_rng(8)
    factors = rng.integers(10, size=(200, 2))
    warnings = mig(standardise(rng.normal(size=(200, 3))), factors, **QUICK).warnings
    assert [warning[:22] for warning in warnings] == ["too few samples (200):"] * 2


def test_more_points_than_allowed_are_thinned_by_the_seed(sprites):
    first, again, other = (mig(*sprites, seed=seed, points=2_000) for seed in (1, 1, 2))
    assert first.details["points"] == 2_000
    assert first == again
    assert first.value != other.value
    assert mig(*sprites, seed=1, points=2_000, permutations=1, bootstrap=5).value == first.value


def test_standardised_columns_have_unit_moments_and_a_constant_is_zero():
    values = np.random.default_rng(9).normal(3, 5, size=(10_000, 2)) * [1, 1e-6]
    scaled = standardise(np.hstack([values, np.full((10_000, 1), 0.7)]))
    np.testing.assert_allclose(scaled.mean(axis=0), 0, atol=1e-12)
    np.testing.assert_allclose(scaled.std(axis=0), [1, 1, 0], atol=1e-12)
    np.testing.assert_allclose(standardise(values[:5], values), scaled[:5, :2], atol=1e-12)
