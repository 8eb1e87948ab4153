"""Importance-weighted bounds: they rise with the number of draws, to the exact likelihood where that is known."""

import math

import numpy as np
import pandas as pd
import pytest
from scipy.stats import ttest_1samp

from curvae.scores.bound import bound_gains, bound_table, importance_bound, named


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


def test_gains_are_taken_seed_by_seed_with_students_interval():
    gains = np.array([0.5, -0.2, 1.1])
    rows = [
        (model, draws, seed, -100 + seed + draws + (model == "b") * gains[seed])
        for model in "ab"
        for draws in (1, 10)
        for seed in range(3)
    ]
    table = pd.DataFrame(rows, columns=["model", "draws", "seed", "bound"]).sample(frac=1, random_state=0)
    found = bound_gains(table.sort_values("model", kind="stable"))
    assert (found.loc[found["model"] == "a", "gain"] == 0).all()
    own = found[(found["model"] == "b") & (found["draws"] == 10)]
    assert own["gain"].tolist() == pytest.approx(gains)
    expected = ttest_1samp(gains, 0).confidence_interval(0.95)
    assert own[["gain_mean", "gain_low", "gain_high"]].iloc[0].tolist() == pytest.approx([gains.mean(), *expected])
    assert own["mean"].iloc[0] == pytest.approx(-89 + gains.mean())
    table.loc[(table["model"] == "b") & (table["seed"] == 1) & (table["draws"] == 10), "bound"] = math.nan
    lost = (
        bound_gains(table.sort_values("model", kind="stable")).set_index(["model", "draws"]).sort_index(kind="stable")
    )
    assert lost.loc[("b", 10), "gain"].isna().tolist() == [False, True, False]
    assert lost.loc[("b", 10), ["mean", "low", "gain_mean", "gain_high"]].isna().all(axis=None)
    assert lost.loc[[("a", 1), ("a", 10), ("b", 1)]].notna().all(axis=None)
    with pytest.raises(ValueError, match="models with different seeds or draws"):
        bound_gains(table[(table["model"] == "a") | (table["seed"] < 2)])


def test_models_are_named_by_the_axes_that_vary():
    table = pd.DataFrame({"beta": 1.0, "anneal": ["none", "linear"] * 2, "seed": [0, 0, 1, 1]})
    assert named(table, "vae")["model"].tolist() == ["vae, anneal none", "vae, anneal linear"] * 2
    assert named(table.drop(columns="anneal"), "vae")["model"].tolist() == ["vae"] * 4
