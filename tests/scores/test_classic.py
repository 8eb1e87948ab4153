"""Known answers, intervals and warnings of FactorVAE, SAP, DCI, modularity and explicitness."""

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from curvae.scores import NotApplicable, dci, explicitness, factorvae, modularity, sap
from curvae.scores.dci import completeness, disentanglement
from curvae.scores.explicitness import areas
from curvae.scores.factorvae import votes
from curvae.scores.levels import by_level
from curvae.scores.sap import squared_correlations

BARE = {"bootstrap": 0, "permutations": 0}
POINTS = {"train": 2_000, "test": 1_000}


@pytest.mark.parametrize("preset", ["default", "dlib"])
def test_oracle_codes_have_the_known_values(sprites, preset):
    given = {"preset": preset, **BARE}
    assert factorvae(*sprites, **POINTS, **given).value == 1
    assert sap(*sprites, **given).value == pytest.approx(0.245, abs=0.015)
    assert sap(*sprites, **{**given, "kind": "continuous"}).value == pytest.approx(1, abs=0.005)
    assert dci(*sprites, **given, **({"trees": "forest", "size": 30} if preset == "dlib" else {})).value > 0.995
    # independent factors, sampled: bins of the factors share no more than the bias of their counts
    assert modularity(*sprites, **given).value == pytest.approx(1, abs=1e-3)


def test_duplicated_codes_leave_no_gap(sprites):
    codes = np.hstack([sprites[0], sprites[0]])
    assert sap(codes, sprites[1], **BARE).value == 0
    assert modularity(codes, sprites[1], **BARE).value == modularity(*sprites, **BARE).value


def test_chance_is_told_by_the_floor(sprites):
    assert factorvae(*sprites, **POINTS, bootstrap=0, permutations=4).floor == pytest.approx(0.2, abs=0.03)
    assert modularity(*sprites, bootstrap=0, permutations=2).floor == pytest.approx(0.67, abs=0.06)
    few = {"train": 2_000, "test": 1_000, "bootstrap": 0, "permutations": 1}
    assert explicitness(*sprites, preset="dlib", **few).floor == pytest.approx(0.5, abs=0.02)


def test_disentanglement_and_completeness_of_known_importances():
    twice = np.vstack([np.eye(10), np.eye(10)])
    assert disentanglement(twice) == pytest.approx(1, abs=1e-12)
    assert completeness(np.eye(10)) == pytest.approx(1, abs=1e-12)
    assert completeness(np.hstack([np.eye(10), np.eye(10)])) == pytest.approx(1, abs=1e-12)
    assert disentanglement(np.hstack([np.eye(10), np.eye(10)])) == pytest.approx(1 - np.log(2) / np.log(20), abs=1e-12)
    one_twice = np.eye(10)[:, :1] @ np.ones((1, 2)) / 2
    assert disentanglement(one_twice) == pytest.approx(0, abs=1e-12)
    # both latents of a factor take half of it: entropy ln 2 to the base of ten latents
    halves = np.repeat(np.eye(5), 2, axis=0) / 2
    assert completeness(halves) == pytest.approx(1 - np.log(2) / np.log(10), abs=1e-12)
    assert disentanglement(np.zeros((4, 3))) == completeness(np.zeros((4, 3))) == 0


def test_squared_correlations_agree_with_numpy_and_with_drawn_rows():
    rng = np.random.default_rng(0)
    first = rng.normal(3, 2, size=(300, 3))
    second = first @ rng.normal(size=(3, 2)) + rng.normal(size=(300, 2))
    rows = rng.integers(300, size=300)
    weights = np.stack([np.ones(300), np.bincount(rows, minlength=300)]) / 300
    for found, drawn in zip(squared_correlations(first, second, weights), (np.arange(300), rows), strict=True):
        expected = np.corrcoef(first[drawn], second[drawn], rowvar=False)[:3, 3:] ** 2
        np.testing.assert_allclose(found, expected, rtol=0, atol=1e-12)


def test_continuous_factors_enter_sap_by_their_correlation():
    rng = np.random.default_rng(1)
    factors = np.stack([rng.random(2_000), rng.integers(2, size=2_000)], axis=1)
    score = sap(standard := factors * [1, 3], factors, **BARE)
    assert score.details["predictability"][0, 0] == pytest.approx(1, abs=1e-12)
    assert score.details["predictability"][1, 1] == 1
    assert score.details["binned_factors"] == ("0",)
    assert sap(standard[:, :1], factors, **BARE).warnings == ("one latent: the second is taken as a constant",)


def test_areas_and_their_influences():
    rng = np.random.default_rng(2)
    scores, positive = rng.integers(9, size=(200, 2)), rng.random((200, 2)) < [0.2, 0.6]
    found, influence = areas(scores, positive)
    for c in range(2):
        assert found[c] == pytest.approx(roc_auc_score(positive[:, c], scores[:, c]), abs=1e-12)
    np.testing.assert_allclose(influence.sum(axis=0), 0, atol=1e-9)
    # the derivative along the weight of one sample, which roc_auc_score takes as well
    weights = np.full(200, 1 / 200)
    for i in (3, 50):
        moved = weights + 1e-6 * (np.arange(200) == i)
        slope = (roc_auc_score(positive[:, 0], scores[:, 0], sample_weight=moved) - found[0]) / 1e-6
        assert slope == pytest.approx(influence[i, 0], abs=1e-3)


