"""What the figures of scores are made of: factors and latents, agreement of metrics, steps of a metric."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import spearmanr

from curvae.scores import higgins, mig
from curvae.scores.agreement import rank_agreement
from curvae.scores.factor_latents import factor_latents
from curvae.scores.steps import higgins_steps

NAMES = ["shape", "scale", "orientation", "pos_x", "pos_y"]
FEW = {"train": 500, "test": 250, "batch": 16}


def members(**values):
    many = len(next(iter(values.values())))
    parts = [
        pd.DataFrame({"seed": range(many), "metric": name, "value": column, "low": 0.0})
        for name, column in values.items()
    ]
    return pd.concat(parts, ignore_index=True)


def test_shares_are_the_information_of_the_gap_over_the_entropy(sprites):
    codes, factors = sprites[0][:3000] @ np.eye(5)[:, ::-1], sprites[1][:3000]
    table = factor_latents(codes, factors, factor_names=NAMES, bootstrap=30)
    details = mig(codes, factors, bootstrap=0, permutations=0).details
    expected = details["mutual_information"] / details["entropies"]
    np.testing.assert_array_equal(table["share"], expected.ravel())
    assert table["latent"].tolist() == np.repeat(range(1, 6), 5).tolist()
    assert table["factor"].tolist() == NAMES * 5
    assert (table["low"] <= table["share"]).all()
    assert (table["share"] <= table["high"]).all()
    assert table["share"].iloc[20] == pytest.approx(1)  # the last latent is the shape
    assert table["floor"].max() < 0.06
    pd.testing.assert_frame_equal(table, factor_latents(codes, factors, factor_names=NAMES, bootstrap=30))


def test_constant_factors_have_no_column(sprites):
    factors = sprites[1][:500] * [1, 0, 1, 1, 1]
    table = factor_latents(sprites[0][:500], factors, factor_names=NAMES, bootstrap=2)
    assert "scale" not in set(table["factor"])
    assert len(table) == 5 * 4


def test_ranks_agree_as_scipy_says():
    rng = np.random.default_rng(0)
    first = rng.random(12)
    second, third = first + 0.3 * rng.random(12), rng.random(12)
    table = rank_agreement(members(mig=first, sap=second, dci=third)).set_index(["first", "second"])
    assert table.index.tolist() == [("mig", "sap"), ("mig", "dci"), ("sap", "dci")]
    for (a, b), columns in {("mig", "sap"): (first, second), ("sap", "dci"): (second, third)}.items():
        row = table.loc[(a, b)]
        assert row["rho"] == spearmanr(*columns).statistic
        reach = 1.959964 * np.sqrt((1 + row["rho"] ** 2 / 2) / 9)
        assert np.arctanh(row["rho"]) - np.arctanh(row["low"]) == pytest.approx(reach, abs=1e-6)
        assert np.arctanh(row["high"]) - np.arctanh(row["rho"]) == pytest.approx(reach, abs=1e-6)
    assert set(table["members"]) == {12}


def test_a_member_counts_where_both_metrics_have_scored_it():
    table = rank_agreement(members(mig=[0.1, 0.2, np.nan, 0.4, 0.5], sap=[1, 2, 3, 4, np.nan], dci=[1, 1, 1, 1, 1]))
    assert table["members"].tolist() == [3, 4, 4]
    assert table.loc[0, "rho"] == pytest.approx(1)
    assert table.loc[0, ["low", "high"]].isna().all()
    assert table.loc[1:, "rho"].isna().all()


def test_one_metric_or_one_twice_is_refused():
    table = members(mig=[0.1, 0.2])
    with pytest.raises(ValueError, match="metrics: 1: allowed: 2 or more"):
        rank_agreement(table)
    with pytest.raises(ValueError, match="a member has a metric twice"):
        rank_agreement(pd.concat([table, members(sap=[1, 2]).assign(seed=0)]))


def test_steps_of_the_true_factors(sprites):
    codes, factors = sprites[0][:4000], sprites[1][:4000]
    steps = higgins_steps(codes, factors, seed=2, factor_names=NAMES, **FEW)
    assert steps.factors == tuple(NAMES)
    for column, (first, second) in enumerate(steps.pairs):
        assert first != second
        assert factors[first, column] == factors[second, column]
    np.testing.assert_array_equal(steps.differences.diagonal(), 0)
    np.testing.assert_allclose(steps.differences.mean(axis=0), 1, rtol=1e-12)
    assert ((steps.low <= steps.differences) & (steps.differences <= steps.high)).all()
    assert steps.value == 1
    np.testing.assert_array_equal(steps.accuracies, 1)
    assert (steps.accuracies_low < 1).all()


def test_steps_end_in_the_metrics_own_value(sprites):
    codes = sprites[0][:2000] + np.random.default_rng(0).normal(size=(2000, 5))
    codes[:, 4] = 3.0
    steps = higgins_steps(codes, sprites[1][:2000], seed=1, **FEW)
    score = higgins(codes, sprites[1][:2000], seed=1, bootstrap=0, permutations=0, **FEW)
    assert steps.value == score.value
    np.testing.assert_array_equal(steps.accuracies, score.details["accuracies"])
    assert ((steps.accuracies_low <= steps.accuracies) & (steps.accuracies <= steps.accuracies_high)).all()
    assert np.isnan(steps.differences[:, 4]).all()
    assert np.isfinite(steps.differences[:, :4]).all()
