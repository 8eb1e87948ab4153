import numpy as np
import pytest
from sklearn.metrics import mutual_info_score

from curvae.scores import NotApplicable
from curvae.scores.dcimig import dcimig
from curvae.scores.discretise import equal_width_bins, quantile_bins, standardise
from curvae.scores.information import mutual_information
from curvae.scores.jemmig import jemmig
from curvae.scores.migsup import migsup

QUICK = {"bootstrap": 0, "permutations": 0}
METRICS = [dcimig, jemmig, migsup]
BINNINGS = {"default": quantile_bins, "dlib": equal_width_bins}


def naive_migsup(information, joint, own, latents):
    values = []
    for row in information:
        shares = sorted(i / h for i, h in zip(row, own, strict=True))
        values.append(shares[-1] - shares[-2])
    return np.mean(values)


def naive_dcimig(information, joint, own, latents):
    kept = [0.0] * len(own)
    for row in information:
        k = int(np.argmax(row))
        kept[k] = max(kept[k], row[k] - max(np.delete(row, k)))
    return sum(kept) / sum(own)


def naive_jemmig(information, joint, own, latents):
    values = []
    for k, column in enumerate(information.T):
        j = int(np.argmax(column))
        nats = joint[j, k] - column[j] + max([0.0, *np.delete(column, j)])
        values.append(1 - nats / (own[k] + np.log(20)) if column[j] > 0 else 0.0)
    return np.mean(values)


NAIVE = {"migsup": naive_migsup, "dcimig": naive_dcimig, "jemmig": naive_jemmig}


def entropy_of(*columns):
    _, counts = np.unique(np.stack(columns, axis=1), axis=0, return_counts=True)
    return -sum(c / counts.sum() * np.log(c / counts.sum()) for c in counts)


@pytest.mark.parametrize("kind", ["random", "rotated", "dead", "levels"])
@pytest.mark.parametrize("preset", ["default", "dlib"])
@pytest.mark.parametrize("metric", METRICS)
def test_value_agrees_with_the_definition(metric, preset, kind):
    rng = np.random.default_rng(1)
    factors = np.stack([rng.integers(3, size=700), rng.integers(8, size=700), rng.integers(5, size=700) ** 2], axis=1)
    rotated = standardise(factors) @ np.linalg.qr(rng.normal(size=(3, 3)))[0]
    codes = {
        "random": rng.normal(size=(700, 4)),
        "rotated": rotated,
        "dead": np.hstack([np.zeros((700, 2)), rotated[:, :2]]),
        "levels": np.stack([factors[:, 0], factors[:, 0] + 10 * factors[:, 1], rng.integers(2, size=700)], axis=1),
    }[kind]
    bins = [BINNINGS[preset](z, 20) for z in codes.T]
    information = np.array([[mutual_info_score(z, v) for v in factors.T] for z in bins])
    joint = np.array([[entropy_of(z, v) for v in factors.T] for z in bins])
    own = [entropy_of(v) for v in factors.T]
    expected = NAIVE[metric.__name__](information, joint, own, [entropy_of(z) for z in bins])
    assert metric(codes, factors, preset=preset, **QUICK).value == pytest.approx(expected, abs=1e-10)


@pytest.mark.parametrize("preset", ["default", "dlib"])
@pytest.mark.parametrize("metric", METRICS)
def test_a_bijective_code_on_a_complete_grid_scores_one(metric, preset):
    factors = np.stack(np.meshgrid(range(4), range(5), range(3), indexing="ij"), axis=-1).reshape(-1, 3)
    score = metric(3 - 2.0 * factors[:, [2, 0, 1]], factors, preset=preset, **QUICK)
    assert score.value == pytest.approx(1, abs=1e-12)


@pytest.mark.parametrize("metric", METRICS)
def test_oracle_is_the_ceiling_and_noise_the_floor(sprites, metric):
    score = metric(*sprites, bootstrap=20)
    assert score.value == score.ceiling > 0.85
    assert score.interval[0] < score.value < score.interval[1]
    assert score.floor < 0.01
    assert score.warnings == ()
    noise = np.random.default_rng(2).normal(size=(10_000, 6))
    assert metric(noise, sprites[1], **QUICK).value < 0.005


def test_duplicated_codes_cost_only_those_who_ask_for_one_latent(sprites):
    codes, factors = sprites
    twice = np.hstack([codes, codes])
    for metric in (migsup, dcimig):
        assert metric(twice, factors, **QUICK).value == pytest.approx(metric(*sprites, **QUICK).value, abs=1e-12)
    # H(z, v) stays, the gap is gone: 1 - (H(z, v) / (H(v) + ln 20)) = 1/2 for 20 bins or fewer equal levels
    part = jemmig(twice, factors, **QUICK).details["parts"][0]
    assert part == pytest.approx(1 - np.log(3) / (np.log(3) + np.log(20)), abs=1e-3)


