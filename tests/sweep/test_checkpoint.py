"""A run that was cut off goes on to the same bits; a torn state is found out; signals end it in good order."""

import os
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import torch

from curvae.models import build
from curvae.settings.model import VAE
from curvae.settings.train import Budget
from curvae.sweep import Interrupted, train
from curvae.sweep.checkpoint import REQUEUE, Checkpoint
from curvae.sweep.state import State

ROOT = Path(__file__).parents[2]
MEMBERS = [{"beta": 1.0, "lam": 0.0, "seed": 0}, {"beta": 0.1, "lam": 1e-3, "seed": 4}]
BUDGET = Budget(epochs=8, batch=7, lr=3e-3, schedule="cosine", clip=1.0, anneal="linear", anneal_epochs=4)


def run(scratch=None, budget=BUDGET, identity="", interval=0.0, first=80, stack=None, members=MEMBERS):
    x = torch.rand(100, 4, generator=torch.Generator().manual_seed(5))
    model = build(VAE(kind="vae", hidden=(6, 5), latent=2, likelihood="gaussian", activation="tanh"), (4,))
    data = {"train": x[:first], "validation": x[first:]}
    return train(model, data, members, budget, scratch=scratch, identity=identity, interval=interval, stack=stack)


@pytest.fixture(scope="module")
def whole():
    """A run that nothing disturbed."""
    return run()


def same(first, second):
    return first.history.equals(second.history) and all(
        torch.equal(first.weights[name], second.weights[name]) for name in first.weights
    )


def stop_after(monkeypatch, saves):
    """Deliver a real SIGTERM at the n-th save."""
    count, save = [0], Checkpoint.save

    def counted(self, tensors):
        count[0] += 1
        if count[0] == saves:
            os.kill(os.getpid(), signal.SIGTERM)
        save(self, tensors)

    monkeypatch.setattr(Checkpoint, "save", counted)


@pytest.mark.parametrize("saves", [1, 11, 12, 13, 40, 95])
def test_a_stopped_run_goes_on_to_the_same_bits(tmp_path, monkeypatch, saves, whole):
    with monkeypatch.context() as patch:
        stop_after(patch, saves)
        with pytest.raises(Interrupted) as caught:
            run(tmp_path)
    assert caught.value.code == REQUEUE
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
    resumed = run(tmp_path)
    assert same(resumed, whole)
    resumed.discard()
    assert not any(tmp_path.iterdir())


def test_a_signal_after_the_last_step_of_a_stack_stops_the_run_before_the_next_stack(tmp_path, monkeypatch):
    budget = BUDGET.model_copy(update={"epochs": 2})
    with monkeypatch.context() as patch:
        stop_after(patch, 2 * 12 + 1)  # the state of a stack that is trained
        with pytest.raises(Interrupted) as caught:
            run(tmp_path, budget, stack=1)
    assert caught.value.code == REQUEUE
    assert len(list(tmp_path.glob("*/*/state.*"))) == 2
    assert same(run(tmp_path, budget, stack=1), run(budget=budget, stack=1))


