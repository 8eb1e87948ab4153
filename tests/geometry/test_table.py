"""Tables against the metric they are of, and banded systems against dense ones."""

import pytest
import torch

from curvae.geometry import MetricTable, PullbackMetric, Status, banded, geodesics, tabulate
from curvae.geometry.metric import acceleration, expand


def sheet(z):
    return torch.cat([z, torch.sin(z).prod(1, keepdim=True)], 1)


METRIC = PullbackMetric(sheet)
CORNERS = torch.tensor([[-1.0, -1.5], [1.0, 1.5]], dtype=torch.float64)


def places(n, dim=2):
    return 1.6 * torch.rand(n, dim, generator=torch.Generator().manual_seed(0), dtype=torch.float64) - 0.8


@pytest.mark.parametrize("dim", [1, 2, 3])
def test_matrix_and_its_expansion(dim):
    low, high = -torch.ones(dim, dtype=torch.float64), torch.ones(dim, dtype=torch.float64)
    table = MetricTable(METRIC, low, high, side=64 if dim < 3 else 40)
    z, v = places(20, dim), places(20, dim).flip(0)
    torch.testing.assert_close(table.matrix(z), METRIC.matrix(z), rtol=1e-4, atol=1e-5)
    own = table.expand(z, v, v)

    class Opaque:
        matrix = METRIC.matrix

    true = expand(Opaque(), z, v, v)
    for field, tolerance in (
        ("matrix", 1e-4),
        ("momentum", 1e-4),
        ("force", 1e-3),
        ("coupling", 1e-3),
        ("curvature", 3e-2),
    ):
        torch.testing.assert_close(getattr(own, field), getattr(true, field), rtol=tolerance, atol=tolerance)
    torch.testing.assert_close(acceleration(table, z, v), acceleration(METRIC, z, v), rtol=1e-3, atol=1e-3)


def test_no_eigenvalue_of_a_table_is_below_zero_between_its_points():
    """On a grid far too coarse for the sheet the table is wrong, but a metric."""
    z = 1.8 * torch.rand(2000, 2, generator=torch.Generator().manual_seed(1), dtype=torch.float64) - 0.9
    table = MetricTable(PullbackMetric(lambda z: torch.cat([z, torch.sin(9 * z)], 1)), *CORNERS, side=8)
    assert torch.linalg.eigvalsh(table.matrix(z)).min() > 0


def test_error_falls_with_the_fourth_power_of_a_cell():
    z = places(100)
    errors = [(MetricTable(METRIC, *CORNERS, side=s).matrix(z) - METRIC.matrix(z)).abs().max() for s in (17, 33, 65)]
    orders = -torch.stack(errors).log2().diff()
    assert ((orders > 3.5) & (orders < 4.7)).all()


def test_geodesics_by_table_agree_with_those_without():
    starts, ends = places(80).split(40)
    table = tabulate(METRIC, CORNERS)
    quick, own = geodesics(METRIC, starts, ends, table=table), geodesics(METRIC, starts[:5], ends[:5], accuracy=1e-6)
    assert quick.converged.all()
    torch.testing.assert_close(quick.length[:5], own.length, rtol=1e-4, atol=0)


def test_outside_its_box_a_table_is_not_a_number_and_curves_are_solved_without():
    table = MetricTable(METRIC, *CORNERS, side=32)
    assert table.matrix(torch.tensor([[5.0, 0]], dtype=torch.float64)).isnan().all()
    starts, ends = torch.tensor([[[0.0, 0]], [[2.0, 2.0]]], dtype=torch.float64)
    found = geodesics(METRIC, starts, ends, table=table)
    assert found.status.tolist() == [Status.CONVERGED]


@pytest.mark.parametrize(
    ("low", "high", "side", "words"),
    [
        ([0.0] * 4, [1.0] * 4, 8, "box of 4 latents"),
        ([0.0, 0], [1.0, 0], 8, "low < high"),
        ([0.0], [1.0], 3, "side = 3"),
    ],
)
def test_bad_boxes_are_named(low, high, side, words):
    with pytest.raises(ValueError, match=words):
        MetricTable(METRIC, torch.tensor(low), torch.tensor(high), side=side)


@pytest.mark.parametrize("options", [{"accuracy": 0}, {"accuracy": torch.nan}, {"room": -0.1}, {"points": 0}])
def test_bad_tables_are_named(options):
    points = torch.zeros(options.pop("points", 3), 2).double()
    with pytest.raises(ValueError, match=r"accuracy = .* room = "):
        tabulate(METRIC, points, **options)


def test_a_singular_metric_is_refused():
    flat = PullbackMetric(lambda z: z[:, :1].expand(-1, 3))
    with pytest.raises(ValueError, match="singular or not finite"):
        MetricTable(flat, *CORNERS, side=8)


def test_banded_systems_against_dense_ones():
    g = torch.Generator().manual_seed(0)
    rows, width, systems = 12, 4, 6
    band = torch.randn(rows, width, systems, generator=g, dtype=torch.float64)
    band[:, 0] += torch.tensor([8.0, 8, 8, 0, 0, 0])
    dense = torch.zeros(systems, rows, rows, dtype=torch.float64)
    for offset in range(width):
        band[rows - offset :, offset] = 0
        for s in range(rows - offset):
            dense[:, s, s + offset] = dense[:, s + offset, s] = band[s, offset]
    right = torch.randn(rows, systems, generator=g, dtype=torch.float64)
    found = banded.solve(band, right, torch.full((systems,), 1e-12, dtype=torch.float64))
    least = torch.linalg.eigvalsh(dense)[:, 0]
    assert torch.equal(found.indefinite, least < 0)
    definite = ~found.indefinite
    exact = torch.linalg.solve(dense[definite], right.mT[definite]).mT
    torch.testing.assert_close(found.x[:, definite], exact, rtol=1e-10, atol=1e-12)
    p = found.downward(torch.ones(systems, dtype=torch.bool)).mT
    curvature = torch.einsum("si,sij,sj->s", p, dense, p)
    assert (curvature[found.indefinite] < 0).all()
    assert torch.equal(curvature[definite], torch.zeros(3, dtype=torch.float64))
