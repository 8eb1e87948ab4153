"""The compiled solver against the one that torch runs, on the same table."""

import importlib.util
import sys
from types import ModuleType

import numpy as np
import pytest
import torch

import curvae.geometry
from curvae.geometry import Graph, MetricTable, PullbackMetric, Status, compiled, geodesics
from curvae.geometry import table as table_module
from curvae.geometry.judge import judge
from curvae.geometry.lines import constant_speed
from curvae.geometry.newton import descend
from curvae.geometry.splines import FEW_SEEN, FEW_UNSEEN

PIECES = 16


def sheet(z):
    return torch.cat([z, torch.sin(3 * z).prod(1, keepdim=True)], 1)


CORNER = torch.ones(2, dtype=torch.float64)
TABLE = MetricTable(PullbackMetric(sheet), -CORNER, CORNER, side=64)


def pairs(n, seed=0):
    return 1.6 * torch.rand(2, n, 2, generator=torch.Generator().manual_seed(seed), dtype=torch.float64) - 0.8


def lines(n):
    return constant_speed(TABLE, pairs(n).transpose(0, 1), PIECES)[0]


def test_expansions_are_those_of_torch():
    z, v = pairs(200)
    own, torchs = compiled.expand(TABLE.packed, z, v), TABLE._expand(z.mT, v.mT, order=2)
    for mine, other in zip(own, torchs, strict=True):
        torch.testing.assert_close(mine, other, rtol=1e-12, atol=1e-12)
    torch.testing.assert_close(TABLE.directional(z, v, v), torch.einsum("ni,nij,nj->n", v, TABLE.matrix(z), v))


@pytest.mark.parametrize("iterations", [1, 4, 20])
def test_curves_and_figures_are_those_of_torch(iterations):
    start = lines(30)
    control, figures = compiled.descend_and_judge(TABLE.packed, start, PIECES, iterations=iterations, last_step=1e-4)
    torchs, _ = descend(TABLE, start, PIECES, nodes=FEW_SEEN, iterations=iterations, last_step=1e-4)
    torch.testing.assert_close(control, torchs, rtol=0, atol=1e-9)
    for mine, other in zip(figures, judge(TABLE, control, PIECES, FEW_UNSEEN), strict=True):
        torch.testing.assert_close(mine, other, rtol=1e-9, atol=1e-9)


def test_a_saddle_is_left():
    """Over a hill the straight line through its top is stationary, and no minimum."""
    table = MetricTable(PullbackMetric(hill), -CORNER, CORNER, side=96)
    ends = torch.tensor([[[-0.8, 0.0], [0.8, 0.0]]], dtype=torch.float64)
    start, straight = constant_speed(table, ends, PIECES)
    _, figures = compiled.descend_and_judge(table.packed, start, PIECES, iterations=40, last_step=1e-4)
    assert figures.length < 0.8 * straight
    assert figures.residual < 1e-2


def hill(z):
    return torch.cat([z, 2 * torch.exp(-20 * z.square().sum(1, keepdim=True))], 1)


def test_threads_change_nothing():
    start = lines(20)
    one, _ = compiled.descend_and_judge(TABLE.packed, start, PIECES, iterations=5, last_step=1e-4)
    torch.set_num_threads(2)
    two, _ = compiled.descend_and_judge(TABLE.packed, start, PIECES, iterations=5, last_step=1e-4)
    assert torch.equal(one, two)


def test_outside_the_table_nothing_is_a_number_and_other_curves_are_unharmed():
    start = lines(3)
    alone, _ = compiled.descend_and_judge(TABLE.packed, start[..., 2:], PIECES, iterations=5, last_step=1e-4)
    start[:, 5, 1] = 7
    control, figures = compiled.descend_and_judge(TABLE.packed, start, PIECES, iterations=5, last_step=1e-4)
    assert torch.equal(control[..., 1], start[..., 1])
    assert all(figure[1].isnan() and figure[[0, 2]].isfinite().all() for figure in figures)
    torch.testing.assert_close(control[..., 2:], alone, rtol=0, atol=1e-12)


