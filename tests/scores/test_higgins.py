import numpy as np
import pytest

from curvae.scores import NotApplicable, higgins
from curvae.scores.higgins import differences
from curvae.scores.levels import by_level

SMALL = {"train": 2_000, "test": 1_000, "permutations": 2}


@pytest.mark.parametrize("preset", ["default", "dlib"])
def test_oracle_code_scores_one(sprites, preset):
    score = higgins(*sprites, preset=preset, permutations=1)
    assert (score.value, score.ceiling, score.interval) == (1, 1, (1, 1))
    assert score.details["accuracies"].tolist() == [1] * 5
    assert score.warnings == ()


def test_floor_is_chance(sprites):
    score = higgins(*sprites, train=4_000, test=4_000, permutations=3)
    # standard error of 12,000 binomial draws at 1/5
    assert abs(score.floor - 0.2) < 4 * np.sqrt(0.2 * 0.8 / 12_000)
    assert score.details["chance"] == 0.2


def test_constant_codes_are_at_chance_and_warned_of(sprites):
    score = higgins(np.ones((10_000, 3)), sprites[1], **SMALL)
    assert score.value == pytest.approx(0.2, abs=1e-12)
    assert sum("dead dimension" in warning for warning in score.warnings) == 3


def test_interval_contains_the_value_and_has_the_binomial_width(sprites):
    rng = np.random.default_rng(1)
    codes = sprites[0] @ rng.normal(size=(5, 5)) + 2 * rng.normal(size=(10_000, 5))
    score = higgins(codes, sprites[1], bootstrap=2_000, **SMALL)
    assert score.floor < score.interval[0] < score.value < score.interval[1] < score.ceiling
    width = 3.92 * np.sqrt(score.value * (1 - score.value) / 1_000)
    assert score.interval[1] - score.interval[0] == pytest.approx(width, rel=0.1)


def test_pairs_share_the_held_factor_and_are_two_samples():
    rng = np.random.default_rng(2)
    factors = np.stack([rng.integers(9, size=600), rng.integers(5, size=600)], axis=1)
    codes = np.hstack([factors, np.arange(600)[:, None] * 1e3]).astype(float)
    points, held = differences(codes, by_level(factors, np.arange(600)), 400, 1, rng)
    assert (points[np.arange(400), held] == 0).all()
    assert (points[:, 2] >= 1e3).all()
    assert np.bincount(held).tolist() == [200, 200]


def test_differences_have_the_expected_mean():
    # independent uniform codes: E|z1 - z2| = 1/3, and (L - 1)/L * 1/3 of it would show pairs with themselves
    rng = np.random.default_rng(3)
    factors = rng.integers(1_000, size=(4_000, 1))
    points, _ = differences(rng.random((4_000, 4)), by_level(factors, np.arange(4_000)), 3_000, 64, rng)
    assert points.mean() == pytest.approx(1 / 3, abs=0.01)


def test_every_sample_with_a_partner_is_drawn_equally_often():
    labels = np.array([0, 0, 0, 1, 1, 2])[:, None]
    (group,) = by_level(labels, np.arange(6))
    assert sorted(group.order.tolist()) == [0, 1, 2, 3, 4]
    rng = np.random.default_rng(4)
    points, _ = differences(np.eye(6), [group], 40_000, 1, rng)
    # one of the two is uniform over 5 samples, the other then uniform over the partners: 2/5 each
    np.testing.assert_allclose(points.mean(axis=0), [0.4] * 5 + [0], atol=4 * np.sqrt(0.24 / 40_000))


def test_an_incomplete_grid_will_do(sprites):
    codes, factors = sprites
    kept = (factors[:, 2] + factors[:, 3]) % 7 == 0
    assert 1_000 < kept.sum() < 2_000
    assert higgins(codes[kept], factors[kept], **SMALL).value == 1


def test_continuous_factors_are_held_within_a_bin():
    factors = np.random.default_rng(5).normal(size=(3_000, 3))
    score = higgins(factors, factors, **SMALL)
    assert score.details["binned_factors"] == ("0", "1", "2")
    assert score.value == 1


