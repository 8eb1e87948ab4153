"""Steps live on one device: they see no tensor of the host, copy none from there and ask for no number.

All their tensors lie on "meta", where operations have shapes and no numbers, so that asking for one is an error, as is
copying to the host. What a GPU would wait for besides, a copy from the host, is told by modes that see every operation.

And they can be recorded: replaying the operations of one step on the tensors that it touched, as a CUDA graph does,
trains to the same bits as running the steps. A tape of operations stands in for the graph on the CPU.
"""

import copy
import gc
import weakref
from contextlib import nullcontext
from functools import partial

import pytest
import torch
from pydantic import TypeAdapter
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from curvae.geometry import banded
from curvae.geometry.judge import judge
from curvae.geometry.metric import PullbackMetric
from curvae.geometry.newton import hessian, observe
from curvae.geometry.precision import RadialPrecision
from curvae.geometry.splines import SEEN, controls, grid
from curvae.geometry.table import MetricTable
from curvae.models import build
from curvae.objectives import build as build_objective
from curvae.objectives.elbo import Objective
from curvae.settings.model import ModelSettings, Predictor
from curvae.settings.objective import Elbo, ObjectiveSettings
from curvae.settings.train import Budget
from curvae.sweep import graphs, train
from curvae.sweep.board import Board
from curvae.sweep.checkpoint import Checkpoint
from curvae.sweep.graphs import Graphs, cuda_graphs
from curvae.sweep.lines import lines_along
from curvae.sweep.loop import Loop
from curvae.sweep.pretrain import Pretraining
from curvae.sweep.state import Diverged
from curvae.sweep.streams import orders

MLP = {"kind": "vae", "hidden": (6, 5), "latent": 2}
CRITIC = {"width": 8, "depth": 2}
GENERATOR = {"kind": "generator", "hidden": (6,), "latent": 3}
# name -> model, objective, shape of an observation
CASES = {
    "bernoulli": (MLP, {"kind": "elbo"}, (9,)),
    "gaussian": ({**MLP, "hidden": (30, 30), "likelihood": "gaussian"}, {"kind": "capacity"}, (2,)),
    "posterior": ({**MLP, "posterior": {"kind": "iaf", "hidden": (4,), "context": 3}}, {"kind": "elbo"}, (9,)),
    "prior": ({**MLP, "prior": {"kind": "realnvp"}}, {"kind": "elbo"}, (9,)),
    "burgess": ({"kind": "vae", "network": "burgess", "latent": 2}, {"kind": "elbo"}, (28, 28)),
    "philion": ({"kind": "vae", "network": "philion", "latent": 2}, {"kind": "elbo"}, (28, 28)),
    "ladder": ({"kind": "ladder", "latents": (3, 2), "hidden": (6, 5)}, {"kind": "elbo"}, (9,)),
    "glow": ({"kind": "glow", "depth": 2, "width": 4, "grey": 8, "cells": "normal"}, {"kind": "elbo"}, (4, 4)),
    "predictor": ({"kind": "predictor", "cell": "lstm", "warmup": 3, "rollout": 2}, {"kind": "elbo"}, (8, 3)),
    "sampled": (
        {"kind": "predictor", "cell": "gru", "mixtures": 2, "warmup": 3, "sampling": True},
        {"kind": "elbo"},
        (8, 3),
    ),
    "weighted": (MLP, {"kind": "beta_tcvae"}, (9,)),
    "stratified": (MLP, {"kind": "beta_tcvae", "estimator": "stratified"}, (9,)),
    "factorvae": (MLP, {"kind": "factorvae", "critic": CRITIC}, (9,)),
    "dip_vae": (MLP, {"kind": "dip_vae"}, (9,)),
    "infovae": (MLP, {"kind": "infovae"}, (9,)),
    "wae_mmd": (MLP, {"kind": "wae_mmd"}, (9,)),
    "wae_gan": (MLP, {"kind": "wae_gan", "critic": CRITIC}, (9,)),
    "dc_ign": (MLP, {"kind": "dc_ign", "factors": ["x"]}, (9,)),
    "smooth": (MLP, {"kind": "smooth"}, (9,)),
    "gan": (GENERATOR, {"kind": "gan", "critic": CRITIC}, (9,)),
    "wgan": (GENERATOR, {"kind": "wgan", "critic": CRITIC, "steps": 2}, (9,)),
    "wgan_gp": (GENERATOR, {"kind": "wgan_gp", "critic": CRITIC, "steps": 2}, (9,)),
    "infogan": ({**GENERATOR, "codes": 1}, {"kind": "infogan", "critic": CRITIC}, (9,)),
    "gaia": ({"kind": "interpolator", "hidden": (6,)}, {"kind": "gaia", "critic": {"width": 8, "code": 2}}, (9,)),
}
MEMBERS = [
    {"beta": 1.0, "lam": 0.0, "seed": 0, "anneal": "linear"},
    {"beta": 2.0, "lam": 1e-3, "seed": 1, "lr": 1e-2},
    {"beta": 1.0, "lam": 0.0, "seed": 1, "noise": 0.1},
]
BUDGET = Budget(epochs=2, batch=4, clip=1.0)