def test_coincident_points_have_length_zero():
    starts, ends = pairs(4)
    ends[1] = starts[1]
    found = geodesics(TABLE, starts, ends, table=TABLE)
    assert found.length[1] == 0
    assert found.status.tolist() == [Status.CONVERGED, Status.COINCIDENT, Status.CONVERGED, Status.CONVERGED]


def test_only_tables_of_two_latents_in_double_precision_are_read():
    assert TABLE.packed is not None
    assert TABLE.to(torch.float32).packed is None
    assert MetricTable(PullbackMetric(sheet), -torch.ones(3).double(), torch.ones(3).double(), side=8).packed is None


@pytest.mark.parametrize(("accuracy", "near"), [(8e-3, 1e-3), (5e-4, 1e-6)])  # single and double precision
def test_without_compiled_code_torch_finds_the_same_geodesics(accuracy, near, monkeypatch):
    starts, ends = pairs(20)
    own = geodesics(TABLE, starts, ends, table=TABLE, accuracy=accuracy)
    monkeypatch.setattr(table_module, "compiled", None)
    assert TABLE.packed is None
    torchs = geodesics(TABLE, starts, ends, table=TABLE, accuracy=accuracy)
    torch.testing.assert_close(own.length, torchs.length, rtol=near, atol=0)
    assert torch.equal(own.status, torchs.status)
    assert own.converged.all()


class Thin:
    """Singular but for rounding, and longer across than its own thickness allows to see."""

    def matrix(self, z):
        wide = 1 + torch.sin(3 * z[:, 1]) / 2
        return torch.diag_embed(torch.stack([wide, torch.full_like(wide, 1e-24)], 1))


def test_a_nearly_singular_table_is_judged_as_by_torch():
    table = MetricTable(Thin(), -CORNER, CORNER, side=64)
    start = lines(10)
    control, figures = compiled.descend_and_judge(table.packed, start, PIECES, iterations=0, last_step=1e-4)
    torch.testing.assert_close(control, start, rtol=0, atol=0)
    for mine, other in zip(figures, judge(table, start, PIECES, FEW_UNSEEN), strict=True):
        torch.testing.assert_close(mine, other, rtol=1e-6, atol=1e-9)


def test_a_numba_that_does_not_fit_leaves_the_table_to_torch(monkeypatch):
    monkeypatch.setitem(sys.modules, "numba", ModuleType("numba"))  # njit is missing from it
    for name in ("jit", "geometry.kernels", "geometry.compiled"):
        monkeypatch.delitem(sys.modules, f"curvae.{name}")
    monkeypatch.delattr(curvae.geometry, "compiled")
    monkeypatch.delattr(curvae, "jit")
    spec = importlib.util.spec_from_file_location("another_table", table_module.__file__)
    another = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(another)
    assert another.compiled is None
    assert another.MetricTable(PullbackMetric(sheet), -CORNER, CORNER, side=16).packed is None


def test_a_graph_without_a_path_leaves_the_straight_line_on_finer_pieces():
    table = MetricTable(PullbackMetric(egg_box), -CORNER, CORNER, side=96)
    islands = 0.9 * torch.stack([-CORNER, -0.99 * CORNER, 0.99 * CORNER, CORNER])
    graph = Graph(table, islands, edges=np.array([[0, 1], [2, 3]]))
    starts = torch.tensor([[-0.0088, -0.6222], [-0.1274, 0.6416], [0.383, -0.0991]], dtype=torch.float64)
    ends = torch.tensor([[0.6187, 0.3335], [-0.5145, -0.531], [-0.7695, 0.6533]], dtype=torch.float64)
    assert graph.paths(starts, ends)[1].isinf().all()
    assert geodesics(table, starts, ends, table=table, graph=graph).converged.all()


def egg_box(z):
    return torch.cat([z, 2 / 3 * torch.sin(9 * z).prod(1, keepdim=True)], 1)
