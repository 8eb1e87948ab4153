import numpy as np
import pytest
import torch

from curvae.scores import METRICS, evaluate, higgins, mig

QUICK = {
    "mig": {"bootstrap": 20, "permutations": 1, "points": 1_000},
    "higgins": {"bootstrap": 20, "permutations": 1, "train": 500, "test": 300},
}
COLUMNS = ["metric", "value", "low", "high", "floor", "ceiling", "warnings", "n", "d"]


@pytest.fixture
def small():
    rng = np.random.default_rng(0)
    factors = rng.integers(4, size=(1_200, 3))
    return factors + 0.4 * rng.normal(size=(1_200, 3)), factors


def test_table_holds_what_the_functions_return(small):
    table = evaluate(*small, seed=3, settings=QUICK)
    assert list(table.columns) == COLUMNS
    assert list(table["metric"]) == list(METRICS)
    assert (table["n"] == 1_200).all()
    assert (table["d"] == 3).all()
    for row in table.itertuples():
        score = METRICS[row.metric](*small, seed=3, **QUICK[row.metric])
        assert (row.value, (row.low, row.high)) == (score.value, score.interval)
        assert (row.floor, row.ceiling) == (score.floor, score.ceiling)
        assert row.warnings == "; ".join(score.warnings)


def test_metrics_are_chosen_by_name_and_preset(small):
    table = evaluate(*small, metrics=["mig"], settings={"mig": {**QUICK["mig"], "preset": "dlib"}})
    assert table["value"].tolist() == [mig(*small, preset="dlib", **QUICK["mig"]).value]
    assert table.equals(evaluate(*small, metrics="mig", settings={"mig": {**QUICK["mig"], "preset": "dlib"}}))


def test_a_metric_that_does_not_apply_is_a_row_with_its_reason(small):
    table = evaluate(small[0], small[1][:, :1], settings=QUICK).set_index("metric")
    assert np.isnan(table.loc["higgins", "value"])
    assert "allowed: 2 or more" in table.loc["higgins", "warnings"]
    assert table.loc["mig", "value"] > 0.2


def test_tensors_and_arrays_score_alike(small):
    codes, factors = small
    leaf = torch.tensor(codes, requires_grad=True)
    assert evaluate(leaf, torch.tensor(factors), settings=QUICK).equals(evaluate(codes, factors, settings=QUICK))


def test_factor_names_stand_in_the_warnings(small):
    factors = np.hstack([small[1], np.ones((1_200, 1))])
    table = evaluate(small[0], factors, factor_names=["x", "y", "size", "colour"], settings=QUICK)
    assert table["warnings"].str.contains("factor 'colour' is constant").all()


def _with(array, place, value):
    changed = array.astype(float)
    changed[place] = value
    return changed


BAD = {
    "nan in codes": (lambda z, f: (_with(z, (7, 1), np.nan), f), "codes: row 7 holds nan: allowed: finite"),
    "infinite codes": (lambda z, f: (_with(z, (3, 0), -np.inf), f), "codes: row 3 holds -inf"),
    "huge codes": (lambda z, f: (_with(z, (3, 0), 1e200), f), r"codes: row 3 holds 1e\+200"),
    "nan in factors": (lambda z, f: (z, _with(f, (2, 1), np.nan)), "factors: row 2 holds nan"),
    "flat codes": (lambda z, f: (z[:, 0], f), r"codes: shape \(1200,\): allowed: \(samples, columns\)"),
    "flat factors": (lambda z, f: (z, f[:, 0]), r"factors: shape \(1200,\)"),
    "no latent": (lambda z, f: (z[:, :0], f), r"codes: shape \(1200, 0\)"),
    "lengths": (lambda z, f: (z[:9], f), "codes have 9 samples, factors 1200: allowed: the same"),
    "one sample": (lambda z, f: (z[:1], f[:1]), "codes: 1 samples: allowed: 2 or more"),
    "text": (lambda z, f: (z, f.astype(str)), "factors: type <U21: allowed: numbers"),
    "objects": (lambda z, f: (z, f.astype(object)), "factors: type object: allowed: numbers"),
    "constant factors": (lambda z, f: (z, 0 * f), "factors: all 3 are constant: allowed: at least one"),
}


@pytest.mark.parametrize("metric", [mig, higgins, evaluate])
@pytest.mark.parametrize("case", BAD)
def test_bad_arrays_are_refused_in_one_line(small, case, metric):
    change, message = BAD[case]
    with pytest.raises(ValueError, match=message) as caught:
        metric(*change(*small))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"preset": "paper"}, "preset = 'paper': allowed: default, dlib"),
        ({"bin": 10}, "unknown setting 'bin': allowed: .*max_levels"),
        ({"bootstrap": -1}, "bootstrap = -1: allowed: whole numbers from 0"),
        ({"permutations": 2.5}, "permutations = 2.5: allowed: whole numbers from 0"),
        ({"max_levels": True}, "max_levels = True: allowed: whole numbers from 2"),
        ({"seed": -1}, "seed = -1: allowed: whole numbers from 0"),
        ({"factor_names": ["x"]}, "factor_names: 1 names: allowed: 3, one a factor"),
    ],
)
@pytest.mark.parametrize("metric", [mig, higgins])
def test_bad_settings_are_refused(small, metric, given, message):
    with pytest.raises(ValueError, match=message):
        metric(*small, **given)


def test_bad_choices_are_refused(small):
    with pytest.raises(ValueError, match="binning = 'log': allowed: 'quantile', 'equal_width'"):
        mig(*small, binning="log")
    with pytest.raises(ValueError, match="metrics: 'mgi': allowed: all, higgins, mig"):
        evaluate(*small, metrics=["mgi"])
    with pytest.raises(ValueError, match="metrics: 'mgi': allowed: all, higgins, mig"):
        evaluate(*small, settings={"mgi": {}})
    with pytest.raises(ValueError, match="metrics: none"):
        evaluate(*small, metrics=[])


@pytest.mark.parametrize("metric", [mig, higgins])
def test_without_resampling_the_value_stays(small, metric):
    settings = QUICK[metric.__name__]
    bare = metric(*small, **{**settings, "bootstrap": 0, "permutations": 0})
    assert bare.value == metric(*small, **settings).value
    assert np.isnan([*bare.interval, bare.floor]).all()
