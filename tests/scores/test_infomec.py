import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import norm
from sklearn.feature_selection import mutual_info_classif
from sklearn.metrics import mutual_info_score

from curvae.scores import NotApplicable
from curvae.scores.discretise import quantile_bins, standardise
from curvae.scores.infoe import infoe
from curvae.scores.infomec import concentration, infoc, infom, infomec
from curvae.scores.ksg import ksg_terms

QUICK = {"bootstrap": 0, "permutations": 0}


def naive(information, axis):
    rows = information if axis == 1 else information.T
    ratios = [row.max() / row.sum() if row.sum() > 0 else 1 / len(row) for row in rows]
    return (np.mean(ratios) - 1 / rows.shape[1]) / (1 - 1 / rows.shape[1])


@pytest.mark.parametrize("kind", ["random", "rotated", "dead"])
@pytest.mark.parametrize("estimator", ["quantile", "ksg"])
def test_values_agree_with_the_definition(estimator, kind):
    rng = np.random.default_rng(1)
    factors = np.stack([rng.integers(3, size=600), rng.integers(7, size=600), rng.integers(4, size=600)], axis=1)
    rotated = standardise(factors) @ np.linalg.qr(rng.normal(size=(3, 3)))[0]
    rotated += 0.2 * rng.normal(size=rotated.shape)
    codes = {
        "random": rng.normal(size=(600, 4)),
        "rotated": rotated,
        "dead": np.hstack([rotated, np.full((600, 2), 0.7), 0.01 * rng.normal(size=(600, 1))]),
    }[kind]
    active = codes[:, codes.std(axis=0) > codes.std(axis=0).max() / 20]
    if estimator == "quantile":
        terms = [[mutual_info_score(quantile_bins(z, 20), v) for v in factors.T] for z in active.T]
    else:
        options = {"discrete_features": False, "n_neighbors": 10, "random_state": 0}
        terms = np.stack([mutual_info_classif(active, v, **options) for v in factors.T], axis=1)
    information = np.array(terms) / [mutual_info_score(v, v) for v in factors.T]
    abs_ = 1e-10 if estimator == "quantile" else 2e-6
    for metric, axis in ((infom, 1), (infoc, 0)):
        score = metric(codes, factors, estimator=estimator, **QUICK)
        assert score.value == pytest.approx(naive(information, axis), abs=abs_)
        assert score.details["active"].sum() == active.shape[1]


def test_neighbours_match_the_closed_form_of_a_noisy_bit():
    # z = +-1 + noise of standard deviation 1
    rng = np.random.default_rng(2)
    bits = rng.integers(2, size=20_000)
    codes = 2.0 * bits + rng.normal(size=20_000)
    exact, _ = quad(
        lambda z: norm.pdf(z, 1) * np.log(norm.pdf(z, 1) / (norm.pdf(z, 1) / 2 + norm.pdf(z, -1) / 2)), -8, 8
    )
    terms = ksg_terms(codes[:, None], bits[:, None], 10, rng)[:, 0, 0]
    assert abs(terms.mean() - exact) < 3 * terms.std() / np.sqrt(20_000)


def test_neighbours_leave_lone_levels_and_dead_latents_out():
    rng = np.random.default_rng(3)
    labels = np.append(rng.integers(3, size=300), [3, 4])
    codes = np.stack([labels + 0.3 * rng.normal(size=302), np.zeros(302)], axis=1)
    terms = ksg_terms(codes, labels[:, None], 10, rng)
    kept = mutual_info_classif(codes[:, :1], labels, n_neighbors=10, random_state=0)
    assert terms[:, 0].mean() == pytest.approx(kept[0], abs=1e-6)
    assert not terms[:, 1].any()
    assert not ksg_terms(codes[:5], np.arange(5)[:, None], 10, rng).any()


def test_neighbours_read_a_latent_of_few_levels():
    labels = np.tile(np.arange(4), 200)
    terms = ksg_terms(labels[:, None] * 1.0, labels[:, None], 10, np.random.default_rng(4))
    assert terms.mean() == pytest.approx(np.log(4), abs=0.01)


@pytest.mark.parametrize("preset", ["default", "hsu"])
def test_oracle_is_modular_and_compact(sprites, preset):
    codes, factors = (part[:3_000] for part in sprites)
    for metric in (infom, infoc):
        score = metric(codes, factors, preset=preset, bootstrap=20, permutations=1)
        assert score.ceiling > 0.9
        assert score.value == pytest.approx(score.ceiling, abs=0.01)
        assert score.interval[0] <= score.value <= score.interval[1]
        # estimates of independent variables are unequal: the floor is not 0, and high for nearest neighbours
        assert 0.02 < score.floor < (0.3 if preset == "default" else 0.8)


