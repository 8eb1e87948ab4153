"""Where the straight line is a wrong start: walls to be walked round, and data that are folded in three latents."""

import math

import pytest
import torch

from curvae.geometry import Graph, MetricTable, geodesics, pairwise_distances
from curvae.geometry.geodesic import prepared
from curvae.geometry.groups import _nearest


def points(*rows) -> torch.Tensor:
    return torch.tensor(rows, dtype=torch.float64)


def conformal(cost):
    """A metric under which all ways at a point cost the same."""

    class Conformal:
        def matrix(self, z):
            return cost(z).square()[:, None, None] * torch.eye(z.shape[1], dtype=z.dtype)

    return Conformal()


def test_neighbours_behind_a_short_wall_are_candidates():
    def cost(z):
        """A wall of height 20 across z1 = 0, which ends where |z2| is 0.6."""
        return 1 + 20 * torch.exp(-(z[:, 0] ** 2) / 0.02) * torch.sigmoid((0.6 - z[:, 1].abs()) / 0.05)

    table = MetricTable(conformal(cost), points(-3.4, -1.3), points(0.8, 1.3), side=128)
    here, height = points([-0.4, 0.0]), torch.linspace(-0.05, 0.05, 7).double()
    behind = torch.stack([torch.full_like(height, 0.4), height], 1)
    away = torch.stack([torch.full((14,), -3.1).double(), torch.linspace(-0.3, 0.3, 14).double()], 1)
    z = torch.cat([away, behind])
    found = _nearest(table, here, z, 12, prepared(table, z, 1, {"table": table}))[0]
    assert found[14:].isfinite().all()
    assert found.argsort()[:7].min() >= 14
    known = found.isfinite()
    assert known.sum() == 12
    every = pairwise_distances(table, here, z, table=table).length[0]
    torch.testing.assert_close(found[known], every[known], rtol=1e-4, atol=0)
    assert every[14:].max() < every[:14].min()


def test_without_a_table_candidates_are_chosen_over_the_maps_own_points_and_the_codes():
    metric = conformal(lambda z: 1 + 20 * torch.exp(-(z[:, 0] ** 2) / 0.005))  # a wall that a rough lattice steps over
    here = points([-0.4, 0.0], [-0.6, 0.3])
    height = torch.linspace(-1, 1, 6).double()
    z = torch.cat([points([-0.7, -2.0], [-0.8, 2.2]), torch.stack([torch.full_like(height, 0.3), height], 1)])
    rough = prepared(metric, torch.cat([here, z]), 16, {})
    assert rough["graph"].rough
    own = {"graph": Graph(metric, torch.cat([here, z]))}
    assert torch.equal(_nearest(metric, here, z, 2, rough), _nearest(metric, here, z, 2, own))


def test_codes_on_a_fold_in_three_latents_are_joined_along_it():
    def cost(z):
        """Cheap on the unit circle alone, but for a wall across it in the direction of the first latent."""
        off = (z[:, :2].norm(dim=1) - 1) ** 2 + z[:, 2] ** 2
        wall = 15 * torch.exp(-(torch.atan2(z[:, 1], z[:, 0]) ** 2) / 0.1)
        return 1 + 40 * (1 - torch.exp(-off / 0.05)) + wall

    angle = math.pi * torch.linspace(0.25, 1.75, 14).double()
    codes = torch.stack([angle.cos(), angle.sin(), 0 * angle], 1)
    metric, ends = conformal(cost), (codes[:1], codes[-1:])
    through = geodesics(metric, *ends)
    assert through.length > 8
    graph = prepared(metric, codes, 91, {}, nodes=True)["graph"]
    assert len(graph.points) == 14
    along = geodesics(metric, *ends, graph=graph)
    assert along.converged.all()
    assert along.length.item() == pytest.approx(1.5 * math.pi, rel=0.02)
    found = pairwise_distances(metric, codes)
    assert found.converged.all()
    torch.testing.assert_close(found.length[0], angle - angle[0], rtol=0.05, atol=1e-9)
