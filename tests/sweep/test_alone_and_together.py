"""A member is the same network alone, in a small stack and in a large one, whatever its neighbours are."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as some
from pydantic import TypeAdapter

from curvae.models import build, predictor
from curvae.nets.linear import ACTIVATIONS
from curvae.objectives import build as build_objective
from curvae.settings.dynamics import Dynamics
from curvae.settings.model import VAE
from curvae.settings.objective import Elbo, ObjectiveSettings
from curvae.settings.train import Budget
from curvae.sweep import Stack, train
from curvae.sweep.lines import lines_along
from curvae.sweep.state import State
from curvae.sweep.streams import orders

CPU = torch.device("cpu")
ELBO = build_objective(Elbo(), 2, 200)
MODELS = some.builds(
    VAE,
    kind=some.just("vae"),
    hidden=some.lists(some.integers(1, 12), min_size=1, max_size=3).map(tuple),
    latent=some.integers(1, 4),
    activation=some.sampled_from(list(ACTIVATIONS)),
    likelihood=some.sampled_from(["bernoulli", "gaussian"]),
)
MEMBERS = some.fixed_dictionaries(
    {
        "beta": some.sampled_from([0.0, 0.1, 1.0, 4.0]),
        "lam": some.sampled_from([0.0, 1e-3, 1e-2]),
        "seed": some.integers(0, 5),
        "lr": some.sampled_from([1e-3, 3e-3]),
        "anneal": some.sampled_from(["none", "linear", "sigmoid"]),
    }
)
SMALL = {"critic": {"width": 8, "depth": 2}}
OBJECTIVES = [
    {"kind": "elbo"},
    {"kind": "capacity", "capacity": 2.0, "capacity_epochs": 5},
    {"kind": "beta_tcvae", "estimator": "weighted"},
    {"kind": "beta_tcvae", "estimator": "stratified"},
    {"kind": "factorvae", **SMALL},
    {"kind": "dip_vae", "variant": "I"},
    {"kind": "dip_vae", "variant": "II"},
    {"kind": "infovae"},
    {"kind": "wae_mmd"},
    {"kind": "wae_gan", **SMALL},
    {"kind": "dc_ign", "factors": ["a"]},
    {"kind": "smooth", "weight": 3.0, "frames": 5},
]
X = torch.rand(250, 5, generator=torch.Generator().manual_seed(1))
DATA = {"train": X[:200], "validation": X[200:]}
FILMS = {"train": torch.arange(10).repeat_interleave(20), "validation": torch.arange(50) // 25}
LINES = lines_along(torch.cartesian_prod(torch.arange(10), torch.arange(20)), [0])
BUDGET = Budget(epochs=10, batch=20, anneal_epochs=4)  # 100 steps


def relative(found, expected):
    return max(((a - b).norm() / b.norm().clamp(min=1e-30)).item() for a, b in zip(found, expected, strict=True))


@pytest.mark.parametrize(("dtype", "tolerance"), [(torch.float64, 1e-10), (torch.float32, 1e-4)])
@settings(max_examples=25, deadline=None, derandomize=True)
@given(some.data())
def test_a_hundred_steps_alone_and_in_a_stack(dtype, tolerance, data):
    settings, size = data.draw(MODELS), data.draw(some.sampled_from([4, 64]))
    chosen = TypeAdapter(ObjectiveSettings).validate_python(data.draw(some.sampled_from(OBJECTIVES)))
    model, objective = build(settings, (5,)), build_objective(chosen, settings.latent, 200)
    member, others = data.draw(MEMBERS), data.draw(some.lists(MEMBERS, min_size=3, max_size=3))
    place = data.draw(some.integers(0, size - 1))
    stack = [others[index % 3] for index in range(size)]
    stack[place] = member
    said = {"lines": LINES} if chosen.kind == "dc_ign" else {"films": FILMS} if chosen.kind == "smooth" else {}
    alone, together = (
        train(model, DATA, members, BUDGET, dtype=dtype, objective=objective, **said) for members in ([member], stack)
    )
    assert relative([w[place] for w in together.weights.values()], [w[0] for w in alone.weights.values()]) < tolerance


@settings(max_examples=25, deadline=None, derandomize=True)
@given(MODELS, MEMBERS, some.lists(MEMBERS, min_size=63, max_size=63), some.integers(0, 63))
def test_initial_weights_and_order_are_bit_identical_in_any_stack(model, member, others, place):
    model, stacks = (
        build(model, (5,)),
        [[member], [*others[:place][:3], member], [*others[:place], member, *others[place:]]],
    )
    alone = State(model, ELBO, stacks[0], BUDGET, CPU, torch.float32)
    for stack in stacks[1:]:
        state, index = State(model, ELBO, stack, BUDGET, CPU, torch.float32), min(place, len(stack) - 1)
        assert all(torch.equal(w[index], alone.weights[name][0]) for name, w in state.weights.items())
        seeds = sorted({m["seed"] for m in stack})
        assert torch.equal(orders(seeds, 3, 200)[seeds.index(member["seed"])], orders([member["seed"]], 3, 200)[0])


def test_a_rate_and_a_way_of_annealing_of_its_own_are_the_budgets():
    model = build(VAE(kind="vae", hidden=(6,), latent=2, likelihood="gaussian"), (5,))
    base = {"beta": 1.0, "lam": 1e-3, "seed": 2}
    own = [{**base, "lr": 3e-3, "anneal": "linear"}, {**base, "lr": 1e-4, "anneal": "none"}, base]
    budgets = [
        BUDGET.model_copy(update={"lr": 3e-3, "anneal": "linear"}),
        BUDGET.model_copy(update={"lr": 1e-4}),
        BUDGET,
    ]
    together = train(model, DATA, own, BUDGET, dtype=torch.float64)
    for index, budget in enumerate(budgets):
        alone = train(model, DATA, [base], budget, dtype=torch.float64)
        for name, w in alone.weights.items():
            torch.testing.assert_close(together.weights[name][index], w[0], rtol=1e-11, atol=1e-13)


def test_stacks_one_after_the_other_are_one_sweep(tmp_path):
    model = build(VAE(kind="vae", hidden=(6, 3), latent=2, likelihood="bernoulli"), (5,))
    members = [{"beta": 1.0, "lam": 0.0, "seed": seed} for seed in range(7)]
    members[4] = {"beta": 1e308, "lam": 1e308, "seed": 4}
    whole = train(model, DATA, members, BUDGET, dtype=torch.float64)
    parts = train(
        model, DATA, members, BUDGET, dtype=torch.float64, stack=3, scratch=tmp_path, board=tmp_path / "board"
    )
    for name, w in whole.weights.items():
        torch.testing.assert_close(parts.weights[name], w, rtol=1e-11, atol=1e-13)
    assert parts.history["member"].unique().tolist() == list(range(7))
    assert [found.member for found in parts.diverged] == [found.member for found in whole.diverged] == [4]
    assert sorted(path.name for path in (tmp_path / "board").iterdir()) == ["0", "1", "2"]


@pytest.mark.parametrize(("dtype", "tolerance"), [(torch.float64, 1e-10), (torch.float32, 1e-4)])
@pytest.mark.parametrize("kind", ["elbo", "wae_gan"])
def test_a_flow_as_posterior_alone_and_in_a_stack(kind, dtype, tolerance):
    posterior = {"kind": "iaf", "steps": 2, "hidden": [5], "context": 3}
    model = build(VAE(kind="vae", hidden=(6,), latent=3, activation="tanh", posterior=posterior), (5,))
    chosen = TypeAdapter(ObjectiveSettings).validate_python(next(o for o in OBJECTIVES if o["kind"] == kind))
    member = {"beta": 1.0, "lam": 1e-3, "seed": 3}
    stack = [{"beta": 0.5, "lam": 0.0, "seed": 3}, {"beta": 4.0, "lam": 0.0, "seed": 1}, member, member | {"seed": 0}]
    alone, together = (
        train(model, DATA, members, BUDGET, dtype=dtype, objective=build_objective(chosen, 3, 200))
        for members in ([member], stack)
    )
    assert relative([w[2] for w in together.weights.values()], [w[0] for w in alone.weights.values()]) < tolerance


SEQUENCES = torch.randn(250, 12, 3, generator=torch.Generator().manual_seed(2)).cumsum(1)
FILM_PARTS = {"train": SEQUENCES[:200], "validation": SEQUENCES[200:]}
RATES_AND_NOISE = {"slow": (1e-3, 0.0), "fast": (1e-2, 0.0), "noisy": (1e-2, 0.3)}
STEPS = {
    "one step": {"kind": "elman"},
    "closed loop": {"kind": "gru", "rollout": 6, "curriculum": 0.5},
    "sampling": {"kind": "lstm", "sampling": True},
    "mixtures": {"kind": "gru", "mixtures": 2, "rollout": 3},
}


def trained_predictors(names, dtype, epochs=10, **shared):
    """The predictors of these names, with two seeds each, after ten steps an epoch."""
    spent = {"epochs": epochs, "batch": 20, "schedule": "cosine", "clip": 1.0}
    chosen = {name: RATES_AND_NOISE[name] for name in names}
    dynamics = Dynamics(
        experiment="ball",
        warmup=4,
        seeds=(3, 0),
        predictors={
            name: {**shared, "hidden": 6, "window": 12, "noise": noise, "train": {**spent, "lr": lr}}
            for name, (lr, noise) in chosen.items()
        },
    )
    (stack,) = dynamics.stacks()
    first = dynamics.predictors[stack[0]]
    model, members = build(first.model(dynamics.warmup), (12, 3)), dynamics.members(stack)
    trained = train(model, FILM_PARTS, members, first.train, dtype=dtype)
    return Stack(model, trained.weights, members), trained.history


@pytest.mark.parametrize("shared", STEPS.values(), ids=STEPS)
def test_predictors_of_other_rates_and_noise_alone_and_in_a_stack(shared):
    together, history = trained_predictors(RATES_AND_NOISE, torch.float64, **shared)
    for name in RATES_AND_NOISE:
        alone, own = trained_predictors([name], torch.float64, **shared)
        found = together.having(predictor=name)
        assert [member["seed"] for member in found.members] == [3, 0]
        assert relative(found.weights.values(), alone.weights.values()) < 1e-10
        losses = history.loc[history["predictor"] == name, "loss"]
        np.testing.assert_allclose(losses, own["loss"], rtol=1e-10)
    assert relative(together.having(predictor="slow").weights.values(), alone.weights.values()) > 1e-2
    fast = together.having(predictor="fast").weights.values()
    assert relative(fast, alone.weights.values()) > 1e-3


@pytest.mark.parametrize("shared", STEPS.values(), ids=STEPS)
def test_a_predictor_starts_and_sees_in_its_stack_what_it_does_alone_to_the_bit(shared, monkeypatch):
    terms, seen = predictor.Model.terms, []

    def watched(model, weights, x, noise):
        amounts = torch.as_tensor(model.amounts).flatten().expand(len(x))
        seen.append((x.clone(), noise, amounts, {name: w.detach().clone() for name, w in weights.items()}))
        return terms(model, weights, x, noise)

    monkeypatch.setattr(predictor.Model, "terms", watched)
    trained_predictors(RATES_AND_NOISE, torch.float32, epochs=2, **shared)
    together, seen = seen, []
    for place, name in enumerate(RATES_AND_NOISE):
        seen.clear()
        trained_predictors([name], torch.float32, epochs=2, **shared)
        own = slice(2 * place, 2 * place + 2)
        assert len(seen) == len(together) == 2 * (10 + 3)
        assert all(torch.equal(w[own], seen[0][3][key]) for key, w in together[0][3].items())
        for (x, noise, amounts, _), (x_alone, noise_alone, amounts_alone, _) in zip(together, seen, strict=True):
            assert torch.equal(x[own], x_alone)
            if noise_alone is not None:
                assert torch.equal(amounts[own], amounts_alone)
                assert torch.equal(noise[own], noise_alone)
