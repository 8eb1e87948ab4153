"""How much is done at once changes no result, and what a device does not share with a processor it does not ask for."""

import argparse
from pathlib import Path

import pytest
import torch

from curvae.geometry import MetricTable, PullbackMetric, banded, geodesics, newton
from curvae.geometry import geodesic as geodesic_module
from curvae.geometry import table as table_module
from curvae.geometry.lines import constant_speed
from curvae.geometry.sizes import SHARE, UNIT, fitting, times
from curvae.geometry.splines import FEW_SEEN, grid
from curvae.models import build
from curvae.settings.model import VAE
from curvae.sweep import Stack

CORNER = torch.ones(2, dtype=torch.float64)


def sheet(z):
    return torch.cat([z, torch.sin(3 * z).prod(1, keepdim=True)], 1)


TABLE = MetricTable(PullbackMetric(sheet), -CORNER, CORNER, side=64)


def pairs(n):
    return 1.6 * torch.rand(2, n, 2, generator=torch.Generator().manual_seed(0), dtype=torch.float64) - 0.8


@pytest.fixture
def benchmark(monkeypatch):
    monkeypatch.syspath_prepend(Path(__file__).parents[2] / "benchmarks")
    import geodesics as module

    return module


def test_sizes_follow_free_memory_in_powers_of_two():
    assert times(torch.device("cpu")) == 1
    assert [fitting(free * UNIT) for free in (0, 1, 4, 7, 8, 139)] == [1, 1, 2, 2, 4, 64]
    assert all(fitting(free * UNIT) * UNIT <= SHARE * free * UNIT for free in range(2, 200))


def test_how_much_is_solved_at_once_changes_no_result(monkeypatch):
    monkeypatch.setattr(table_module, "compiled", None)
    options = {"table": TABLE, "accuracy": 5e-4}
    whole = geodesics(TABLE, *pairs(40), **options)
    monkeypatch.setattr(geodesic_module, "BATCH", 7)
    monkeypatch.setattr(newton, "PIECES", 64)
    monkeypatch.setattr(table_module, "CHUNK", 100)
    parts = geodesics(TABLE, *pairs(40), **options)
    assert whole.converged.all()
    # starts differ by rounding, and a step short enough to be the last one leaves its own square
    torch.testing.assert_close(parts.length, whole.length, rtol=1e-9, atol=0)
    assert torch.equal(parts.pieces, whole.pieces)


def test_a_table_that_is_not_on_a_processor_is_read_by_torch():
    assert TABLE.packed is not None
    away = TABLE.to(torch.device("meta"))
    assert away.packed is None
    z, v = (x.to("meta") for x in pairs(5))
    assert away.expand(z, v, v).curvature.shape == (2, 2, 5)
    assert away.expand(z, v, v).curvature.is_meta
    assert torch.equal(TABLE.to(torch.device("cpu")).matrix(pairs(5)[0]), TABLE.matrix(pairs(5)[0]))


@pytest.mark.parametrize("rows", [22, 134])
def test_a_banded_solution_takes_six_kernels_a_row(rows, benchmark):
    band, right = torch.ones(rows, 12, 3, device="meta"), torch.ones(rows, 3, device="meta")
    with benchmark.Waits() as seen:
        banded.solve(band, right, torch.ones(3, device="meta"))
    assert seen.kernels <= 6 * rows + 12
    assert seen.waits == 0


def test_a_newton_step_waits_for_the_device_three_times(monkeypatch, benchmark):
    monkeypatch.setattr(table_module, "compiled", None)
    start = constant_speed(TABLE, pairs(30).transpose(0, 1), 16)[0]
    g, waits = grid(16, FEW_SEEN, start), []
    for iterations in (1, 2, 3):
        with benchmark.Waits() as seen:
            newton._descend(TABLE, start.clone(), g, iterations, 1e-12)
        waits.append(seen.waits)
    assert waits[2] - waits[1] == waits[1] - waits[0] == 3


def test_the_benchmark_of_a_device_runs_on_a_processor(benchmark):
    stack = Stack.untrained(build(VAE(kind="vae", hidden=(16,), latent=2, activation="tanh"), (20,)), [0])
    codes = torch.randn(200, 2, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    given = argparse.Namespace(device="cpu", pairs=40, reference=10, count=20, threads=1)
    rows = dict(line.strip("| ").split(" | ", 1) for line in benchmark.on_device(stack, codes, given)[4:])
    assert rows["converged"] == "100.000%"
    assert rows["pairs, and at a time"] == "40, 8192"
    largest, median = rows["lengths beside the compiled solver's, 10 pairs: largest and median difference"].split(", ")
    assert 0 < float(median) <= float(largest) < 1e-5
    kernels, waits = rows["kernels, waits for the device, of 20 pairs in a batch"].split(", ")
    assert 0 < int(waits) < int(kernels)
    assert table_module.compiled is not None