def test_scale_and_offset_of_a_latent_do_not_matter(sprites):
    rng = np.random.default_rng(6)
    codes = sprites[0] + rng.normal(size=(10_000, 5))
    moved = codes * [1e-4, 1, 1e3, 1, 10] + [0, 5, 0, -2, 0]
    assert higgins(codes, sprites[1], **SMALL).value == higgins(moved, sprites[1], **SMALL).value


def test_held_out_points_come_from_samples_that_the_classifier_never_saw():
    # with 60 samples and codes of noise, a classifier could learn the samples by heart
    rng = np.random.default_rng(7)
    codes, factors = rng.normal(size=(60, 30)), rng.integers(3, size=(60, 4))
    settings = {"train": 2_000, "test": 1_000, "permutations": 0}
    values = [higgins(codes, factors, seed=seed, **settings).value for seed in range(8)]
    assert np.mean(values) == pytest.approx(0.25, abs=0.1)


def test_lonely_samples_and_outliers_are_told():
    rng = np.random.default_rng(8)
    factors = rng.integers(3, size=(400, 3))
    factors[:2, 0] = [7, 8]
    factors[:, 2] = 0
    factors[5, 2] = 1
    codes = rng.normal(size=(400, 2))
    codes[9, 1] = 1e4
    said = "; ".join(higgins(codes, factors, **SMALL).warnings)
    assert "2 of 400 share factor '0' with no other" in said
    assert "1 of 400 share factor '2' with no other" in said
    assert "latent 1: an outlier" in said
    assert "latent 0: an outlier" not in said


def test_a_factor_without_pairs_is_excluded():
    rng = np.random.default_rng(9)
    factors = rng.integers(2, size=(12, 3)).astype(float)
    factors[:, 1] = rng.normal(size=12)
    score = higgins(rng.normal(size=(12, 2)), factors, **SMALL)
    assert score.details["factors"] == ("0", "2")
    assert score.details["accuracies"].shape == (2,)
    assert "factor '1' has no pairs in one half and was excluded" in "; ".join(score.warnings)


def test_a_fit_cut_short_is_told(sprites):
    codes = sprites[0] + np.random.default_rng(10).normal(size=(10_000, 5))
    assert "did not converge in 2 steps" in higgins(codes, sprites[1], max_iter=2, **SMALL).warnings[0]


def test_one_factor_does_not_apply(sprites):
    with pytest.raises(NotApplicable, match="factors with pairs to draw from = 1: allowed: 2 or more"):
        higgins(sprites[0], sprites[1][:, :1])


def test_more_factors_than_training_points_are_refused(sprites):
    with pytest.raises(ValueError, match="train = 4: allowed: from 5"):
        higgins(*sprites, train=4)


def test_the_seed_alone_decides(sprites):
    codes = sprites[0] + 2 * np.random.default_rng(11).normal(size=(10_000, 5))
    first, again, other = (higgins(codes, sprites[1], seed=seed, **SMALL) for seed in (1, 1, 2))
    assert first == again
    assert first.value != other.value
    assert higgins(codes, sprites[1], seed=1, **{**SMALL, "permutations": 1}).value == first.value


@pytest.mark.parametrize("standardise", [True, False])
def test_a_fit_in_the_span_of_few_points_is_the_fit(sprites, standardise):
    """Latents that are 0 leave the classifier alone, but with more latents than points it is fitted in their span."""
    rng = np.random.default_rng(4)
    codes = sprites[0] @ rng.normal(size=(5, 20)) + rng.normal(size=(10_000, 20))
    settings = {"train": 40, "test": 400, "batch": 4, "permutations": 1, "standardise": standardise}
    narrow = higgins(codes, sprites[1], **settings)
    wide = higgins(np.hstack([codes, np.zeros((10_000, 30))]), sprites[1], **settings)
    # The solver stops within its tolerance of the same optimum, which a point on the border may feel.
    assert wide.value == pytest.approx(narrow.value, abs=1.5 / 400)
    assert narrow.value - 0.1 > narrow.floor == pytest.approx(wide.floor, abs=1.5 / 400)