class Alone(TorchDispatchMode):
    """Refuses every operation that sees or makes a tensor of the host, but for single numbers, arguments of kernels."""

    def __torch_dispatch__(self, function, types, arguments=(), named=None):
        found = function(*arguments, **(named or {}))
        seen = [leaf for leaf in tree_leaves((arguments, named, found)) if isinstance(leaf, torch.Tensor)]
        assert all(x.is_meta or not x.ndim for x in seen), f"{function}: a tensor of the host"
        return found


class Wordless(TorchFunctionMode):
    """Refuses to make tensors, or indices, of lists of the host."""

    def __torch_function__(self, function, types, arguments=(), named=None):
        assert function.__name__ not in ("tensor", "new_tensor", "as_tensor"), f"{function}: numbers of the host"
        if function.__name__ in ("__getitem__", "__setitem__"):
            index = arguments[1] if isinstance(arguments[1], tuple) else (arguments[1],)
            assert not any(isinstance(part, list) for part in index), f"{function}: an index of the host"
        return function(*arguments, **(named or {}))


def on_meta(thing):
    """A copy whose tensors lie on "meta"."""
    moved = copy.copy(thing)
    vars(moved).update({name: x.to("meta") for name, x in vars(thing).items() if isinstance(x, torch.Tensor)})
    return moved


def made(case):
    """Model, objective and shape of a sample."""
    settings, chosen, shape = CASES[case]
    kinds = Predictor if settings["kind"] == "predictor" else ModelSettings
    model = build(TypeAdapter(kinds).validate_python(settings), shape)
    latent = shape[0] if settings["kind"] == "predictor" else model.judged
    sizes = shape if settings["kind"] == "predictor" else (torch.Size(shape).numel(),)
    return model, build_objective(TypeAdapter(ObjectiveSettings).validate_python(chosen), latent, 22), sizes


def loop(model, objective, sizes):
    """A stack on "meta"."""
    data = {name: torch.empty(count, *sizes, device="meta") for name, count in (("train", 22), ("validation", 6))}
    lines = torch.zeros(2, 22, dtype=torch.long, device="meta") if hasattr(objective, "bottleneck") else None
    films = {name: torch.zeros(len(x), dtype=torch.long, device="meta") for name, x in data.items()}
    films = films if hasattr(objective, "frames") else None
    found = Loop(model, objective, data, MEMBERS, BUDGET, torch.float32, lines, films)
    found.state.diverged = [Diverged(0, 1, "so that gradients of a frozen member are held")]
    return found


def epoch(stack):
    """The first step, which sets the epoch up, and then all others alone."""
    steps = stack._steps()
    next(steps)
    with Alone(), Wordless():
        assert sum(steps) == 18