def test_a_latent_that_holds_two_factors_is_told():
    # z = 4 a + b on a complete grid: it knows both; MIG would be 1
    factors = np.stack(np.meshgrid(range(4), range(4), indexing="ij"), axis=-1).reshape(-1, 2)
    factors = np.tile(factors, (20, 1))
    codes = factors @ [[4], [1]]
    assert migsup(codes, factors, **QUICK).value == pytest.approx(0, abs=1e-12)
    assert dcimig(codes, factors, **QUICK).value == pytest.approx(0, abs=1e-12)
    # H(z, v) = ln 16, I = ln 4, second 0
    expected = 1 - np.log(4) / (np.log(4) + np.log(20))
    assert jemmig(codes, factors, **QUICK).value == pytest.approx(expected, abs=1e-12)


def test_a_missing_factor_costs_its_share_of_the_entropy():
    factors = np.stack(np.meshgrid(range(4), range(2), range(9), indexing="ij"), axis=-1).reshape(-1, 3)
    score = dcimig(factors[:, [0, 2]], factors, **QUICK)
    assert score.value == pytest.approx(1 - np.log(2) / np.log(72), abs=1e-12)
    np.testing.assert_array_equal(score.details["speaks_for"], [0, 2])
    assert migsup(factors[:, [0, 2]], factors, **QUICK).value == pytest.approx(1, abs=1e-12)
    assert migsup(np.hstack([factors, 0 * factors]), factors, **QUICK).value == pytest.approx(0.5, abs=1e-12)


@pytest.mark.parametrize("metric", METRICS)
def test_constant_codes_score_zero(sprites, metric):
    score = metric(np.full((10_000, 3), 0.3), sprites[1], bootstrap=5)
    assert (score.value, score.interval, score.floor) == (0, (0, 0), 0)
    assert "dead dimension: latent 2 is constant" in score.warnings


def test_what_shares_nothing_has_no_information_not_even_of_rounding():
    grid = np.stack(np.meshgrid(*map(np.arange, (3, 6, 10, 7)), indexing="ij"), axis=-1).reshape(-1, 4)
    assert np.array_equal(mutual_information(grid, grid)[0] > 0, np.eye(4, dtype=bool))


@pytest.mark.parametrize("metric", [dcimig, migsup])
def test_one_factor_is_not_enough(sprites, metric):
    with pytest.raises(NotApplicable, match=f"{metric.__name__}: factors that vary = 1: allowed: 2 or more"):
        metric(sprites[0], sprites[1][:, :1])


def test_jemmig_of_one_factor_and_one_latent():
    factor = np.tile(np.arange(5), 40)[:, None]
    assert jemmig(factor, factor, **QUICK).value == pytest.approx(1, abs=1e-12)


@pytest.mark.parametrize("metric", METRICS)
def test_continuous_factors_and_incomplete_grids_are_scored(metric):
    rng = np.random.default_rng(3)
    factors = np.stack([rng.normal(size=3_000), rng.integers(6, size=3_000)], axis=1)
    factors = factors[(factors[:, 0] > 0) | (factors[:, 1] > 2)]
    score = metric(factors, factors, **QUICK)
    assert score.details["binned_factors"] == ("0",)
    assert 0.8 < score.value <= 1


def test_outliers_and_few_samples_are_told(sprites):
    codes = sprites[0].copy()
    codes[3] = 80
    warnings = migsup(codes, sprites[1], preset="dlib", **QUICK).warnings
    assert [warning[:20] for warning in warnings] == [f"latent {j}: an outlier" for j in range(5)]
    assert migsup(codes[:300], sprites[1][:300], **QUICK).warnings[0].startswith("too few samples (300)")


@pytest.mark.parametrize("metric", METRICS)
def test_bad_input_is_refused(sprites, metric):
    name = metric.__name__
    with pytest.raises(ValueError, match=f"{name}: preset = 'hsu': allowed: default, dlib"):
        metric(*sprites, preset="hsu")
    with pytest.raises(ValueError, match=f"{name}: bins = 1: allowed: whole numbers from 2"):
        metric(*sprites, bins=1)
    with pytest.raises(ValueError, match="codes: row 2 holds nan"):
        metric(np.where(np.arange(10_000)[:, None] == 2, np.nan, sprites[0]), sprites[1])