def test_known_ratios_of_exact_codes():
    factors = np.stack(np.meshgrid(range(4), range(4), range(3), indexing="ij"), axis=-1).reshape(-1, 3)
    assert infom(factors, factors, **QUICK).value == pytest.approx(1, abs=1e-12)
    assert infoc(factors, factors, **QUICK).value == pytest.approx(1, abs=1e-12)
    # duplicated: ratio 1/2 of six latents; modularity stays
    twice = np.hstack([factors, factors])
    assert infom(twice, factors, **QUICK).value == pytest.approx(1, abs=1e-12)
    assert infoc(twice, factors, **QUICK).value == pytest.approx((1 / 2 - 1 / 6) / (5 / 6), abs=1e-12)
    # one latent holds the first two factors: ratios 1/2 and 1 of three factors; compactness stays
    merged = np.stack([4 * factors[:, 0] + factors[:, 1], 6 * factors[:, 2]], axis=1)
    assert infom(merged, factors, **QUICK).value == pytest.approx((3 / 4 - 1 / 3) / (2 / 3), abs=1e-12)
    assert infoc(merged, factors, **QUICK).value == pytest.approx(1, abs=1e-12)


def test_inactive_latents_are_pruned_by_their_spread(sprites):
    codes, factors = sprites
    faint = np.hstack([codes, 0.04 * codes])
    assert infoc(faint, factors, **QUICK).value == pytest.approx(infoc(*sprites, **QUICK).value, abs=1e-12)
    assert infoc(faint, factors, inactive=0.01, **QUICK).value < 0.5
    # one outlier silences the others by the range, not by the standard deviation
    spoilt = codes.copy()
    spoilt[0, 0] = 200
    assert infom(spoilt, factors, spread="range", **QUICK).details["active"].tolist() == [True] + [False] * 4
    assert infom(spoilt, factors, **QUICK).details["active"].all()


@pytest.mark.parametrize("preset", ["default", "dlib", "hsu"])
def test_constant_codes_score_zero(sprites, preset):
    codes = np.full((500, 3), 0.1)
    scores = infomec(codes, sprites[1][:500], preset=preset, bootstrap=5, permutations=1)
    for score in scores:
        assert (score.value, score.interval, score.floor) == (0, (0, 0), 0)
    assert "active latents = 0: compactness means nothing" in scores.infoc.warnings[-1]


def test_one_active_latent_has_no_compactness(sprites):
    codes = np.hstack([sprites[0][:, :1], np.zeros((10_000, 2))])
    assert infom(codes, sprites[1], **QUICK).value > 0.99
    score = infoc(codes, sprites[1], bootstrap=3, permutations=1)
    assert (score.value, score.floor) == (0, 0)
    with pytest.raises(NotApplicable, match="infoc: latents = 1: allowed: 2 or more"):
        infoc(codes[:, :1], sprites[1])


def test_concentration_of_nothing_is_zero():
    assert concentration(np.zeros((3, 4)), 1)[1] == 0
    assert concentration(np.zeros((0, 4)), 1)[1] == 0
    np.testing.assert_allclose(concentration(np.array([[0.0, 0], [1, 3]]), 1)[0], [0.5, 0.75])


def test_infomec_returns_the_three_scores(sprites):
    codes, factors = (part[:600, :2] for part in sprites)
    given = {"seed": 3, "bootstrap": 5, "permutations": 1, "points": 500}
    scores = infomec(codes, factors, **given)
    assert scores.infom == infom(codes, factors, **given)
    assert scores.infoc == infoc(codes, factors, **given)
    assert scores.infoe == infoe(codes, factors, **given)
    assert scores == infomec(codes, factors, **given)
    for part in ("value", "interval", "floor", "ceiling", "warnings", "details"):
        assert getattr(scores, part) == {name: getattr(getattr(scores, name), part) for name in scores._fields}
    with pytest.raises(ValueError, match="infom: unknown setting 'max_iter'"):
        infomec(codes, factors, max_iter=3)


@pytest.mark.parametrize("metric", [infom, infoc])
def test_bad_input_is_refused(sprites, metric):
    name = metric.__name__
    with pytest.raises(NotApplicable, match=f"{name}: factors that vary = 1: allowed: 2 or more"):
        metric(sprites[0], sprites[1][:, :1])
    with pytest.raises(ValueError, match=f"{name}: estimator = 'mine': allowed: 'quantile', 'equal_width', 'ksg'"):
        metric(*sprites, estimator="mine")
    with pytest.raises(ValueError, match=f"{name}: inactive = 2: allowed: numbers from 0 to 1"):
        metric(*sprites, inactive=2)
