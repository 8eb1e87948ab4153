"""Stacks are cut to the machine, and a large grid does not take more memory than a stack."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from curvae.models import build
from curvae.objectives import build as build_objective
from curvae.settings.model import VAE
from curvae.settings.objective import Elbo
from curvae.sweep.size import BUSY, free_bytes, stack_size

CPU = torch.device("cpu")
MODEL = build(VAE(kind="vae", hidden=(50, 50), latent=2, likelihood="bernoulli"), (28, 28))

ELBO = build_objective(Elbo(), 2, 50_000)


def size(members, free, batch=100, samples=60_000, device=CPU):
    return stack_size(MODEL, ELBO, samples, batch, members, device, 4, free)


def test_a_stack_is_as_large_as_keeps_the_machine_busy_and_fits():
    width = 784 + (50 + 50 + 4) + (50 + 50 + 784)
    busy = BUSY["cpu"] // (4 * 100 * width)
    assert [size(members, 2**40) for members in (1, busy, 10_000)] == [1, busy, busy]
    assert size(10_000, 2**40, batch=200) == BUSY["cpu"] // (4 * 200 * width)


def test_a_gpu_has_room_for_the_record_of_a_step_as_well():
    width = 784 + (50 + 50 + 4) + (50 + 50 + 784)
    weights = 4 * sum(torch.Size(shape).numel() for shape in MODEL.shapes.values())
    step, rest = 5 * 4 * 100 * width, 7 * weights + 2 * 60_000 * (2 * 4 + 8)
    for device, steps in ((CPU, 1), (torch.device("cuda"), 2)):
        assert [size(64, 2 * n * (rest + steps * step), device=device) for n in (1, 7)] == [1, 7]


def test_short_memory_cuts_it_and_says_so(caplog):
    sizes = [size(10_000, free) for free in (2**26, 2**27, 2**28)]
    assert sizes == sorted(sizes)
    assert 1 <= sizes[0] < size(10_000, 2**40)
    assert "memory of cpu holds" in caplog.text


def test_no_room_for_one_is_an_error_that_says_what_is_needed():
    with pytest.raises(
        MemoryError, match=r"a network and its activations take \d+ MB; allowed: 50% of the free memory"
    ):
        size(10, 2**20)


def test_free_memory_is_what_the_machine_says():
    total = next(line for line in Path("/proc/meminfo").read_text().splitlines() if line.startswith("MemTotal"))
    assert 2**20 < free_bytes(CPU) <= 1024 * int(total.split()[1])


def test_what_torch_has_reserved_and_does_not_use_is_free_on_a_card(monkeypatch):
    told = {"mem_get_info": (3 * 2**30, 8 * 2**30), "memory_reserved": 5 * 2**30, "memory_allocated": 2**30}
    for name, value in told.items():
        monkeypatch.setattr(torch.cuda, name, lambda device, value=value: value)
    assert free_bytes(torch.device("cuda")) == 7 * 2**30


SCRIPT = """
import resource
resource.setrlimit(resource.RLIMIT_DATA, (2 * 2**30, 2 * 2**30))
import torch
torch.set_num_threads(1)
from curvae.models import build
from curvae.objectives import build as build_objective
from curvae.settings.model import VAE
from curvae.settings.objective import Elbo
from curvae.settings.train import Budget
from curvae.sweep import train
model = build(VAE(kind="vae", hidden=(8,), latent=2, likelihood="gaussian"), (32,))
x = torch.rand(200, 32, generator=torch.Generator().manual_seed(0))
members = [{"beta": 1.0, "lam": 0.0, "seed": seed} for seed in range(MEMBERS)]
trained = train(model, {"train": x, "validation": x[:10]}, members, Budget(epochs=1, batch=100))
assert len(trained.history) == 2 * MEMBERS
print(min(float(w.isfinite().all()) for w in trained.weights.values()))
"""


def test_ten_thousand_members_do_not_die_for_memory():
    code = SCRIPT.replace("MEMBERS", "10_000")
    root = Path(__file__).parents[2]
    alone = {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}  # threads take memory of their own
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=root, env=alone, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ["1.0"]
