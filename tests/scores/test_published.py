"""The protocol behind the published table, and our rows beside it."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from curvae.scores import higgins
from curvae.scores.baselines import ground_truth, stacked
from curvae.scores.published import (
    NAMES,
    PUBLISHED,
    WIDE,
    baseline_names,
    beside_published,
    better_half,
    named,
    plain_settings,
    run_protocols,
    summarise_protocols,
)

POINTS = {"train": 200, "test": 100, "batch": 16, "bootstrap": 20, "permutations": 1}
FACTORS = ["shape", "scale", "orientation", "pos_x", "pos_y"]


def runs_of(values, name="VAE", row="VAE", protocol="paper"):
    return pd.DataFrame({"value": values, "low": np.nan, "high": np.nan}).assign(
        representation=name, row=row, protocol=protocol, train=200, test=100
    )


def test_published_rows():
    percent = {name: 100 * value for name, (value, _) in PUBLISHED.items()}
    assert percent == pytest.approx(
        {
            "ground truth": 100,
            "raw pixels": 45.75,
            "PCA": 84.9,
            "ICA": 42.03,
            "DC-IGN": 99.3,
            "InfoGAN": 73.5,
            "untrained VAE": 44.14,
            "VAE": 61.58,
            "beta-VAE": 99.23,
        }
    )
    assert [spread for _, spread in PUBLISHED.values()] == [
        None,
        0.008,
        0.004,
        0.106,
        0.001,
        0.009,
        0.025,
        0.005,
        0.001,
    ]
    assert set(NAMES.values()) < PUBLISHED.keys()


def test_the_worse_half_of_ten_replicas_and_three_classifiers_is_discarded():
    scores = np.random.default_rng(0).permutation(30) / 30
    np.testing.assert_array_equal(better_half(scores), np.arange(29, 14, -1) / 30)
    np.testing.assert_array_equal(better_half([0.1, 0.3, 0.2]), [0.3, 0.2])
    np.testing.assert_array_equal(better_half([np.nan, 0.3, 0.1]), [0.3])
    assert len(better_half([np.nan])) == 0


def test_both_protocols_are_the_metric_with_their_settings(sprites):
    factors = sprites[1][:2000].astype(float)
    codes = factors + np.random.default_rng(1).normal(size=factors.shape) * [1, 3, 20, 16, 16]
    stack = stacked([codes, ground_truth(factors)], beta=[1.0, 4.0], seed=[0, 0])
    table = run_protocols([stack], factors, factor_names=FACTORS, samples=1500, seed=5, settings=POINTS)
    assert len(table) == 2 * (1 + 3)
    assert table.query("beta == 4")["value"].tolist() == [1] * 4
    plain = {name: POINTS[name] for name in ("train", "test", "batch")} | {"standardise": False}
    for row in table.query("beta == 1").itertuples():
        dlib = row.protocol == "dlib"
        columns, given = (range(5), {"preset": "dlib"}) if dlib else (range(1, 5), plain)
        seed = 5 + (3 if dlib else row.run)
        truth = factors[:1500, list(columns)]
        score = higgins(codes[:1500], truth, seed=seed, bootstrap=20 if dlib else 0, permutations=0, **given)
        assert row.value == score.value
        used = score.details["settings"]
        assert (row.train, row.test) == (used["train"], used["test"]) == ((10_000, 5_000) if dlib else (200, 100))
        assert (used["batch"], used["max_iter"]) == ((64, 100) if dlib else (16, 1000))
        assert np.isfinite(row.low) == dlib
    assert table.query("protocol == 'paper' and beta == 1")["run"].tolist() == [0, 1, 2]


def test_codes_as_wide_as_images_keep_the_points_of_the_study(sprites):
    factors = sprites[1][:400].astype(float)
    wide = stacked([np.random.default_rng(0).normal(size=(400, WIDE + 1))], seed=[0])
    table = run_protocols([wide], factors, factor_names=FACTORS, samples=400, seed=0, settings=POINTS)
    assert table[["protocol", "train", "test"]].drop_duplicates().to_numpy().tolist() == [
        ["dlib", 200, 100],
        ["paper", 200, 100],
    ]
    assert summarise_protocols(baseline_names(table.assign(representation="pixels")))["train"].tolist() == [200, 200]


def test_a_class_that_is_no_factor_is_refused(sprites):
    stack = stacked([sprites[0][:100]], seed=[0])
    with pytest.raises(ValueError, match="classes = 'size': allowed: shape, scale, orientation, pos_x, pos_y"):
        run_protocols(
            [stack], sprites[1][:100], factor_names=FACTORS, classes=["size"], samples=100, seed=0, settings=POINTS
        )


def test_a_diverged_member_has_runs_without_numbers(sprites):
    stack = stacked([np.full((500, 3), np.nan)], beta=[1.0], seed=[0])
    table = run_protocols([stack], sprites[1][:500], factor_names=FACTORS, samples=500, seed=0, settings=POINTS)
    assert table["value"].isna().all()
    summary = summarise_protocols(named(table, "elbo"))
    assert summary["value"].isna().all()
    assert summary.set_index("protocol")["runs"].to_dict() == {"dlib": 1, "paper": 3}
    assert summary["kept"].tolist() == [0, 0]


def test_names_tell_the_axes_apart_that_vary():
    table = pd.DataFrame({"beta": [1.0, 1.0, 4.0], "lam": 0.0, "seed": [0, 1, 0], "d": 10})
    assert named(table, "elbo")["representation"].tolist() == ["VAE", "VAE", "beta-VAE, beta = 4"]
    assert named(table, "elbo")["row"].tolist() == ["VAE", "VAE", "beta-VAE"]
    table = table.assign(d=[10, 10, 5])
    assert named(table, "elbo")["representation"].tolist() == ["VAE, d = 10"] * 2 + ["beta-VAE, beta = 4, d = 5"]
    other = named(table, "factorvae")
    assert other["representation"].tolist()[2] == "FactorVAE, beta = 4, d = 5"
    assert set(other["row"]) == {""}
    below = named(pd.DataFrame({"beta": [0.5]}), "elbo").iloc[0]
    assert (below["representation"], below["row"]) == ("beta-VAE, beta = 0.5", "")


@pytest.mark.parametrize("posterior", ["layered", "iaf", "point"])
def test_only_a_gaussian_posterior_stands_on_a_published_row(posterior):
    table = pd.DataFrame({"beta": [1.0, 4.0]})
    for objective, names in (("elbo", ["VAE", "beta-VAE"]), ("dc_ign", ["DC-IGN", "DC-IGN"])):
        other = named(table, f"{objective} ({posterior})")
        assert other["representation"].tolist() == [
            f"{names[0]} ({posterior}), beta = 1",
            f"{names[1]} ({posterior}), beta = 4",
        ]
        assert other["row"].tolist() == ["", ""]
    assert named(table, "smooth")["representation"].tolist() == ["smooth VAE, beta = 1", "smooth VAE, beta = 4"]
    assert named(table, "smooth")["row"].tolist() == ["", ""]


def test_baselines_have_their_published_names():
    table = baseline_names(pd.DataFrame({"representation": list(NAMES)}))
    assert table["row"].tolist() == table["representation"].tolist() == list(NAMES.values())


def test_a_summary_has_mean_range_and_spread_of_what_is_kept():
    values = [0.1, 0.5, 0.6, 0.7]
    paper, dlib = summarise_protocols(pd.concat([runs_of(values), runs_of(values, protocol="dlib")])).itertuples()
    assert (paper.value, paper.low, paper.high) == (pytest.approx(0.65), 0.6, 0.7)
    assert (paper.kept, paper.runs, paper.every) == (2, 4, pytest.approx(0.475))
    assert paper.spread == pytest.approx(np.std([0.6, 0.7], ddof=1))
    assert (dlib.value, dlib.low, dlib.high, dlib.kept) == (pytest.approx(0.475), 0.1, 0.7, 4)


def test_one_replica_keeps_its_bootstrap_interval():
    runs = runs_of([0.5], protocol="dlib").assign(low=0.4, high=0.55)
    row = summarise_protocols(runs).iloc[0]
    assert (row["value"], row["low"], row["high"]) == (0.5, 0.4, 0.55)
    assert np.isnan(row["spread"])


def test_our_rows_stand_in_the_published_order_with_their_distance():
    runs = pd.concat(
        [
            runs_of([0.9], "factorvae, beta = 9", ""),
            runs_of([0.95], "beta-VAE, beta = 4", "beta-VAE"),
            runs_of([0.8], "PCA", "PCA"),
        ]
    )
    table = beside_published(summarise_protocols(runs))
    assert table["row"].tolist() == [*PUBLISHED, ""]
    found = table.set_index("row")
    assert found.loc["PCA", "distance"] == pytest.approx(0.8 - 0.849)
    assert found.loc["beta-VAE", "published_spread"] == 0.001
    assert found.loc["DC-IGN", "protocol"] == "published only"
    assert np.isnan(found.loc["DC-IGN", "distance"])
    assert np.isnan(found.loc["", "published"])


def test_rows_that_were_not_published_survive_a_table_on_disk(tmp_path):
    runs = runs_of([0.9, 0.8], "factorvae, beta = 9", "")
    runs.to_csv(tmp_path / "runs.csv", index=False)
    again = summarise_protocols(pd.read_csv(tmp_path / "runs.csv"))
    pd.testing.assert_frame_equal(again, summarise_protocols(runs))
    assert again["representation"].tolist() == ["factorvae, beta = 9"]


def test_settings_of_a_study_are_those_of_the_metric_without_its_preset():
    given = {**POINTS, "preset": "default", "metrics": ["mig"], "samples": 3}
    assert plain_settings(given) == POINTS


def test_dead_latents_are_held_constant_in_both_protocols():
    rng = np.random.default_rng(3)
    factors = rng.integers(6, size=(800, 2)).astype(float)
    codes = (factors - 2.5) * [1.0, 0.003]
    axes = ("member", "sample", "latent")
    stack = xr.Dataset(
        {"mean": (axes, codes[None]), "logvar": (axes, np.zeros((1, 800, 2)))}, coords={"beta": ("member", [1.0])}
    )
    shared = {"factor_names": ["a", "b"], "classes": ["a", "b"], "samples": 800, "seed": 0, "settings": POINTS}
    kept, held = (run_protocols([stack], factors, dead=dead, **shared) for dead in (0.0, 0.01))
    assert held["value"].min() == 1  # one latent tells two factors apart
    assert kept["value"].min() == 1
    both = run_protocols([stack], factors, dead=1e9, **shared)
    assert both["value"].max() < 0.65
