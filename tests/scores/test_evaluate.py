from typing import get_args

import numpy as np
import pytest
import torch

from curvae.scores import METRICS, NotApplicable, evaluate, infomec, mig, settings_of
from curvae.settings.scoring import Scoring

QUICK = {
    "mig": {"bootstrap": 20, "permutations": 1, "points": 1_000},
    "higgins": {"bootstrap": 20, "permutations": 1, "train": 500, "test": 300},
    "factorvae": {"bootstrap": 20, "permutations": 1, "train": 500, "test": 300},
    "dci": {"bootstrap": 20, "permutations": 1, "size": 10},
}
QUICK = {name: QUICK.get(name, {"bootstrap": 20, "permutations": 1}) for name in METRICS}
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


def test_infomec_stands_for_its_three(small):
    given = {"points": 500, "bootstrap": 5, "permutations": 1}
    table = evaluate(*small, metrics=["mig", "infomec"], seed=2, settings={"infomec": given, "mig": QUICK["mig"]})
    assert table["metric"].tolist() == ["mig", "infom", "infoe", "infoc"]
    scores = infomec(*small, seed=2, **given)
    assert dict(zip(table["metric"][1:], table["value"][1:], strict=True)) == scores.value
    assert evaluate(*small, metrics="infomec", seed=2, settings={"infomec": given}).equals(
        table[1:].reset_index(drop=True)
    )

    both = {"infom": {**given, "points": 400}, "infomec": given}
    own, turned = (
        evaluate(*small, "infomec", 2, settings=dict(pairs)) for pairs in (both.items(), reversed(both.items()))
    )
    assert own.equals(turned)
    assert own["value"].tolist() == [infomec(*small, seed=2, **both["infom"]).infom.value, *table["value"][2:]]


def test_a_metric_that_does_not_apply_is_a_row_with_its_reason(small):
    table = evaluate(small[0], small[1][:, :1], settings=QUICK).set_index("metric")
    assert np.isnan(table.loc["higgins", "value"])
    assert "allowed: 2 or more" in table.loc["higgins", "warnings"]
    assert table.loc["mig", "value"] > 0.2


def test_tensors_and_arrays_score_alike(small):
    codes, factors = small
    leaf = torch.tensor(codes, requires_grad=True)
    assert evaluate(leaf, torch.tensor(factors), settings=QUICK).equals(evaluate(codes, factors, settings=QUICK))


def _thinned(rng):
    """Half of the cells of a grid, drawn at random, a few samples each."""
    grid = np.stack(np.meshgrid(range(4), range(5), range(6), indexing="ij"), axis=-1).reshape(-1, 3)
    return np.repeat(rng.permutation(grid)[:60], 15, axis=0)


def _continuous(rng):
    """Numbers of which none recurs."""
    return rng.random((900, 3))


def _mixed(rng):
    """Levels of a thinned grid beside a number that is not the same twice."""
    return np.column_stack([_thinned(rng)[:, :2], rng.random(900)])


@pytest.mark.parametrize("factors", [_thinned, _continuous, _mixed])
@pytest.mark.parametrize("preset", ["default", "dlib"])
@pytest.mark.parametrize("name", METRICS)
def test_incomplete_grids_and_continuous_factors_are_scored(name, preset, factors):
    rng = np.random.default_rng(4)
    truth = factors(rng)
    codes = (truth - truth.mean(axis=0)) / truth.std(axis=0) + 0.05 * rng.normal(size=truth.shape)
    given = QUICK[name] | {"preset": preset} | ({"size": 5} if name == "dci" else {})
    score = METRICS[name](codes, truth, **given)  # each of them applies to these
    ends = () if (name, preset) == ("dci", "dlib") else score.interval  # boosted trees have none
    assert np.isfinite([score.value, *ends, score.floor, score.ceiling]).all()
    assert score.floor < score.value <= 1  # codes that are the factors, but for a little noise
    told = sum(np.unique(column).size > 50 for column in truth.T)
    assert len(score.details["binned_factors"]) == told


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
    "text codes": (lambda z, f: (z.astype(str), f), "codes: type <U32: allowed: numbers"),
    "ragged factor names": (lambda z, f: (z, f[:, :0]), r"factors: shape \(1200, 0\)"),
    "constant factors": (lambda z, f: (z, 0 * f), "factors: all 3 are constant: allowed: at least one"),
}