@pytest.mark.parametrize("batch", [20, 30])  # one divides the samples, one does not
@pytest.mark.parametrize("epochs", [1, 3])
def test_a_run_stopped_after_the_last_step_of_an_epoch_goes_on(tmp_path, monkeypatch, caplog, batch, epochs):
    caplog.set_level("INFO")
    budget = BUDGET.model_copy(update={"batch": batch, "epochs": epochs})
    with monkeypatch.context() as patch:
        stop_after(patch, epochs * -(-80 // batch))
        with pytest.raises(Interrupted):
            run(tmp_path, budget)
    caplog.clear()
    assert same(run(tmp_path, budget), run(budget=budget))
    assert f"epoch {epochs}/{epochs}, 0 members/s" in caplog.text


def test_a_finished_state_is_not_trained_again(tmp_path, monkeypatch, whole):
    assert same(run(tmp_path), whole)
    monkeypatch.setattr(State, "step", None)
    assert same(run(tmp_path), whole)


@pytest.mark.parametrize(
    "damage", [lambda raw: raw[: len(raw) // 2], lambda raw: raw[:-1] + bytes([raw[-1] ^ 1]), lambda _: b""]
)
def test_a_torn_state_is_found_out_and_the_one_before_it_used(tmp_path, monkeypatch, caplog, damage, whole):
    with monkeypatch.context() as patch:
        stop_after(patch, 30)
        with pytest.raises(Interrupted):
            run(tmp_path)
    newest, oldest = sorted(tmp_path.rglob("state.*"), key=lambda path: path.stat().st_mtime_ns, reverse=True)
    newest.write_bytes(damage(newest.read_bytes()))
    assert same(run(tmp_path), whole)
    assert "torn or corrupt" in caplog.text
    for path in (newest, oldest):
        path.write_bytes(b"nothing")
    assert same(run(tmp_path), whole)


@pytest.mark.parametrize("damage", [lambda raw: raw.replace(b"2", b"1"), lambda raw: raw[:3], lambda _: b""])
def test_a_damaged_plan_is_found_out_and_the_run_begins_anew(tmp_path, monkeypatch, caplog, damage, whole):
    with monkeypatch.context() as patch:
        stop_after(patch, 30)
        with pytest.raises(Interrupted):
            run(tmp_path)
    (plan,) = tmp_path.rglob("plan.json")
    sound = plan.read_bytes()
    assert b"2" in sound
    plan.write_bytes(damage(sound))
    assert same(run(tmp_path), whole)
    assert f"{plan}: damaged; the run begins anew" in caplog.text
    assert plan.read_bytes() == sound


def test_another_budget_or_code_has_a_state_of_its_own(tmp_path):
    run(tmp_path)
    run(tmp_path, identity="other code")
    run(tmp_path, budget=BUDGET.model_copy(update={"epochs": 2}))
    assert len(list(tmp_path.iterdir())) == 3


@pytest.mark.parametrize("other", [{"first": 70}, {"stack": 1}])
def test_another_split_of_the_samples_or_size_of_stacks_has_a_state_of_its_own(tmp_path, other):
    budget = BUDGET.model_copy(update={"epochs": 2})
    run(tmp_path, budget)
    assert same(run(tmp_path, budget, **other), run(budget=budget, **other))


def test_members_of_numpys_numbers_have_the_state_of_pythons(tmp_path):
    numbers = {"beta": np.float32, "lam": np.float64, "seed": np.int64}
    run(tmp_path, budget=BUDGET.model_copy(update={"epochs": 1}), members=[{**MEMBERS[0], "beta": 0.5}])
    run(
        tmp_path,
        budget=BUDGET.model_copy(update={"epochs": 1}),
        members=[{name: numbers[name](value) for name, value in {**MEMBERS[0], "beta": 0.5}.items()}],
    )
    assert len(list(tmp_path.iterdir())) == 1


def test_a_full_disk_is_an_error_that_leaves_what_was_there(tmp_path):
    checkpoint = Checkpoint(tmp_path / "run", 0.0)
    checkpoint.save({"x": torch.zeros(10)})
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, before[1]))
    try:
        with pytest.raises(OSError, match="File too large"):
            checkpoint.save({"x": torch.zeros(100_000)})
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert torch.equal(Checkpoint(tmp_path / "run", 0.0).load()["x"], torch.zeros(10))
    assert [path.name for path in (tmp_path / "run").iterdir()] == ["state.0"]


EPOCHS = 60  # some 3 s on one core in 2026, of which three kills need some .1 s
SCRIPT = """
import sys, torch
sys.path[:0] = [{root!r}, {tests!r}]
from test_checkpoint import run, BUDGET
torch.set_num_threads(1)
trained = run({scratch!r}, BUDGET.model_copy(update={{"epochs": {epochs}}}), interval=0.01)
torch.save({{name: w for name, w in trained.weights.items()}}, {out!r})
"""


def test_kill_nine_at_any_instant_costs_no_result(tmp_path):
    places = {"root": ROOT, "tests": Path(__file__).parent, "scratch": tmp_path / "scratch", "out": tmp_path / "w.pt"}
    code = SCRIPT.format(epochs=EPOCHS, **{name: str(place) for name, place in places.items()})

    def newest():
        return max((path.stat().st_mtime_ns for path in (tmp_path / "scratch").glob("*/*/state.*")), default=0)

    rng, kills = np.random.default_rng(0), 0
    for _ in range(10):
        before, process = newest(), subprocess.Popen([sys.executable, "-c", code])
        if kills < 3:
            while newest() == before and process.poll() is None:
                time.sleep(0.01)
            time.sleep(rng.uniform(0.0, 0.05))
            kills += process.poll() is None
            process.kill()
        if process.wait() == 0:
            break
    assert kills >= 1
    resumed = torch.load(tmp_path / "w.pt", weights_only=True)
    alone = run(budget=BUDGET.model_copy(update={"epochs": EPOCHS})).weights
    assert all(torch.equal(resumed[name], alone[name]) for name in alone)
