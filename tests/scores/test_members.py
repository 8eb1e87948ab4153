"""Scores of a whole sweep: one row a member and metric, and a diverged member says so."""

import numpy as np
import pytest
import xarray as xr

from curvae.scores import METRICS, evaluate, over_seeds, score_members, settings_of
from curvae.scores.decomposition import decompose_members
from curvae.scores.members import nats, without_dead
from curvae.settings.scoring import presets
from curvae.sweep import latent_kl as sweep_kl


def stack(codes, betas, seeds):
    coords = {"beta": ("member", betas), "lam": ("member", [0.0] * len(betas)), "seed": ("member", seeds)}
    return xr.Dataset({"mean": (("member", "sample", "latent"), codes)}, coords=coords)


def test_rows_are_those_of_evaluate_and_a_diverged_member_has_none_but_its_name():
    rng = np.random.default_rng(0)
    factors = rng.random((600, 2))
    codes = np.stack([factors, factors @ [[1, 1], [1, -1]], np.full((600, 2), np.nan)])
    settings = {"mig": {"bootstrap": 10, "permutations": 1}}
    table = score_members(
        [stack(codes[:2], [1.0, 4.0], [0, 0]), stack(codes[2:], [9.0], [1])],
        factors,
        samples=500,
        seed=3,
        factor_names=["a", "b"],
        settings=settings,
    )
    assert table["beta"].tolist() == [1, 4, 9]
    alone = evaluate(codes[1][:500], factors[:500], ["mig"], 3, ["a", "b"], settings)
    assert table.loc[1, "value"] == alone.loc[0, "value"]
    assert np.isnan(table.loc[2, "value"])
    assert "diverged" in table.loc[2, "warnings"]


def test_means_over_seeds_span_their_range():
    factors = np.random.default_rng(1).random((300, 2))
    noise = np.random.default_rng(2).normal(size=(3, 300, 2))
    codes = np.stack([factors, factors + 0.2 * noise[0], factors + noise[1]])
    table = score_members(
        [stack(codes, [1.0, 1.0, 2.0], [0, 1, 0])],
        factors,
        samples=300,
        seed=0,
        factor_names=["a", "b"],
        settings={"mig": {"bootstrap": 10, "permutations": 1}},
    )
    means = over_seeds(table).set_index("beta")
    values = table["value"].to_numpy()
    assert means.loc[1.0, "value"] == pytest.approx(values[:2].mean())
    assert (means.loc[1.0, "low"], means.loc[1.0, "high"]) == (values[:2].min(), values[:2].max())
    assert means.loc[2.0, "low"] == table.loc[2, "low"]


def test_a_dead_latent_is_held_constant_and_named():
    rng = np.random.default_rng(3)
    factors = rng.integers(5, size=(800, 2))
    # the second latent keeps a trace of its factor at a KL of 9e-6 nats, which scale-free metrics read in full
    codes = (factors - 2) * [1.0, 0.003]
    full = stack(codes[None], [1.0], [0]).assign(logvar=(("member", "sample", "latent"), np.zeros((1, 800, 2))))
    arguments = {"samples": 800, "seed": 0, "factor_names": ["a", "b"], "settings": {"mig": {"bootstrap": 0}}}
    kept = score_members([full], factors, dead=0, **arguments)
    held = score_members([full], factors, **arguments)
    assert kept.loc[0, "value"] == pytest.approx(1, abs=0.01)
    assert held.loc[0, "value"] == pytest.approx(0.5, abs=0.01)
    assert held.loc[0, "warnings"].startswith("latent 1 is dead: its KL is 8.9e-06 nats; set to its mean; ")


def test_a_code_that_tells_nothing_is_dead_whatever_its_prior():
    """Of codes uniform in (-1, 1) the best blind guess is N(0, 1/3), .216 nats from N(0, 1)."""
    rng = np.random.default_rng(4)
    codes = rng.uniform(-1, 1, (900, 2)) * [0.99, 1e-3]
    logvar = np.log([1e-4, 1 / 3]) + np.zeros((1, 900, 2))
    told = stack(codes[None], [1.0], [0]).assign(logvar=(("member", "sample", "latent"), logvar))
    uniform = told.assign_attrs(prior_variance=1 / 3)
    assert nats(told.isel(member=0))[1] == pytest.approx((1 / 3 - 1 + np.log(3)) / 2, abs=1e-5)
    assert nats(uniform.isel(member=0))[1] == pytest.approx(0, abs=1e-5)
    assert nats(uniform.isel(member=0))[0] > 1
    np.testing.assert_allclose(sweep_kl(uniform.isel(member=0)), nats(uniform.isel(member=0)), atol=1e-12)
    kept, held = (without_dead(codes.isel(member=0), 0.01) for codes in (told, uniform))
    assert kept[1] == ()
    assert held[1][0].startswith("latent 1 is dead")
    assert np.ptp(held[0][:, 1]) == 0
    parts = decompose_members([told, uniform], samples=900, seed=0)
    assert parts["kl"].tolist() == pytest.approx([nats(of.isel(member=0)).sum() for of in (told, uniform)])
    assert parts["mi"].diff()[1] == pytest.approx(0, abs=0.02)
    assert parts["tc"].diff()[1] == pytest.approx(0, abs=0.02)


def test_a_preset_is_of_all_metrics_or_of_those_that_are_named():
    given = {"preset": {"dci": "fast"}, "bootstrap": 0, "permutations": 1, "train": 5, "test": 5, "batch": 2}
    found = settings_of(["dci", "mig"], given)
    assert (found["dci"]["preset"], found["mig"]["preset"]) == ("fast", "default")
    assert settings_of(["dci", "mig"], {**given, "preset": "dlib"})["mig"]["preset"] == "dlib"


@pytest.mark.parametrize("metric", METRICS)
def test_the_settings_name_the_presets_that_a_metric_has(metric):
    with pytest.raises(ValueError, match="preset = 'mine'") as caught:
        METRICS[metric](np.ones((4, 1)), np.ones((4, 1)), preset="mine")
    assert str(caught.value).endswith("allowed: " + ", ".join(presets(metric)))
