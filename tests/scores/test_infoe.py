import numpy as np
import pytest
from scipy.integrate import quad
from scipy.optimize import minimize
from scipy.special import log_softmax
from scipy.stats import norm

from curvae.scores.discretise import standardise
from curvae.scores.infoe import infoe

QUICK = {"bootstrap": 0, "permutations": 0}


def bits(n, seed=0):
    rng = np.random.default_rng(seed)
    factor = rng.integers(2, size=n)
    return 2.0 * factor[:, None] - 1 + rng.normal(size=(n, 1)), factor[:, None]


def test_information_on_a_noisy_bit_matches_its_closed_form():
    # the posterior of +-1 + N(0, 1) is logistic in z, so V-information is mutual information
    exact, _ = quad(
        lambda z: norm.pdf(z, 1) * np.log(norm.pdf(z, 1) / (norm.pdf(z, 1) / 2 + norm.pdf(z, -1) / 2)), -8, 8
    )
    score = infoe(*bits(10_000), permutations=1)
    assert score.interval[0] < exact / np.log(2) < score.interval[1]
    assert score.value == pytest.approx(exact / np.log(2), abs=0.02)
    assert score.floor < 1e-3
    assert score.details["null_losses"][0] == pytest.approx(np.log(2), abs=1e-3)


def test_losses_agree_with_an_independent_fit():
    rng = np.random.default_rng(1)
    factor = rng.choice(4, size=400, p=[0.1, 0.2, 0.3, 0.4])
    codes = np.stack([factor + rng.normal(size=400), rng.normal(size=400)], axis=1)
    inputs = np.hstack([standardise(codes), np.ones((400, 1))])

    def loss(weights):
        return -log_softmax(inputs @ weights.reshape(3, 4), axis=1)[np.arange(400), factor].mean()

    best = minimize(loss, np.zeros(12), tol=1e-10).fun
    score = infoe(codes, factor[:, None], held_out=False, max_iter=2_000, **QUICK)
    shares = np.bincount(factor) / 400
    null = -(shares * np.log(shares)).sum()
    assert score.details["losses"][0] == pytest.approx(best, abs=1e-6)
    assert score.details["null_losses"][0] == pytest.approx(null, abs=1e-12)
    assert score.value == pytest.approx(1 - best / null, abs=1e-5)


def test_continuous_factors_give_the_explained_variance():
    rng = np.random.default_rng(2)
    factor = rng.normal(size=5_000)
    codes = np.stack([0.6 * factor + 0.8 * rng.normal(size=5_000), rng.normal(size=5_000)], axis=1)
    assert infoe(codes, factor[:, None], **QUICK).value == pytest.approx(0.36, abs=0.03)
    inside = infoe(codes, factor[:, None], held_out=False, **QUICK).value
    design = np.hstack([codes, np.ones((5_000, 1))])
    residual = factor - design @ np.linalg.lstsq(design, factor, rcond=None)[0]
    assert inside == pytest.approx(1 - residual.var() / factor.var(), abs=1e-10)
    assert infoe(factor[:, None], factor[:, None], **QUICK).value == pytest.approx(1, abs=1e-12)


def test_explicitness_does_not_ask_for_disentanglement(sprites):
    codes, factors = (part[:2_000, :3] for part in sprites)
    rotation = np.linalg.qr(np.random.default_rng(3).normal(size=(3, 3)))[0]
    values = [infoe(c, factors, **QUICK).value for c in (codes, codes @ rotation, np.hstack([codes, codes]))]
    assert values == pytest.approx([1, 1, 1], abs=0.05)


def test_noise_scores_zero_only_where_it_was_not_fitted(sprites):
    noise = np.random.default_rng(4).normal(size=(1_000, 20))
    factors = sprites[1][:1_000, :2]
    assert infoe(noise, factors, **QUICK).value == 0
    assert infoe(noise, factors, preset="hsu", **QUICK).value > 0.01


@pytest.mark.parametrize("preset", ["default", "hsu"])
def test_constant_codes_score_zero(sprites, preset):
    factors = np.hstack([sprites[1][:500], np.random.default_rng(5).normal(size=(500, 1))])
    score = infoe(np.full((500, 2), 0.1), factors, preset=preset, bootstrap=10, permutations=1)
    assert (score.value, score.interval, score.floor) == (0, (0, 0), 0)


def test_a_missing_factor_counts_as_zero(sprites):
    score = infoe(sprites[0][:2_000, :1], sprites[1][:2_000, :2], **QUICK)
    np.testing.assert_allclose(score.details["parts"], [1, 0], atol=0.01)
    assert score.value == pytest.approx(0.5, abs=0.01)


def test_scale_and_order_of_latents_do_not_matter():
    codes, factors = bits(500)
    noise = np.random.default_rng(6).normal(size=(500, 1))
    first = infoe(np.hstack([codes, noise]), factors, **QUICK).value
    second = infoe(np.hstack([7 - 1e3 * noise, 1e-3 * codes]), factors, **QUICK).value
    assert first == pytest.approx(second, abs=1e-3)


def test_levels_seen_once_do_not_break_the_fit():
    factor = np.append(np.tile([0, 1], 40), [2, 3])[:, None]
    score = infoe(factor + 0.0, factor, **QUICK)
    assert 0.9 < score.value <= 1
    assert infoe(np.eye(4), np.arange(4)[:, None], **QUICK).value >= 0


def test_a_fit_that_stops_early_is_told(sprites):
    score = infoe(sprites[0][:500], sprites[1][:500], max_iter=2, factor_names=list("abcde"), **QUICK)
    assert score.warnings[0] == "factor 'a': the logistic regression did not converge in 2 steps"
    assert len(score.warnings) == 5


def test_interval_is_as_wide_as_the_spread_over_fresh_samples():
    values = [infoe(*bits(1_000, seed), **QUICK).value for seed in range(80)]
    low, high = np.mean([infoe(*bits(1_000, seed), permutations=0).interval for seed in range(200, 204)], axis=0)
    assert (high - low) / 3.92 == pytest.approx(np.std(values), rel=0.3)


def test_bad_settings_are_refused(sprites):
    with pytest.raises(ValueError, match="infoe: penalty = -1: allowed: numbers from 0"):
        infoe(*sprites, penalty=-1)
    with pytest.raises(ValueError, match="infoe: unknown setting 'bins'"):
        infoe(*sprites, bins=3)