def test_pruning_is_relative_by_default_and_absolute_in_dlib(sprites):
    codes, factors = sprites[0] * 0.01, sprites[1]
    assert factorvae(codes, factors, **POINTS, **BARE).value == 1
    lost = factorvae(codes, factors, preset="dlib", **POINTS, **BARE)
    assert lost.value == 0
    assert lost.warnings[-1] == "no latent is left to vote: the value is 0"
    faint = factorvae(sprites[0] * [1, 1, 1, 1, 0.04], factors, **POINTS, **BARE)
    assert faint.details["pruned"].tolist() == [4]
    assert faint.value == pytest.approx(0.8, abs=0.1)


def test_votes_fall_on_the_latent_that_is_held(sprites):
    codes, factors = sprites
    rng = np.random.default_rng(3)
    counts = votes(codes[:, [4, 0, 2, 1, 3]], by_level(factors, np.arange(10_000)), 503, 64, rng)
    assert counts[[1, 3, 2, 4, 0], range(5)].tolist() == [101, 101, 101, 100, 100]
    assert counts.sum() == 503


def test_factorvae_takes_incomplete_grids_and_continuous_factors(sprites):
    codes, factors = sprites
    kept = (factors[:, 2] + factors[:, 3]) % 7 == 0
    assert factorvae(codes[kept], factors[kept], **POINTS, **BARE).value > 0.99
    smooth = np.random.default_rng(4).normal(size=(3_000, 3))
    score = factorvae(smooth, smooth, **POINTS, **BARE)
    assert score.details["binned_factors"] == ("0", "1", "2")
    assert score.value == 1


def test_dead_latents_are_left_out_of_modularity_by_default(sprites):
    codes = np.hstack([sprites[0], np.ones((10_000, 5))])
    whole = modularity(*sprites, **BARE).value
    assert modularity(codes, sprites[1], **BARE).value == pytest.approx(whole, abs=1e-12)
    assert modularity(codes, sprites[1], dead="zero", **BARE).value == pytest.approx(whole / 2, abs=1e-12)
    for n in range(900, 1000):  # of some the entropies' difference is 1e-15 nats, not 0
        few = modularity(codes[:n, 4:6], sprites[1][:n], dead="zero", **BARE)
        assert few.details["latents"][1] == 0


def draw(seed, n=600):
    rng = np.random.default_rng(seed)
    factors = np.stack([rng.integers(size, size=n) for size in (2, 3, 4)], axis=1)
    mixed = (factors / factors.std(axis=0)) @ [[1, 0.7, 0], [0, 1, 0.5], [0.6, 0, 1]]
    return mixed + 0.7 * rng.normal(size=(n, 3)), factors


@pytest.mark.parametrize("metric", [modularity, sap, explicitness])
def test_intervals_are_as_wide_as_the_spread_over_fresh_samples(metric):
    size = {"n": 3_000} if metric is modularity else {}
    values = [metric(*draw(seed, **size), **BARE).value for seed in range(40)]
    low, high = np.mean([metric(*draw(seed, **size), permutations=0).interval for seed in range(200, 205)], axis=0)
    assert (high - low) / 3.92 == pytest.approx(np.std(values), rel=0.3)


def test_the_interval_of_a_forest_is_as_wide_as_the_spread_over_fresh_samples_and_boosting_has_none():
    values = [dci(*draw(seed), size=20, **BARE).value for seed in range(30)]
    found = np.array([dci(*draw(seed), size=20, permutations=0).interval for seed in range(200, 206)])
    # Student's t with six degrees of freedom; 36 squares in all are known to 24 %, the spread to 13 %
    widths = (found[:, 1] - found[:, 0]) / 2 / 2.447
    assert np.sqrt(np.mean(widths**2)) == pytest.approx(np.std(values), rel=0.4)
    assert np.isnan(dci(*draw(200), trees="boosted", size=2, permutations=0).interval).all()


def test_a_forest_and_boosted_trees_agree():
    boosted, forest = (dci(*draw(0), trees=trees, **BARE) for trees in ("boosted", "forest"))
    assert forest.value == pytest.approx(boosted.value, abs=0.15)
    assert forest.details["informativeness"] == pytest.approx(boosted.details["informativeness"], abs=0.05)


@pytest.mark.parametrize("metric", [factorvae, dci, modularity])
def test_one_factor_does_not_apply(sprites, metric):
    with pytest.raises(NotApplicable, match=metric.__name__):
        metric(sprites[0], sprites[1][:, :1], **BARE)


def test_a_factor_without_common_levels_is_excluded():
    rng = np.random.default_rng(5)
    factors = rng.integers(2, size=(60, 2))
    factors[:, 1] = 0
    factors[7, 1] = 1
    score = explicitness(rng.normal(size=(60, 2)), factors, **BARE)
    assert score.details["factors"] == ("0",)
    assert "factor '1' has no two levels common to both parts and was excluded" in score.warnings[0]


@pytest.mark.parametrize("metric", [factorvae, sap, dci, modularity, explicitness])
def test_the_seed_alone_decides(metric):
    codes, factors = draw(6)
    codes = codes + 2 * np.random.default_rng(7).normal(size=codes.shape)
    settings = {"size": 5} if metric is dci else {"points": 500} if metric is modularity else {}
    first, again, other = (metric(codes, factors, seed=s, permutations=1, **settings) for s in (1, 1, 2))
    assert first == again
    assert first.value != other.value
