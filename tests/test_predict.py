"""When the last job of a study ends: exact for chains, what is independent and workers of two kinds, else in bounds."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from curvae.cost import encoding, multiplications, size_of, training
from curvae.settings.check import read_study

ROOT = Path(__file__).parents[1]
PREDICTED = """
import json, sys
from predict import jobs
found = jobs(json.load(sys.stdin), flops=1e9, step=0.25)
print(json.dumps({name: vars(job) for name, job in found.items()}))
"""


@pytest.fixture
def ends(monkeypatch):
    monkeypatch.syspath_prepend(ROOT / "benchmarks")
    from predict import ends

    return ends


def longest(tasks):
    """Seconds of the longest chain; every task stands behind those before it."""
    done = {}
    for name, (seconds, _, after) in tasks.items():
        done[name] = seconds + max((done[other] for other in after), default=0)
    return max(done.values())


def test_a_chain_takes_its_sum_and_what_is_independent_its_longest(ends):
    chain = {"a": (1.0, "core", ()), "b": (2.0, "core", ("a",)), "c": (4.0, "core", ("b",))}
    assert ends(chain, {"core": 3}) == 7
    free = {name: (seconds, kind, ()) for name, (seconds, kind, _) in chain.items()}
    assert [ends(free, {"core": workers}) for workers in (1, 2, 3)] == [7, 4, 4]


def test_the_longest_that_can_begin_goes_first(ends):
    tasks = {f"{n}": (2.0, "core", ()) for n in range(3)}
    tasks |= {"first": (1.0, "core", ()), "late": (5.0, "core", ("first",))}
    assert (
        ends(tasks, {"core": 2}) == 8
    )  # 2 beside 2, 2 beside 1, 5: what is short goes last, though a chain begins with it


def test_a_card_is_waited_for_by_what_asks_for_one_alone(ends):
    tasks = {f"on {kind} {n}": (3.0, kind, ()) for kind in ("core", "card") for n in range(4)}
    tasks["last"] = (1.0, "core", ("on card 0", "on card 1", "on card 2", "on card 3"))
    assert ends(tasks, {"core": 4, "card": 1}) == 13
    assert ends(tasks, {"core": 1, "card": 4}) == 13
    assert ends(tasks, {"core": 4, "card": 4}) == 4


@pytest.mark.parametrize("workers", [1, 2, 5, 60])
def test_any_graph_ends_within_grahams_bounds(ends, workers):
    """Graham 1966: no later than the sum over the workers and (1 - 1 / workers) of the longest chain."""
    random = np.random.default_rng(workers)
    tasks = {}
    for n in range(60):
        after = [str(m) for m in range(n) if random.random() < 0.05]
        tasks[str(n)] = float(random.exponential()), "core", after
    total, chain = sum(seconds for seconds, _, _ in tasks.values()), longest(tasks)
    end = ends(tasks, {"core": workers})
    assert max(total / workers, chain) <= end * (1 + 1e-12)
    assert end <= (total / workers + (1 - 1 / workers) * chain) * (1 + 1e-12)


def test_jobs_of_a_study_are_those_of_its_graph_and_take_what_its_settings_say(monkeypatch):
    monkeypatch.syspath_prepend(ROOT / "benchmarks")
    from dag import study
    from predict import means

    config = study(20, ["seed"])
    run = subprocess.run(
        [sys.executable, "-c", PREDICTED],
        input=json.dumps(config),
        env={**os.environ, "PYTHONPATH": f"{ROOT}:{ROOT / 'benchmarks'}"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    found = json.loads(run.stdout.splitlines()[-1])
    experiment = read_study(config).experiments["square"]
    size = size_of(read_study(config), "square")
    settings = experiment.model, experiment.objective
    count, budget = multiplications(*settings, size.features), experiment.train
    card = max(6 * count * 2 * budget.epochs * size.train / 1e9, budget.epochs * -(-size.train // budget.batch) * 0.25)
    stacks = [f"square/beta~{beta},lam~0.0" for beta in config["experiments"]["square"]["grid"]["beta"]]
    assert {name for name in found if name.startswith("train/")} == {f"train/{stack}" for stack in stacks}
    for stack in stacks:
        train, encode = found[f"train/{stack}"], found[f"encode/{stack}"]
        assert train["core"] == pytest.approx(training(size, *settings, 2, budget)[0])
        assert train["card"] == pytest.approx(card)
        assert (train["networks"], train["after"]) == (2, ["make_data/square"])
        assert encode["core"] == pytest.approx(encoding(size, experiment.model, 2)[0])
        assert (encode["card"], sorted(encode["after"])) == (None, ["make_data/square", f"train/{stack}"])
    assert sorted(found["summarise/square"]["after"]) == sorted(f"train/{stack}" for stack in stacks)
    assert found["summarise/square"]["core"] == means()["summarise"], "the settings say nothing, the docs have a mean"
    assert [found[name]["told"] for name in ("summarise/square", "score/square")] == [False, True]
