"""Measures without factors of a whole sweep: rows are those of the functions, rankings stay within a setting."""

import numpy as np
import pytest
import xarray as xr

from curvae.scores.udr import latent_kl, udr
from curvae.scores.unlabelled import ALONE, RANKINGS, measure_unlabelled
from curvae.scores.unsupervised import gaussian_total_correlation, mean_mutual_information


def stack(mean, betas, seeds, logvar=-2.0):
    axes = {"beta": ("member", betas), "seed": ("member", seeds)}
    dims = ("member", "sample", "latent")
    return xr.Dataset({"mean": (dims, mean), "logvar": (dims, np.full(mean.shape, logvar))}, coords=axes)


@pytest.fixture
def sweep():
    """Four members on 300 samples: a code, its latents swapped, a rotation of it (another beta), and no numbers."""
    code = np.random.default_rng(0).normal(size=(300, 3)) * [1.5, 1.0, 0.7]
    turned = code @ np.linalg.qr(np.random.default_rng(1).normal(size=(3, 3)))[0]
    mean = np.stack([code, code[:, ::-1], turned, np.full_like(code, np.nan)])
    return stack(mean[:2], [1.0, 1.0], [0, 1]), stack(mean[2:], [4.0, 4.0], [0, 1])


def values(table, metric):
    return table.loc[table["metric"] == metric, "value"].to_numpy()


def test_values_are_those_of_the_functions(sweep):
    table = measure_unlabelled(sweep, [*ALONE, *RANKINGS], samples=200)
    assert len(table) == 4 * len(ALONE | RANKINGS)
    code = sweep[0]["mean"].values[0][:200]
    assert values(table, "gaussian_total_correlation")[0] == gaussian_total_correlation(code).value
    assert values(table, "mutual_information")[1] == pytest.approx(mean_mutual_information(code).value, abs=1e-12)
    assert table.query("metric == 'mutual_information'")["unit"].tolist() == ["nats"] * 4
    assert table["n"].tolist() == [200] * len(table)
    first = table[(table["metric"] == "mutual_information")].iloc[0]
    assert (first["low"], first["high"]) == mean_mutual_information(code, seed=0, bootstrap=100).interval


def test_rankings_compare_the_seeds_of_one_setting(sweep):
    table = measure_unlabelled(sweep, list(RANKINGS), samples=300)
    members = [one.isel(member=i) for one, i in ((sweep[0], 0), (sweep[0], 1))]
    code = sweep[0]["mean"].values[0]
    kl = [latent_kl(one["mean"].values, one["logvar"].values) for one in members]
    alone = udr([one["mean"].values for one in members], kl).value
    np.testing.assert_array_equal(values(table, "udr_spearman")[:2], alone)
    assert np.isnan(values(table, "udr_spearman")[2:]).all()
    warnings = table.query("metric == 'udr_spearman'")["warnings"].tolist()
    assert "two seeds or more" in warnings[2]
    assert table["low"].isna().all()  # two members have one pair
    three = stack(np.stack([code, code[:, ::-1], code + 1]), [1.0] * 3, [0, 1, 2])
    three = measure_unlabelled([three], list(RANKINGS), samples=300, seed=2, bootstrap=50)
    assert (three["low"] <= three["value"]).all()
    assert (three["value"] <= three["high"]).all()
    assert "diverged" in warnings[3]


def test_dead_latents_are_held_and_take_no_part():
    mean = np.random.default_rng(2).normal(size=(2, 400, 3))
    mean[1, :, :2] = mean[0, :, :2]
    mean[:, :, 2] = 0.001 * mean[:, :, 0]  # dependent, but dead
    sweep = stack(mean, [1.0, 1.0], [0, 1])
    sweep["logvar"][:, :, 2] = 0.0
    table = measure_unlabelled([sweep], ["gaussian_total_correlation", "udr_spearman"], samples=400)
    assert values(table, "gaussian_total_correlation")[0] < 0.01
    np.testing.assert_allclose(values(table, "udr_spearman"), udr(list(mean[:, :, :2])).value)
    assert table["warnings"].str.contains("latent 2 is dead").all()
    assert (
        values(
            measure_unlabelled([sweep], ["gaussian_total_correlation"], samples=400, dead=0),
            "gaussian_total_correlation",
        )[0]
        > 5
    )


def test_an_unknown_measure_is_refused(sweep):
    with pytest.raises(ValueError, match=r"metrics: 'udr': allowed: gaussian_total_correlation, .*udr_lasso"):
        measure_unlabelled(sweep, ["udr"], samples=10)
