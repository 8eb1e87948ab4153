"""Predictors share a training job where they differ in learning rate and noise alone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curvae.settings.dynamics import Dynamics, RecurrentPredictor
from curvae.settings.train import Budget

BASE = {"kind": "gru", "train": {"epochs": 3}}
OTHER = {
    "inputs": "statistics",
    "window": 30,
    "stride": 3,
    "kind": "lstm",
    "hidden": 32,
    "mixtures": 2,
    "rollout": 5,
    "curriculum": 0.5,
    "sampling": True,
}
SPENT = {
    "epochs": 4,
    "batch": 20,
    "optimiser": "rmsprop",
    "betas": [0.5, 0.9],
    "schedule": "cosine",
    "anneal": "linear",
    "anneal_epochs": 3,
    "clip": 1.0,
}
CHOICES = st.one_of(
    st.fixed_dictionaries(
        {
            "kind": st.sampled_from(["elman", "gru"]),
            "hidden": st.sampled_from([8, 16]),
            "noise": st.sampled_from([0, 0.1]),
            "train": st.fixed_dictionaries({"lr": st.sampled_from([1e-3, 1e-2]), "epochs": st.sampled_from([1, 2])}),
        }
    ),
    st.just({"kind": "ridge"}),
)


def films(predictors, seeds=(0, 1)):
    return Dynamics(experiment="ball", predictors=predictors, seeds=seeds)


@pytest.mark.parametrize("change", [{"noise": 0.1}, {"train": {"epochs": 3, "lr": 0.1}}, {}])
def test_rate_and_noise_leave_a_stack_whole(change):
    assert films({"one": BASE, "other": {**BASE, **change}}).stacks() == [("one", "other")]


@pytest.mark.parametrize(
    "change",
    [*({name: value} for name, value in OTHER.items()), *({"train": {"epochs": 3} | {k: v}} for k, v in SPENT.items())],
    ids=str,
)
def test_any_other_setting_starts_another_stack(change):
    assert films({"one": BASE, "other": {**BASE, **change}}).stacks() == [("one",), ("other",)]


def test_every_setting_is_asked():
    assert {*OTHER, "noise", "train"} == set(RecurrentPredictor.model_fields)
    assert {*SPENT, "lr"} == set(Budget.model_fields)


@given(st.dictionaries(st.sampled_from("abcdefgh"), CHOICES, min_size=1))
def test_trained_predictors_are_each_in_one_stack_with_all_that_are_alike(predictors):
    stacks = films(predictors).stacks()
    trained = [name for name, choice in predictors.items() if choice["kind"] != "ridge"]
    assert sorted(name for stack in stacks for name in stack) == sorted(trained)
    assert [name for name in trained if name in {stack[0] for stack in stacks}] == [stack[0] for stack in stacks]
    for one in trained:
        alike = [
            name
            for name in trained
            if all(predictors[name][key] == predictors[one][key] for key in ("kind", "hidden"))
            and predictors[name]["train"]["epochs"] == predictors[one]["train"]["epochs"]
        ]
        assert films(predictors).stack_of(one) == tuple(alike)


def test_members_say_whose_they_are_where_there_are_several():
    found = films(
        {"slow": {**BASE, "noise": 0.1}, "lstm": {"kind": "lstm"}, "fast": {**BASE, "train": {"epochs": 3, "lr": 0.1}}}
    )
    assert found.stacks() == [("slow", "fast"), ("lstm",)]
    none = {"beta": 0.0, "lam": 0.0}
    assert found.members(("lstm",)) == [{**none, "seed": 0}, {**none, "seed": 1}]
    assert found.members(("slow", "fast")) == [
        {**none, "seed": 0, "predictor": "slow", "lr": 1e-3, "noise": 0.1},
        {**none, "seed": 1, "predictor": "slow", "lr": 1e-3, "noise": 0.1},
        {**none, "seed": 0, "predictor": "fast", "lr": 0.1, "noise": 0.0},
        {**none, "seed": 1, "predictor": "fast", "lr": 0.1, "noise": 0.0},
    ]
