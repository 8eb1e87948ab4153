"""Claims of pretraining and of a plain autoencoder's codes, on tables with known numbers; what does not compare."""

import pandas as pd
import pytest

from curvae.claims import codes_claims, drawn_claims, pretraining_claims
from curvae.scores.pretraining import FINE_TUNING, PASSES
from curvae.settings.base import ConfigError
from curvae.settings.check import read_study


def test_pretraining_is_judged_seed_by_seed():
    rows = [(FINE_TUNING, seed, 3, 3, 120.0, 180.0, -60.0 + seed) for seed in range(5)]
    rows += [(PASSES, seed, 3, 6, 120.0, 118.0, 2.0 - seed) for seed in range(5)]
    columns = ["comparison", "seed", "epoch", "scratch_epoch", "pretrained", "scratch", "difference"]
    found = pd.DataFrame(pretraining_claims(pd.DataFrame(rows, columns=columns))).set_index("claim")
    assert found.loc["deep.pretraining", "value"] == -58
    assert found.loc["deep.pretraining", "verdict"] == "reproduced"
    assert found.loc["deep.pretraining_counted", "verdict"] == "partly"
    assert "3 epochs after pretraining, 6 without" in found.loc["deep.pretraining_counted", "note"]
    only = pd.DataFrame(rows[:5], columns=columns)
    assert pretraining_claims(only)[1]["verdict"] == "not testable"


def test_codes_are_judged_by_gain_and_emptiness():
    values = {"gain": 1.2, "empty_gaussian": 0.4, "empty_prior": 0.99, "cells": 0.7, "kurtosis": 0.1}
    table = pd.DataFrame({"measure": values.keys(), "value": values.values(), "seed": 0})
    found = pd.DataFrame(codes_claims(table)).set_index("claim")
    assert found.loc["codes.weird", "verdict"] == "reproduced"
    assert found.loc["codes.sparse", "verdict"] == "not reproduced"
    assert "empty_prior 0.99" in found.loc["codes.sparse", "note"]
    assert codes_claims(table[table["measure"] != "gain"])[0]["verdict"] == "not testable"


def test_draws_of_codes_are_held_against_simpler_clouds():
    distances = {"generator": 0.2, "N(0, I)": 0.8, "covariances": 0.1}
    table = pd.DataFrame({"drawn": distances.keys(), "distance": distances.values(), "seed": [0.0, None, None]})
    found = pd.DataFrame(drawn_claims(table)).set_index("claim")
    assert found["value"].tolist() == [0.25, 0.25, 2.0]
    assert found["verdict"].tolist() == ["reproduced", "not reproduced", "not reproduced"]
    assert "covariances 0.1" in found.loc["codes.drawn", "note"]
    assert {row["verdict"] for row in drawn_claims(table[table["drawn"] != "generator"])} == {"not testable"}


def config():
    point = {"kind": "vae", "hidden": [8, 4], "latent": 2, "activation": "sigmoid", "posterior": {"kind": "point"}}
    deep = {"data": "d", "model": point | {"pretrain": {"kind": "rbm"}}, "train": {"epochs": 2}}
    plain = {"data": "d", "model": {"kind": "vae"}, "grid": {"anneal": ["none", "linear"]}}
    return {
        "data": {"d": {"kind": "mnist"}},
        "experiments": {
            "deep": deep,
            "scratch": deep | {"model": point, "train": {"epochs": 5}},
            "plain": plain,
            "ladder": plain | {"model": {"kind": "ladder"}},
        },
        "bounds": {"plain": {}, "ladder": {}},
        "bound_curves": {"c": ["plain", "ladder"]},
        "ladders": {"l": ["plain", "ladder"]},
        "pretraining": {"p": {"pretrained": "deep", "scratch": "scratch"}},
        "codes": {"scratch": {}},
        "claims": {"pretraining": "p", "codes": "scratch"},
    }


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        (["ladders", "l"], ["plain"], "ladders.l = ['plain']: allowed: two names or more"),
        (["bound_curves", "c"], ["plain", "deep"], "bound_curves.c[1] = 'deep': no such name under bounds"),
        (["bounds", "ladder"], {"samples": 3}, "[1] = 'ladder': allowed: the same data, seeds and bounds as plain"),
        (["experiments", "ladder", "model"], {"kind": "vae"}, "allowed: a model ladder among them"),
        (
            ["experiments", "ladder", "grid"],
            {"beta": [1, 2]},
            "allowed: an experiment with no axes but seed and anneal",
        ),
        (["pretraining", "p", "scratch"], "deep", "p.scratch = 'deep': allowed: an experiment without model.pretrain"),
        (["pretraining", "p", "pretrained"], "plain", "allowed: an experiment with model.pretrain"),
        (["experiments", "scratch", "train"], {"epochs": 1}, "scratch = 'scratch': allowed: 2 epochs or more, as deep"),
        (
            ["experiments", "scratch", "train"],
            {"epochs": 5, "lr": 1},
            "allowed: all as deep but model.pretrain and train",
        ),
        (["experiments", "deep", "grid"], {"lam": [0, 1]}, "allowed: an experiment with the seed as its only axis"),
        (["claims", "codes"], "plain", "claims.codes = 'plain': no such codes to check claims on"),
        (["codes"], {"scratch": {}, "plane": {}}, "codes.plane = 'plane': no such experiment; did you mean 'plain'"),
    ],
)
def test_what_does_not_compare_is_refused(path, value, message):
    changed = config()
    assert read_study(changed)
    at = changed
    for key in path[:-1]:
        at = at[key]
    at[path[-1]] = value
    with pytest.raises(ConfigError) as caught:
        read_study(changed)
    assert message in str(caught.value)
