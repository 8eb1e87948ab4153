"""Several geodesics between the same points, where symmetry says how many there are."""

import math

import pytest
import torch

from curvae.geometry import Graph, PullbackMetric, Status, geodesics, minima


def points(*rows) -> torch.Tensor:
    return torch.tensor(rows, dtype=torch.float64)


def torus(z):
    u, v = z.unbind(1)
    ring = 2 + v.cos()
    return torch.stack([ring * u.cos(), ring * u.sin(), v.sin()], 1)


class HalfPlane:
    def matrix(self, z):
        return torch.eye(2, dtype=z.dtype) / z[:, 1, None, None] ** 2


def test_both_ways_around_a_torus_beyond_the_conjugate_point_and_one_before_it():
    found = minima(PullbackMetric(torus), points([0, 0], [0, 0]), points([2.4, 0], [1.0, 0]), accuracy=1e-5)
    two, one = found
    assert len(two) >= 2  # above and below the equator, which is itself no minimum
    above, below = two[:2](0.5)
    torch.testing.assert_close(above * points(1, -1), below, rtol=0, atol=1e-4)
    torch.testing.assert_close(two.length[0], two.length[1], rtol=1e-8, atol=0)
    assert (two.length.diff() >= 0).all()
    assert one.length[0].item() == pytest.approx(3, rel=1e-12)


def test_a_space_of_negative_curvature_has_one():
    (found,) = minima(HalfPlane(), points([0, 1]), points([3, 2]), paths=4)
    assert len(found) == 1
    assert found.converged.all()


def test_passes_between_hills_are_told_apart():
    """Three hills in a row across the straight way: four ways, two between them and two around them."""

    def row(z):
        hills = [torch.exp(-6 * ((z[:, :1] ** 2) + (z[:, 1:] - at) ** 2)) for at in (-1.2, 0.0, 1.2)]
        return torch.cat([z, 3 * sum(hills)], 1)

    (found,) = minima(PullbackMetric(row), points([-2, 0]), points([2, 0]))
    heights = found(0.5)[:, 1]
    inner, outer = heights[heights.abs() < 1.2], heights[heights.abs() > 1.2]
    assert sorted(inner.sign().tolist()) == [-1, 1]
    assert sorted(outer.sign().tolist()) == [-1, 1]
    assert found.length[:2].max() < found.length[2:].min()
    plain = geodesics(PullbackMetric(row), points([-2, 0]), points([2, 0]))
    torch.testing.assert_close(plain.length[0], found.length[0], rtol=1e-3, atol=0)


def test_bad_arguments_are_named():
    a = points([0, 1, 0, 0], [1, 1, 0, 0])
    for call, words in (
        (lambda: minima(HalfPlane(), a[:1, :2], a[1:, :2], paths=0), "paths = 0"),
        (lambda: minima(HalfPlane(), a[:1, :2], a[1:, :2], apart=1), "apart = 1"),
        (lambda: minima(PullbackMetric(lambda z: z), a[:1], a[1:]), "graph: none for 4 latents"),
    ):
        with pytest.raises(ValueError, match=words):
            call()


def test_a_decoder_that_is_no_number_has_no_way():
    metric = PullbackMetric(lambda z: torch.nan * z)
    (found,) = minima(metric, points([0, 1]), points([1, 1]))
    assert len(found) == 0


def test_one_latent_has_one_way():
    (found,) = minima(PullbackMetric(lambda z: torch.cat([z, z**2], 1)), points([0]), points([1]))
    assert found.length.tolist() == pytest.approx([5**0.5 / 2 + math.asinh(2) / 4], rel=1e-6)


def test_one_point_has_one_way_to_itself():
    (found,) = minima(
        HalfPlane(),
        points([0, 1]),
        points([0, 1]),
        paths=1,
        graph=Graph.over(HalfPlane(), points(-1, 0.5), points(1, 2)),
    )
    assert found.status.tolist() == [Status.COINCIDENT]
