"""Small networks trained by compiled code, against what torch makes of them."""

import sys
from types import ModuleType

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as some
from pydantic import TypeAdapter

import curvae
from curvae.models import build
from curvae.objectives import build as build_objective
from curvae.settings.model import VAE
from curvae.settings.objective import Elbo, ObjectiveSettings
from curvae.settings.train import Budget
from curvae.sweep import compiled, train
from curvae.sweep.checkpoint import Interrupted

CPU = torch.device("cpu")
X = torch.randn(250, 5, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
DATA = {"train": X[:190], "validation": X[190:]}
SMALL = {"kind": "vae", "hidden": (30, 13), "latent": 2, "activation": "relu", "likelihood": "gaussian"}
ELBO = build_objective(Elbo(), 2, 190)
MEMBERS = [
    {"beta": 1.0, "lam": 0.0, "seed": 0},
    {"beta": 4.0, "lam": 1e-2, "seed": 1, "lr": 3e-3, "anneal": "linear"},
    {"beta": 0.0, "lam": 1e-3, "seed": 0, "anneal": "sigmoid"},
]
KINKED = some.sampled_from(["relu", "leaky_relu"])
WIDTHS = some.lists(some.integers(1, 64), min_size=1, max_size=3).map(tuple)
MODELS = some.builds(
    VAE,
    kind=some.just("vae"),
    hidden=WIDTHS,
    decoder_hidden=some.none() | WIDTHS,
    latent=some.integers(1, 6),
    activation=KINKED,
    decoder_activation=some.none() | KINKED,
    likelihood=some.just("gaussian"),
)
BUDGETS = some.builds(
    Budget,
    epochs=some.just(8),
    batch=some.integers(10, 30),
    optimiser=some.sampled_from(["adam", "rmsprop"]),
    betas=some.sampled_from([(0.9, 0.999), (0.5, 0.9)]),
    schedule=some.sampled_from(["constant", "cosine"]),
    anneal_epochs=some.just(3),
)


def small(**others):
    return build(VAE(**{**SMALL, **others}), (5,))


def by_torch(*arguments, **named):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(compiled, "takes", lambda *_: False)
        return train(*arguments, **named)


def relative(found, expected):
    return ((found - expected).norm() / expected.norm().clamp(min=1e-30)).item()


@pytest.mark.parametrize(("dtype", "near"), [(torch.float64, 1e-10), (torch.float32, 1e-4)])
@settings(max_examples=20, deadline=None, derandomize=True)
@given(MODELS, BUDGETS)
def test_compiled_training_is_that_of_torch(dtype, near, settings, budget):
    model = build(settings, (5,))
    if dtype == torch.float32:  # RMSProp's first steps are so long that rounding grows within a few
        budget = budget.model_copy(update={"optimiser": "adam"})
    assert compiled.takes(model, ELBO, budget, CPU)
    own, torchs = train(model, DATA, MEMBERS, budget, dtype=dtype), by_torch(model, DATA, MEMBERS, budget, dtype=dtype)
    assert max(relative(own.weights[name], torchs.weights[name]) for name in model.shapes) < near
    assert list(own.history) == list(torchs.history)
    for name in own.history.select_dtypes("number"):
        np.testing.assert_allclose(own.history[name], torchs.history[name], rtol=10 * near, atol=10 * near)


@pytest.mark.parametrize("threads", [1, 2])
def test_a_member_is_the_same_to_the_last_bit_in_every_stack(threads, monkeypatch):
    monkeypatch.setattr(compiled, "SHARES", 1)  # members share their working memory
    torch.set_num_threads(threads)
    model, budget = small(), Budget(epochs=3, batch=30)
    stack = train(model, DATA, [*MEMBERS, *MEMBERS[::-1]], budget)
    for place, member in enumerate(MEMBERS):
        alone = train(model, DATA, [member], budget)
        for name, weight in alone.weights.items():
            assert torch.equal(stack.weights[name][place], weight[0])
            assert torch.equal(stack.weights[name][5 - place], weight[0])


def test_a_diverged_member_is_frozen_as_by_torch_and_leaves_no_trace_in_the_others(monkeypatch):
    monkeypatch.setattr(compiled, "SHARES", 1)  # members share their working memory
    model, budget = small(), Budget(epochs=4, batch=30)
    sound = train(model, DATA, MEMBERS, budget)
    members = [{**MEMBERS[0], "lr": 1e30}, *MEMBERS]
    own, torchs = train(model, DATA, members, budget), by_torch(model, DATA, members, budget)
    assert [(found.member, found.epoch, found.cause) for found in own.diverged] == [
        (found.member, found.epoch, found.cause) for found in torchs.diverged
    ]
    assert own.diverged
    for name, weight in sound.weights.items():
        assert torch.equal(own.weights[name][1:], weight)
        assert torch.equal(own.weights[name][0], torchs.weights[name][0])
    own, torchs = (found.history.query("member == 0") for found in (own, torchs))
    assert own["frozen"].tolist() == torchs["frozen"].tolist()
    np.testing.assert_allclose(own["loss"][own["epoch"] > 1], torchs["loss"][own["epoch"] > 1], rtol=1e-5)


def test_a_run_that_is_stopped_within_an_epoch_goes_on_to_the_same_bits(tmp_path, monkeypatch):
    model, budget = small(), Budget(epochs=3, batch=30)
    whole = train(model, DATA, MEMBERS, budget)
    monkeypatch.setattr(compiled, "AT_A_TIME", 180)  # two steps of three members
    kept = {"scratch": tmp_path, "interval": 0.0}
    made, calls = compiled.steps, []

    def stopped(*arguments):
        for count in made(*arguments):
            yield count
            calls.append(count)
            if len(calls) == 6:
                raise Interrupted(1)

    with monkeypatch.context() as patch:
        patch.setattr(compiled, "steps", stopped)
        with pytest.raises(Interrupted):
            train(model, DATA, MEMBERS, budget, **kept)
    assert calls == [60, 60, 60, 10, 60, 60]
    again = train(model, DATA, MEMBERS, budget, **kept)
    assert all(torch.equal(again.weights[name], weight) for name, weight in whole.weights.items())
    assert again.history.equals(whole.history)


@pytest.mark.parametrize(
    ("others", "objective", "budget", "device"),
    [
        ({"activation": "tanh"}, {"kind": "elbo"}, {}, "cpu"),
        ({"decoder_activation": "elu"}, {"kind": "elbo"}, {}, "cpu"),
        ({"likelihood": "bernoulli"}, {"kind": "elbo"}, {}, "cpu"),
        ({"hidden": (30, 65)}, {"kind": "elbo"}, {}, "cpu"),
        ({"latent": 33}, {"kind": "elbo"}, {}, "cpu"),
        ({"posterior": {"kind": "point"}}, {"kind": "elbo"}, {}, "cpu"),
        ({"posterior": {"kind": "iaf"}}, {"kind": "elbo"}, {}, "cpu"),
        ({"prior": {"kind": "realnvp"}}, {"kind": "elbo"}, {}, "cpu"),
        ({}, {"kind": "capacity"}, {}, "cpu"),
        ({}, {"kind": "beta_tcvae"}, {}, "cpu"),
        ({}, {"kind": "elbo"}, {"clip": 1.0}, "cpu"),
        ({}, {"kind": "elbo"}, {}, "cuda"),
    ],
)
def test_what_else_there_is_stays_with_torch(others, objective, budget, device):
    chosen = build_objective(TypeAdapter(ObjectiveSettings).validate_python(objective), 2, 190)
    assert not compiled.takes(small(**others), chosen, Budget(**budget), torch.device(device))
    assert compiled.takes(small(), ELBO, Budget(), CPU)


def test_without_numba_all_is_left_to_torch(monkeypatch):
    monkeypatch.setitem(sys.modules, "numba", ModuleType("numba"))  # njit is missing from it
    for name in ("jit", "small"):
        monkeypatch.delitem(sys.modules, f"curvae.{name}", raising=False)
        monkeypatch.delattr(curvae, name, raising=False)
    compiled._small.cache_clear()
    try:
        assert not compiled.takes(small(), ELBO, Budget(), CPU)
    finally:
        compiled._small.cache_clear()


def test_whole_numbers_and_views_are_taken():
    whole = torch.randint(256, (5, 250), dtype=torch.uint8, generator=torch.Generator().manual_seed(2)).T
    data = {"train": whole[:190], "validation": whole[190:]}
    own = train(small(), data, MEMBERS, Budget(epochs=2, batch=30))
    real = train(small(), {split: x.float() for split, x in data.items()}, MEMBERS, Budget(epochs=2, batch=30))
    assert all(torch.equal(own.weights[name], weight) for name, weight in real.weights.items())
