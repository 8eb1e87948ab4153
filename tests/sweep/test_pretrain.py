"""Pretraining by machines: seeded, stacked, interrupted and resumed; better than no training of them."""

import math
import os
import signal

import pytest
import torch

from curvae.models import build
from curvae.nets.boltzmann import free_energy
from curvae.settings.base import ConfigError
from curvae.settings.check import read_study
from curvae.settings.model import VAE
from curvae.settings.train import Budget
from curvae.sweep import Interrupted, train
from curvae.sweep.checkpoint import Checkpoint
from curvae.sweep.pretrain import Pretraining
from curvae.sweep.streams import Purpose, uniforms

PLAIN = {"kind": "vae", "hidden": (6, 4), "latent": 2, "activation": "sigmoid", "posterior": {"kind": "point"}}
RBM = {"kind": "rbm", "epochs": 3, "lr": 0.05, "code_lr": 0.01}
PROTOTYPES = torch.rand(4, 8, generator=torch.Generator().manual_seed(2)).round()
CHOSEN = torch.randint(4, (120,), generator=torch.Generator().manual_seed(3))
X = (PROTOTYPES[CHOSEN] + (torch.rand(120, 8, generator=torch.Generator().manual_seed(4)) < 0.05)) % 2
DATA = {"train": X[:100], "validation": X[100:]}
BUDGET = Budget(epochs=2, batch=10)
MEMBERS = [
    {"beta": 1.0, "lam": 0.0, "seed": 3},
    {"beta": 1.0, "lam": 1e-3, "seed": 1},
    {"beta": 1.0, "lam": 0.0, "seed": 1},
]


def model(**change):
    return build(VAE(**PLAIN, pretrain={**RBM, **change}), (8,))


def machines(seeds, dtype=torch.float64, **change):
    pretraining = Pretraining(model(**change), {name: x.byte() for name, x in DATA.items()}, seeds, 10, dtype)
    return pretraining, pretraining.run("test", Checkpoint(None, 60.0), None)


@pytest.mark.parametrize(("dtype", "tolerance"), [(torch.float64, 1e-10), (torch.float32, 1e-4)])
def test_machines_of_a_seed_are_the_same_alone_and_in_a_stack(dtype, tolerance):
    (_, alone), (_, together) = machines([1], dtype), machines([3, 1, 0], dtype)
    for name, w in alone.items():
        assert (together[name][1] - w[0]).norm() < tolerance * w.norm().clamp(min=1)


def test_the_first_machine_learns_the_data():
    """The free energy of data falls below that of states drawn at random."""
    x, other = (
        DATA["validation"].double()[None],
        torch.rand(1, 200, 8, generator=torch.Generator().manual_seed(9)).double(),
    )
    start = Pretraining(model(), {name: x.double() for name, x in DATA.items()}, [0], 10, torch.float64).machines[0]
    learnt = machines([0], epochs=40)[0].machines[0]
    before, after = (
        (free_energy(own, x).mean() - free_energy(own, other.round()).mean()).item() for own in (start, learnt)
    )
    assert abs(before) < 0.5
    assert after < -3


def test_training_starts_from_the_unrolled_machines():
    frozen = Budget(epochs=1, batch=10, lr=1e-30)
    found = train(model(), DATA, MEMBERS, frozen, dtype=torch.float64).weights
    _, expected = machines([1, 3])
    for name, w in expected.items():
        for member, seed in enumerate((1, 0, 0)):
            torch.testing.assert_close(found[name][member], w[seed], rtol=1e-12, atol=1e-12)
    random = train(build(VAE(**PLAIN), (8,)), DATA, MEMBERS, frozen, dtype=torch.float64).weights
    assert all((random[name] - w).abs().max() > 1e-3 for name, w in found.items())


