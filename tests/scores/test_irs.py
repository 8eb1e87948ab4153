import numpy as np
import pytest
from scipy.stats import norm

from curvae.scores.discretise import equal_width_bins, standardise
from curvae.scores.irs import irs

QUICK = {"bootstrap": 0, "permutations": 0}


def naive(codes, labels, quantile, largest, by_share):
    """The definition, one latent, factor and level at a time."""
    numerator = denominator = 0.0
    for z in codes.T:
        if np.ptp(z) == 0:
            continue
        whole = np.quantile(abs(z - z.mean()), 1 if largest else quantile)
        best = 0.0
        for level in labels.T:
            strays = [np.quantile(abs(z[level == v] - z[level == v].mean()), quantile) for v in np.unique(level)]
            shares = [np.mean(level == v) for v in np.unique(level)] if by_share else None
            best = max(best, 1 - np.average(strays, weights=shares) / whole)
        numerator += whole * best
        denominator += whole
    return numerator / denominator if denominator else 0.0


@pytest.mark.parametrize("kind", ["random", "rotated", "dead", "nonlinear"])
def test_presets_agree_with_the_definition(kind):
    rng = np.random.default_rng(1)
    factors = np.stack([rng.integers(4, size=900), rng.choice(30, 900, p=np.arange(1, 31) / 465)], axis=1)
    rotated = standardise(factors) @ [[0.8, 0.6], [-0.6, 0.8]]
    codes = {
        "random": rng.normal(size=(900, 3)),
        "rotated": rotated,
        "dead": np.hstack([rotated[:, :1], np.zeros((900, 2))]),
        "nonlinear": np.exp(rotated) + 0.1 * rng.normal(size=(900, 2)),
    }[kind]
    binned = np.stack([equal_width_bins(column, 20) for column in factors.T], axis=1)
    for preset, expected in {
        "default": naive(codes, factors, 0.99, False, True),
        "dlib": naive(codes, binned, 0.99, True, False),
        "paper": naive(codes, factors, 1, True, True),
    }.items():
        assert irs(codes, factors, preset=preset, **QUICK).value == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("preset", ["default", "paper"])
def test_one_latent_a_factor_is_perfectly_robust(sprites, preset):
    codes, factors = sprites
    score = irs(codes, factors, preset=preset, bootstrap=5, permutations=1)
    assert [score.value, score.ceiling] == pytest.approx([1, 1], abs=1e-12)
    np.testing.assert_array_equal(score.details["parents"], range(5))
    # duplicated, permuted and warped latents stay robust; one factor is enough
    for others in (np.hstack([codes[:, ::-1], codes]) ** 3, codes[:, :1]):
        assert irs(others, factors, preset=preset, **QUICK).value == pytest.approx(1, abs=1e-12)


def test_twenty_bins_cannot_hold_forty_levels_still(sprites):
    # two of 40 levels share each bin and lie half a step, of 19.5, off its mean; of 32 levels so do two in 12 bins
    parts = irs(*sprites, preset="dlib", **QUICK).details["robustness"]
    assert [parts[0, 0], parts[1, 1]] == pytest.approx([1, 1], abs=1e-12)
    assert parts[2, 2] == pytest.approx(1 - 0.5 / 19.5, abs=3e-3)
    assert parts[3, 3] == pytest.approx(1 - 0.6 * 0.5 / 15.5, abs=3e-3)


def test_noise_scores_near_zero_by_default_but_not_by_the_published_presets(sprites):
    noise = np.random.default_rng(2).normal(size=(10_000, 10))
    default, dlib, paper = (irs(noise, sprites[1], preset=p, **QUICK).value for p in ("default", "dlib", "paper"))
    assert default < 0.05
    assert dlib == pytest.approx(0.39, abs=0.03)
    assert dlib == pytest.approx(1 - norm.ppf(0.995) / norm.ppf(1 - 0.5 / 10_000), abs=0.06)
    assert 0.2 < paper < dlib


def test_floor_is_what_the_permuted_codes_score(sprites):
    noise = np.random.default_rng(3).normal(size=(10_000, 2))
    score = irs(noise, sprites[1], preset="dlib", bootstrap=0, permutations=2)
    assert score.floor == pytest.approx(score.value, abs=0.03)


def test_rotation_of_two_factors_has_a_closed_form():
    # z = (x + y, x - y), x and y uniform on a fine grid of [-1, 1]: held x leaves y's range 1 of 2
    grid = np.linspace(-1, 1, 41)
    factors = np.stack(np.meshgrid(grid, grid, indexing="ij"), axis=-1).reshape(-1, 2)
    codes = factors @ [[1, 1], [1, -1]]
    assert irs(codes, factors, preset="paper", **QUICK).value == pytest.approx(0.5, abs=1e-12)


def test_one_outlier_lifts_the_paper_preset_and_not_the_default(sprites):
    noise = np.random.default_rng(4).normal(size=(10_000, 3))
    spoilt = noise.copy()
    spoilt[5] = 60
    before, after = (irs(codes, sprites[1], **QUICK).value for codes in (noise, spoilt))
    assert after < before + 0.01
    assert irs(spoilt, sprites[1], preset="paper", **QUICK).value > 0.9


def test_constant_codes_score_zero(sprites):
    for preset in ("default", "dlib", "paper"):
        score = irs(np.full((10_000, 3), 0.1), sprites[1], preset=preset, bootstrap=3, permutations=1)
        assert (score.value, score.interval, score.floor) == (0, (0, 0), 0)
        np.testing.assert_array_equal(score.details["parents"], -1)


def test_dead_latents_have_no_weight(sprites):
    codes, factors = sprites
    mixed = codes @ np.linalg.qr(np.random.default_rng(5).normal(size=(5, 5)))[0]
    padded = np.hstack([mixed, np.ones((10_000, 4))])
    assert irs(padded, factors, **QUICK).value == pytest.approx(irs(mixed, factors, **QUICK).value, abs=1e-12)


def test_continuous_factors_and_few_samples_are_told():
    rng = np.random.default_rng(6)
    factors = rng.normal(size=(800, 2))
    score = irs(factors, factors, **QUICK)
    assert score.details["binned_factors"] == ("0", "1")
    assert 0.6 < score.value < 1
    assert [warning[:32] for warning in score.warnings] == ["too few samples: 40 a level of f"] * 2


def test_interval_is_as_wide_as_the_spread_over_fresh_samples():
    def draw(seed):
        rng = np.random.default_rng(seed)
        factors = np.stack([rng.integers(size, size=2_000) for size in (4, 5)], axis=1)
        return factors @ [[1, 0.4], [0.3, 1]] + 0.3 * rng.normal(size=(2_000, 2)), factors

    values = [irs(*draw(seed), **QUICK).value for seed in range(80)]
    low, high = np.mean([irs(*draw(seed), permutations=0).interval for seed in range(200, 204)], axis=0)
    assert (high - low) / 3.92 == pytest.approx(np.std(values), rel=0.3)


def test_bad_settings_are_refused(sprites):
    with pytest.raises(ValueError, match=r"irs: quantile = 1.5: allowed: numbers from 0.5 to 1"):
        irs(*sprites, quantile=1.5)
    with pytest.raises(ValueError, match="irs: whole = 'all': allowed: 'quantile', 'largest'"):
        irs(*sprites, whole="all")
    with pytest.raises(ValueError, match="preset = 'hsu': allowed: default, dlib, paper"):
        irs(*sprites, preset="hsu")
