"""Laws that the further metrics share."""

import numpy as np
import pytest

from curvae.scores import METRICS, NotApplicable

FURTHER = ["irs", "infom", "infoe", "infoc", "dcimig", "jemmig", "migsup"]
QUICK = {"bootstrap": 10, "permutations": 1}


@pytest.fixture
def mixed():
    rng = np.random.default_rng(0)
    factors = rng.integers(4, size=(600, 3))
    codes = (factors + 0.4 * rng.normal(size=(600, 3))) @ [[1, 0.4, 0], [0, 1, 0.2], [0.3, 0, 1]]
    return codes, factors


@pytest.mark.parametrize("name", FURTHER)
def test_order_sign_and_unit_of_latents_do_not_matter(mixed, name):
    codes, factors = mixed
    before, after = (METRICS[name](z, factors, **QUICK).value for z in (codes, -1e-4 * codes[:, [2, 0, 1]]))
    assert before == pytest.approx(after, abs=1e-3)


@pytest.mark.parametrize("name", FURTHER)
def test_a_constant_factor_changes_nothing_but_the_warnings(mixed, name):
    codes, factors = mixed
    plain, excluded = (METRICS[name](codes, truth, **QUICK) for truth in (factors, np.insert(factors, 1, 7, axis=1)))
    assert (plain.value, plain.interval, plain.floor) == (excluded.value, excluded.interval, excluded.floor)
    assert excluded.warnings[0] == "factor '1' is constant and was excluded"


@pytest.mark.parametrize("name", FURTHER)
def test_relabelled_factors_score_the_same(mixed, name):
    codes, factors = mixed
    # infoe draws its halves level by level, so their order has to stay
    other = np.array([-1, 3.5, 7, 100] if name == "infoe" else [7, -1, 100, 3.5])[factors]
    before, after = (METRICS[name](codes, truth, **QUICK).value for truth in (factors, other))
    assert before == pytest.approx(after, abs=1e-12)


@pytest.mark.parametrize("name", FURTHER)
def test_a_rotation_lowers_all_but_explicitness(name):
    rng = np.random.default_rng(1)
    factors = np.stack(np.meshgrid(range(6), range(6), range(6), indexing="ij"), axis=-1).reshape(-1, 3)
    factors = np.tile(factors, (6, 1))
    codes = factors - 2.5 + 0.05 * rng.normal(size=factors.shape)
    rotation = np.linalg.qr(rng.normal(size=(3, 3)))[0]
    before, after = (METRICS[name](z, factors, **QUICK).value for z in (codes, codes @ rotation))
    if name == "infoe":
        assert after == pytest.approx(before, abs=0.02)
    else:
        assert after < 0.75 * before


@pytest.mark.parametrize("name", FURTHER)
@pytest.mark.parametrize("n", [2, 3, 5])
def test_a_handful_of_samples_is_no_crash(name, n):
    rng = np.random.default_rng(n)
    codes, factors = rng.normal(size=(n, 2)), np.stack([np.arange(n), rng.permutation(n) // 2 + np.arange(n)], axis=1)
    try:
        score = METRICS[name](codes, factors, **QUICK)
    except NotApplicable:
        return
    assert 0 <= score.value <= 1
    assert np.isfinite([*score.interval, score.floor, score.ceiling]).all()


@pytest.mark.parametrize("name", FURTHER)
def test_the_seed_alone_decides(mixed, name):
    first, again = (METRICS[name](*mixed, seed=5, points=400, **QUICK) for _ in range(2))
    assert first == again
    assert METRICS[name](*mixed, seed=6, points=400, **QUICK).value != first.value