@pytest.mark.parametrize("saves", [1, 60, 90, 95])
def test_an_interrupted_run_goes_on_to_the_same_bits(tmp_path, monkeypatch, saves):
    """90 steps are of the machines, 20 of the autoencoder."""
    whole = train(model(), DATA, MEMBERS, BUDGET)
    count, save = [0], Checkpoint.save

    def counted(self, tensors):
        count[0] += 1
        if count[0] == saves:
            os.kill(os.getpid(), signal.SIGTERM)
        save(self, tensors)

    with monkeypatch.context() as patch:
        patch.setattr(Checkpoint, "save", counted)
        with pytest.raises(Interrupted):
            train(model(), DATA, MEMBERS, BUDGET, scratch=tmp_path, interval=0.0)
    resumed = train(model(), DATA, MEMBERS, BUDGET, scratch=tmp_path, interval=0.0)
    assert resumed.history.equals(whole.history)
    assert all(torch.equal(resumed.weights[name], w) for name, w in whole.weights.items())


@pytest.mark.parametrize("layer", [0, 2])
def test_a_machine_that_diverges_is_put_back_and_harms_no_other(layer, monkeypatch, caplog):
    _, sound = machines([3, 1, 0])
    step = Pretraining._step

    def broken(self, *given):
        step(self, *given)
        if (self.layer, self.epoch, self.first) == (layer, 2, 40):
            self.machines[layer]["weight"][1, 0, 0] = math.inf

    monkeypatch.setattr(Pretraining, "_step", broken)
    _, found = machines([3, 1, 0])
    for name, w in sound.items():
        assert torch.equal(found[name][[0, 2]], w[[0, 2]])
        assert found[name].isfinite().all()
    name = f"encoder.{layer}.weight"
    assert not torch.equal(found[name][1], sound[name][1])
    said = [record.message for record in caplog.records if record.levelname == "WARNING"]
    assert said == [f"test: seed 1, machine {layer + 1} diverged in epoch 2 and is put back to its start"]


def test_machines_that_are_always_lost_stay_where_they_started():
    start, _ = machines([1, 0], lr=1e-300, code_lr=1e-300)
    lost, _ = machines([1, 0], lr=1e300, code_lr=1e300, decay=1e300)
    for mine, theirs in zip(lost.machines, start.machines, strict=True):
        assert all(torch.equal(w, theirs[name]) for name, w in mine.items() if name != "visible")
        assert mine["visible"].abs().max() == 0


def test_uniform_numbers_are_uniform_and_of_their_seed():
    found = uniforms([4, 7], Purpose.PRETRAINING_VISIBLE, 2, (100, 50), first=30)
    assert found.shape == (2, 100, 50)
    assert found.min() >= 0
    assert found.max() < 1
    assert abs(found.mean() - 0.5) < 4 * (1 / 12 / 10000) ** 0.5
    assert abs(found.var() - 1 / 12) < 0.005
    assert torch.equal(found[1:], uniforms([7], Purpose.PRETRAINING_VISIBLE, 2, (100, 50), first=30))
    assert not torch.equal(found[1:], uniforms([7], Purpose.PRETRAINING_VISIBLE, 2, (100, 50), first=40))


def test_networks_that_machines_do_not_unroll_to_are_refused():
    def config(grid=None, **change):
        network = {**PLAIN, "hidden": [6, 4], "pretrain": RBM, **change}
        one = {"data": "digits", "model": network, "grid": grid or {}}
        return {"data": {"digits": {"kind": "mnist"}}, "experiments": {"deep": one}}

    assert read_study(config()).experiments["deep"].model.pretrain.steps == 1
    for bad in ({"activation": "relu"}, {"decoder_hidden": [6]}, {"posterior": None}, {"likelihood": "gaussian"}):
        with pytest.raises(
            ConfigError, match=r"experiments\.deep\.model\.pretrain = .*allowed with network mlp, no deco"
        ):
            read_study(config(**bad))
    with pytest.raises(ConfigError, match=r"grid\.activation = \['tanh'\]: allowed with pretrain: sigmoid"):
        read_study(config({"activation": ["tanh"]}))
