"""Importance-weighted bounds: they rise with the number of draws, to the exact likelihood where that is known."""

import math

import numpy as np
import pytest

from curvae.scores.bound import bound_table, importance_bound


def test_bounds_never_fall_and_stay_below_the_likelihood_in_the_mean():
    """log w = s e - s^2 / 2 with normal e: the likelihood is 1, the evidence bound -s^2 / 2."""
    s, counts = 1.5, (1, 2, 4, 20, 100, 2000, 20000)
    log_weights = s * np.random.default_rng(0).normal(size=(3, 5, 20000)) - s**2 / 2
    bounds = np.array([importance_bound(log_weights, count) for count in counts])
    assert (np.diff(bounds, axis=0) > 0).all()
    assert bounds[0] == pytest.approx(-(s**2) / 2, abs=4 * s / math.sqrt(20000))
    assert bounds[-1] == pytest.approx(0, abs=4 * math.sqrt(math.expm1(s**2) / 20000))
    assert bounds.shape == (7, 3, 5)


def test_a_constant_weight_is_the_likelihood_for_every_count():
    assert importance_bound(np.full((2, 12), -800.0), 4) == pytest.approx(-800.0)


def test_two_draws_by_hand():
    found = importance_bound(np.log([1.0, 3.0, 2.0, 2.0]), 2)
    assert found == pytest.approx(math.log(2))
    with pytest.raises(ValueError, match="count = 3: allowed: divisors of the 4 draws"):
        importance_bound(np.zeros(4), 3)


def test_a_row_a_member_and_count_with_an_interval_over_samples():
    log_weights = np.random.default_rng(1).normal(size=(2, 50, 10))
    table = bound_table(log_weights, [{"seed": 0}, {"seed": 7}], (1, 10))
    assert table["draws"].tolist() == [1, 1, 10, 10]
    assert table["seed"].tolist() == [0, 7, 0, 7]
    assert (table["n"] == 50).all()
    first = log_weights[1].mean(-1)
    assert table.loc[1, "bound"] == pytest.approx(first.mean())
    assert table.loc[1, "high"] - table.loc[1, "low"] == pytest.approx(2 * 1.96 * first.std(ddof=1) / math.sqrt(50))