@pytest.mark.parametrize("case", CASES)
def test_a_step_is_alone_on_its_device(case, monkeypatch):
    model, objective, sizes = made(case)
    if case == "smooth":  # runs of frames are counted, before the first step
        monkeypatch.setattr(Loop, "_order", lambda self, epoch: orders(self.seeds, epoch, 22, "meta"))
    if case == "glow":
        monkeypatch.delattr(type(model), "begin")  # counts levels of grey, before the first step
    stack = loop(model, objective, sizes)
    epoch(stack)
    stack._validate()
    assert all(w.is_meta for w in stack.state.weights.values())


def test_a_step_of_pretraining_is_alone_on_its_device():
    settings = {**MLP, "activation": "sigmoid", "posterior": {"kind": "point"}, "pretrain": {"kind": "rbm"}}
    model = build(TypeAdapter(ModelSettings).validate_python(settings), (9,))
    x = torch.empty(22, 9, device="meta")
    pretraining = Pretraining(model, {"train": x, "validation": x}, [0, 1], 4, torch.float32)
    streams, chosen = pretraining._streams(), torch.zeros(2, 4, dtype=torch.long, device="meta")
    for layer in range(3):
        pretraining.layer = layer
        with Alone(), Wordless():
            pretraining._step(chosen, streams)


@pytest.mark.parametrize("tabulated", [False, True])
@pytest.mark.parametrize("dim", [1, 2, 3])
def test_the_linear_algebra_of_geodesics_is_alone_on_its_device(dim, tabulated):
    generator = torch.Generator().manual_seed(0)
    layer = torch.randn(dim, 6, generator=generator)
    std = RadialPrecision(torch.randn(3, dim, generator=generator), torch.ones(3), torch.ones(3, 6), 0.1)
    if tabulated:
        square = torch.full((dim,), 2.0)
        plain = PullbackMetric(lambda z: torch.cat([z, torch.tanh(z @ layer)], dim=1), std)
        metric = on_meta(MetricTable(plain, -square, square, side=6))
    else:
        layer = layer.to("meta")
        metric = PullbackMetric(lambda z: torch.cat([z, torch.tanh(z @ layer)], dim=1), on_meta(std))
    control = torch.empty(dim, controls(8), 5, device="meta")
    g = grid(8, SEEN, control)
    judge(metric, control, 8)  # makes a grid of its own
    with Alone(), Wordless():
        state = observe(metric, control, g)
        band = hessian(state.seen, g, torch.ones_like(state.energy))
        found = banded.solve(band, -state.gradient, torch.ones_like(state.energy))
        figures = judge(metric, control, 8)
    assert found.x.shape == (dim * (controls(8) - 2), 5)
    assert figures.length.shape == (5,)


