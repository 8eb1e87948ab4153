"""Steps live on one device: they see no tensor of the host, copy none from there and ask for no number.

All their tensors lie on "meta", where operations have shapes and no numbers, so that asking for one is an error, as is
copying to the host. What a GPU would wait for besides, a copy from the host, is told by modes that see every operation.
"""

import copy

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


def loop(model, objective, shape):
    """A stack on "meta"."""
    sizes = shape if model.settings.kind == "predictor" else (torch.Size(shape).numel(),)
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
    settings, chosen, shape = CASES[case]
    kinds = Predictor if settings["kind"] == "predictor" else ModelSettings
    model = build(TypeAdapter(kinds).validate_python(settings), shape)
    if case == "smooth":  # runs of frames are counted, before the first step
        monkeypatch.setattr(Loop, "_order", lambda self, epoch: orders(self.seeds, epoch, 22, "meta"))
    if case == "glow":
        monkeypatch.delattr(type(model), "begin")  # counts levels of grey, before the first step
    latent = shape[0] if settings["kind"] == "predictor" else model.judged
    objective = build_objective(TypeAdapter(ObjectiveSettings).validate_python(chosen), latent, 22)
    stack = loop(model, objective, shape)
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
        def losses(self, weights, terms, beta, time, noise):
            return super().losses(weights, terms, FAULTS[fault](beta) if time > 0 else beta, time, noise)

    stack = loop(build(TypeAdapter(ModelSettings).validate_python(MLP), (9,)), Faulty(Elbo(), 2, 22), (9,))
    with pytest.raises((AssertionError, RuntimeError, NotImplementedError)):
        epoch(stack)