@pytest.mark.parametrize("metric", [*METRICS.values(), evaluate])
@pytest.mark.parametrize("case", BAD)
def test_bad_arrays_are_refused_in_one_line(small, case, metric):
    change, message = BAD[case]
    with pytest.raises(ValueError, match=message) as caught:
        metric(*change(*small))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"preset": "none"}, "preset = 'none': allowed: default, dlib"),
        ({"bin": 10}, "unknown setting 'bin': allowed: .*max_levels"),
        ({"bootstrap": -1}, "bootstrap = -1: allowed: whole numbers from 0"),
        ({"permutations": 2.5}, "permutations = 2.5: allowed: whole numbers from 0"),
        ({"max_levels": True}, "max_levels = True: allowed: whole numbers from 2"),
        ({"seed": -1}, "seed = -1: allowed: whole numbers from 0"),
        ({"factor_names": ["x"]}, "factor_names: 1 names: allowed: 3, one a factor"),
    ],
)
@pytest.mark.parametrize("metric", METRICS.values())
def test_bad_settings_are_refused(small, metric, given, message):
    with pytest.raises(ValueError, match=message):
        metric(*small, **given)


def test_bad_choices_are_refused(small):
    with pytest.raises(ValueError, match="binning = 'log': allowed: 'quantile', 'equal_width'"):
        mig(*small, binning="log")
    with pytest.raises(ValueError, match="metrics: 'mgi': allowed: all, higgins, factorvae, mig"):
        evaluate(*small, metrics=["mgi"])
    with pytest.raises(ValueError, match="metrics: 'mgi': allowed: all, higgins, factorvae, mig"):
        evaluate(*small, settings={"mgi": {}})
    with pytest.raises(ValueError, match="metrics: none"):
        evaluate(*small, metrics=[])


@pytest.mark.parametrize("metric", METRICS.values())
def test_without_resampling_the_value_stays(small, metric):
    settings = QUICK[metric.__name__]
    bare = metric(*small, **{**settings, "bootstrap": 0, "permutations": 0})
    assert bare.value == metric(*small, **settings).value
    assert np.isnan([*bare.interval, bare.floor]).all()


ZERO = {"higgins": 1 / 3, "factorvae": 0.0, "mig": 0.0, "sap": 0.0, "dci": 0.0, "modularity": 0.0, "explicitness": 0.0}


@pytest.mark.parametrize("preset", ["default", "dlib"])
@pytest.mark.parametrize("metric", ZERO)
def test_constant_codes_have_the_value_of_no_information(small, metric, preset):
    rounds = {"size": 5} if metric == "dci" else {}
    score = METRICS[metric](np.full((1_200, 2), 0.3), small[1], preset=preset, **{**QUICK[metric], **rounds})
    expected = 0.5 if (metric, preset) == ("explicitness", "dlib") else ZERO[metric]
    assert score.value == pytest.approx(expected, abs=1e-12)
    assert sum("dead dimension" in warning for warning in score.warnings) == 2


@pytest.mark.parametrize("metric", ZERO)
def test_a_constant_factor_changes_nothing_but_the_warnings(small, metric):
    codes, factors = small
    more = np.insert(factors, 1, 7, axis=1)
    plain, excluded = (METRICS[metric](codes, truth, **QUICK[metric]) for truth in (factors, more))
    assert (plain.value, plain.interval, plain.floor) == (excluded.value, excluded.interval, excluded.floor)
    assert excluded.warnings[0] == "factor '1' is constant and was excluded"


@pytest.mark.parametrize("metric", ZERO)
def test_order_and_sign_of_latents_do_not_matter(small, metric):
    codes, factors = small[0] @ [[1, 0.4, 0], [0, 1, 0.2], [0.3, 0, 1]], small[1]
    before, after = (METRICS[metric](z, factors, **QUICK[metric]).value for z in (codes, -codes[:, [2, 0, 1]]))
    # trees draw their thresholds anew; a vote may fall on a tie
    assert before == pytest.approx(after, abs={"dci": 0.05}.get(metric, 1e-3))


@pytest.mark.parametrize("metric", ZERO)
def test_default_does_not_depend_on_the_unit_of_the_codes(small, metric):
    codes, factors = small
    before, after = (METRICS[metric](z, factors, **QUICK[metric]).value for z in (codes, 1e-4 * codes))
    assert before == pytest.approx(after, abs=0.02 if metric == "dci" else 1e-9)


@pytest.mark.parametrize("metric", ZERO)
def test_two_samples_are_too_few_but_no_crash(metric):
    codes, factors = np.array([[0.0, 1], [1, 0]]), np.array([[0, 1], [1, 0]])
    if metric in ("mig", "modularity"):
        assert METRICS[metric](codes, factors, **QUICK[metric]).warnings
    else:
        with pytest.raises(NotApplicable, match=metric):
            METRICS[metric](codes, factors, **QUICK[metric])


def test_settings_of_a_study_name_every_metric_and_reach_it(small):
    named = get_args(get_args(Scoring.model_fields["metrics"].annotation)[0])
    assert set(named) == set(METRICS)
    given = Scoring(factors=("x",), train=300, test=100, bootstrap=2, permutations=1).model_dump()
    table = evaluate(*small, settings=settings_of(list(METRICS), given))
    assert np.isfinite(table["value"]).all()