FAULTS = {
    "asks for a number": lambda beta: beta.sum().item() * beta,
    "decides by a number": lambda beta: beta if beta.sum() > 0 else -beta,
    "counts": lambda beta: beta[beta > 0],
    "copies to the host": lambda beta: beta.cpu().to(beta.device),
    "copies from the host": lambda beta: beta * torch.ones(3).to(beta.device),
    "indexes by a list": lambda beta: beta[[0, 1, 2]],
    "makes a tensor of numbers": lambda beta: beta * beta.new_tensor([1.0, 2.0, 3.0]),
    "mixes devices": lambda beta: beta[torch.arange(3)],
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_step_that_needs_the_host_is_found_out(fault):
    class Faulty(Objective):
        calls = 0

        def losses(self, weights, terms, beta, time, noise):
            self.calls += 1
            return super().losses(weights, terms, FAULTS[fault](beta) if self.calls > 1 else beta, time, noise)

    stack = loop(build(TypeAdapter(ModelSettings).validate_python(MLP), (9,)), Faulty(Elbo(), 2, 22), (9,))
    with pytest.raises((AssertionError, RuntimeError, NotImplementedError)):
        epoch(stack)


class Tape(TorchDispatchMode):
    """Keeps the operations of a step, with the tensors that they took and gave; `replay` does them again in place.

    Args:
        stack: whose tensors are all that a step may read beside those that it is given; others are gone at the next.
    """

    def __init__(self, stack):
        super().__init__()
        self.stack = stack

    def __call__(self, step, given):
        before = [(x, x.detach().clone()) for thing in (self.stack, given) for x in reached(thing)]
        self.lasting = {storage(x) for x, _ in before}
        self.operations = []
        with self:
            returned = step(given)
        with torch.no_grad():  # recording a graph computes nothing
            for x, was in before:
                x.copy_(was)
        return partial(self.replay, self.operations), returned

    def __torch_dispatch__(self, function, types, arguments=(), named=None):
        found = function(*arguments, **(named or {}))
        for x in tensors((arguments, named)):
            assert storage(x) in self.lasting or not x.ndim, f"{function}: a tensor that is gone at the next step"
        self.lasting |= {storage(x) for x in tensors(found)}
        self.operations.append((function, arguments, named or {}, found))
        return found

    @torch.no_grad()
    def replay(self, operations):
        for function, arguments, named, found in operations:
            taken = {storage(x) for x in tensors((arguments, named))}
            for old, new in zip(tensors(found), tensors(function(*arguments, **named)), strict=True):
                if storage(old) not in taken:  # neither a view nor what was changed in place
                    old.copy_(new)


def tensors(tree):
    return [leaf for leaf in tree_leaves(tree) if isinstance(leaf, torch.Tensor)]


def storage(x):
    return x.untyped_storage().data_ptr()


def reached(thing, seen=None):
    """All tensors that an object holds, however deep."""
    seen = set() if seen is None else seen
    if id(thing) in seen:
        return
    seen.add(id(thing))
    if isinstance(thing, torch.Tensor):
        yield thing
        return
    parts = thing.values() if isinstance(thing, dict) else thing if isinstance(thing, (list, tuple)) else ()
    for part in (*parts, *vars(thing).values()) if hasattr(thing, "__dict__") else parts:
        yield from reached(part, seen)


def trained(case, record=None, members=MEMBERS, device="cpu", **budget):
    """The state after three epochs of five full batches and a short one, and what was recorded."""
    model, objective, sizes = made(case)
    generator = torch.Generator().manual_seed(0)
    counts = (("train", 22), ("validation", 6))
    data = {name: torch.rand(count, *sizes, generator=generator).to(device) for name, count in counts}
    if case == "glow":
        data = {name: x.mul(7).round().div(7) for name, x in data.items()}
    lines = lines_along(torch.cartesian_prod(torch.arange(2), torch.arange(11)), [0]).to(device)
    films = {name: torch.zeros(len(x), dtype=torch.long, device=device) for name, x in data.items()}
    said = {"lines": lines if hasattr(objective, "bottleneck") else None}
    said |= {"films": films if hasattr(objective, "frames") else None}
    budget = BUDGET.model_copy(update={"epochs": 3, "anneal_epochs": 2, **budget})
    stack, replays = Loop(model, objective, data, members, budget, torch.float32, **said), []

    def counting():
        record = Tape(stack) if device == "cpu" else cuda_graphs(torch.device(device))

        def recording(step, given):
            replay, returned = record(step, given)
            replays.append(0)
            place = len(replays) - 1

            def replaying():
                replays[place] += 1
                replay()

            return replaying, returned

        return recording

    stack.runner = Graphs(counting if record is True else record)
    with Checkpoint(None, 60.0) as checkpoint, Board(None, members) as board:
        state = stack.run("test", checkpoint, board)
    return state, replays


def assert_same(found, expected):
    theirs = expected.tensors()
    for name, x in found.tensors().items():
        assert torch.equal(x, theirs[name]), name


DEVICES = ["cpu", *(["cuda"] if torch.cuda.is_available() else [])]
REPLAYS = {"sampled": [], "wgan": [8, 5, 2], "wgan_gp": [8, 5, 2]}  # chances change at every step; players take turns


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("case", CASES)
def test_steps_that_are_replayed_are_the_steps(case, device):
    found, replays = trained(case, True, device=device)
    assert replays == REPLAYS.get(case, [14, 2])
    assert_same(found, trained(case, device=device)[0])


def test_a_stack_that_is_trained_is_let_go_of_with_its_records(monkeypatch):
    def record(step, given):
        return lambda: step(given), step(given)

    kept = Graphs(lambda: record)
    monkeypatch.setattr(graphs, "of", lambda device: kept)
    stacks, begin = [], Loop.__init__

    def noted(self, *given, **named):
        stacks.append(weakref.ref(self))
        begin(self, *given, **named)

    monkeypatch.setattr(Loop, "__init__", noted)
    model, objective, sizes = made("bernoulli")
    x = torch.rand(22, *sizes, generator=torch.Generator().manual_seed(0))
    gc.disable()
    try:
        train(model, {"train": x, "validation": x[:6]}, MEMBERS, BUDGET, objective=objective, stack=2)
        assert [stack() for stack in stacks] == [None, None]
    finally:
        gc.enable()


def test_records_of_a_device_are_made_on_one_stream(monkeypatch):
    streams = []
    graphs._stream.cache_clear()
    for name, value in {"device": nullcontext, "current_device": lambda: 7, "graph_pool_handle": object}.items():
        monkeypatch.setattr(torch.cuda, name, value)
    monkeypatch.setattr(torch.cuda, "Stream", lambda *device: streams.append(device))
    for _ in range(3):
        cuda_graphs(torch.device("cuda", 7))
    graphs._stream.cache_clear()
    assert streams == [(7,)]


def test_steps_are_recorded_anew_where_rates_change():
    found, replays = trained("bernoulli", True, schedule="cosine")
    assert replays == [4, 4, 4]  # a short batch comes once an epoch
    assert_same(found, trained("bernoulli", schedule="cosine")[0])


def test_steps_are_recorded_anew_when_a_member_is_frozen():
    members = [*MEMBERS, {"beta": 1.0, "lam": 0.0, "seed": 3, "lr": 1e30}]
    found, replays = trained("bernoulli", True, members)
    assert [(lost.member, lost.epoch) for lost in found.diverged] == [(3, 1)]
    assert replays == [4, 9, 1]
    assert_same(found, trained("bernoulli", None, members)[0])


def test_steps_that_cannot_be_recorded_run_as_they_are_written(caplog):
    def refused(step, given):
        try:
            raise ValueError("a copy to the host")
        finally:
            raise RuntimeError("the record is lost")

    found, _ = trained("bernoulli", lambda: refused)
    assert [r.message for r in caplog.records if "recorded" in r.message] == [
        "steps cannot be recorded, each kernel is launched by itself: a copy to the host"
    ]
    assert_same(found, trained("bernoulli")[0])


def test_a_number_of_the_host_that_a_record_repeats_is_found_out():
    class Counting(Objective):
        calls = 0

        def losses(self, weights, terms, beta, time, noise):
            self.calls += 1
            return super().losses(weights, terms, beta * self.calls, time, noise)

    states = []
    for recorded in (False, True):
        model, _, sizes = made("bernoulli")
        x = torch.rand(22, *sizes, generator=torch.Generator().manual_seed(0))
        data = {"train": x, "validation": x[:6]}
        stack = Loop(model, Counting(Elbo(), 2, 22), data, MEMBERS, BUDGET, torch.float32)
        stack.runner = Graphs(partial(Tape, stack) if recorded else None)
        with Checkpoint(None, 60.0) as checkpoint, Board(None, MEMBERS) as board:
            states.append(stack.run("test", checkpoint, board))
    with pytest.raises(AssertionError, match="weights"):
        assert_same(*states)
