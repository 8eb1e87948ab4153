"""Lengths, speeds and laws of geodesics on surfaces whose distances are known."""

import math

import pytest
import torch
from scipy.integrate import quad
from scipy.optimize import brentq
from scipy.special import ellipeinc

from curvae.geometry import PullbackMetric, Status, exponential_map, geodesics, logarithm_map


def points(*rows) -> torch.Tensor:
    return torch.tensor(rows, dtype=torch.float64)


def random_points(*shape, seed=0):
    return torch.rand(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


class HalfPlane:
    def matrix(self, z):
        return torch.eye(2, dtype=z.dtype) / z[:, 1, None, None] ** 2


def half_plane_distance(a, b):
    return torch.arccosh(1 + (a - b).square().sum(1) / (2 * a[:, 1] * b[:, 1]))


def revolved(radius, height):
    """Surface of revolution z -> (r(v) cos u, r(v) sin u, h(v))."""
    return lambda z: torch.stack([radius(z[:, 1]) * z[:, 0].cos(), radius(z[:, 1]) * z[:, 0].sin(), height(z[:, 1])], 1)


def stereographic(z):
    return 2 * torch.cat([z, z.square().sum(1, keepdim=True)], 1) / (1 + z.square().sum(1, keepdim=True))


def stereographic_distance(a, b):
    p, q = (stereographic(z) - torch.tensor([0.0, 0, 1]) for z in (a, b))
    return torch.atan2(torch.linalg.cross(p, q).norm(dim=1), (p * q).sum(1))


def swiss_roll(z):
    u, h = z.unbind(1)
    return torch.stack([u * u.cos(), h, u * u.sin()], 1)


def swiss_roll_distance(a, b):
    def arc(u):
        return (u * (1 + u**2).sqrt() + torch.asinh(u)) / 2

    return torch.hypot(arc(a[:, 0]) - arc(b[:, 0]), a[:, 1] - b[:, 1])


SURFACES = {
    "ellipsoid": revolved(torch.cos, lambda v: 1.5 * v.sin()),
    "torus": revolved(lambda v: 2 + v.cos(), torch.sin),
    "catenoid": revolved(torch.cosh, lambda v: v),
}


def clairaut_distance(radius, slope, far):
    """Distance on a surface of revolution by Clairaut's integrals; slope is (r'^2 + h'^2)^(1/2).

    k = r^2 du/ds is constant, hence with w = (r^2 - k^2)^(1/2) du = k slope / (r w) dv and ds = r slope / w dv. v rises
    or falls all the way, or it goes on from the parallel of the smaller radius to a turn where r = k, and back; far(v)
    is where turns beyond v end.
    """

    def integral(a, b, k, of_length):
        def rate(s):
            v = a + (b - a) * s * s  # a may be a turn, where the root vanishes
            r = radius(v)
            return 2 * s * abs(b - a) * slope(v) / math.sqrt((r - k) * (r + k)) * (r if of_length else k / r)

        return quad(rate, 0, 1, epsabs=1e-9, epsrel=1e-9)[0]

    def one(a, b):
        turn = abs(a[0] - b[0])
        v, w = sorted((a[1], b[1]), key=radius)
        end = far(v)
        between = min(v, w) < end < max(v, w)
        most = radius(end) * (1 - 1e-9) if between else radius(v) * (1 - 1e-12)
        if between or integral(v, w, most, False) > turn:
            k = brentq(lambda k: integral(v, w, k, False) - turn, 0, most, xtol=1e-14)
            return integral(v, w, k, True)

        def both(top, of_length):
            return sum(integral(top, side, radius(top) * (1 - 1e-15), of_length) for side in (v, w))

        reach = brentq(lambda x: both(v + x * (end - v), False) - turn, 1e-9, 1 - 1e-6, xtol=1e-14)
        return both(v + reach * (end - v), True)

    return lambda a, b: points(*(one(*pair) for pair in zip(a.tolist(), b.tolist(), strict=True)))


class Plane:
    def matrix(self, z):
        return points([4, 1], [1, 2]).expand(len(z), 2, 2)


def plane_distance(a, b):
    return torch.einsum("ni,ij,nj->n", a - b, points([4, 1], [1, 2]), a - b).sqrt()


CASES = {
    "plane": (Plane(), plane_distance, points([0, 0], [1, 1])),
    "half-plane": (HalfPlane(), half_plane_distance, points([-2, 0.3], [2, 3])),
    "sphere": (PullbackMetric(stereographic), stereographic_distance, points([-1, -1], [1, 1])),
    "swiss roll": (PullbackMetric(swiss_roll), swiss_roll_distance, points([1, 0], [7, 5])),
    "ellipsoid": (
        PullbackMetric(SURFACES["ellipsoid"]),
        clairaut_distance(
            math.cos,
            lambda v: math.hypot(math.sin(v), 1.5 * math.cos(v)),
            lambda v: math.copysign(math.pi / 2, v),
        ),
        points([-1, -1], [1, 1]),
    ),
    "torus": (
        PullbackMetric(SURFACES["torus"]),
        clairaut_distance(lambda v: 2 + math.cos(v), lambda v: 1.0, lambda v: math.copysign(math.pi, v)),
        points([-0.8, -1], [0.8, 1]),  # the equator stays the shortest way for 1.81
    ),
    "catenoid": (
        PullbackMetric(SURFACES["catenoid"]),
        clairaut_distance(math.cosh, math.cosh, lambda v: 0.0),
        points([-1, -1], [1, 1]),
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_length_speed_and_logarithm(name):
    metric, distance, (low, high) = CASES[name]
    starts, ends = low + (high - low) * random_points(2, 4, 2)
    logs, found = logarithm_map(metric, starts, ends, accuracy=1e-8)
    assert found.converged.all()
    torch.testing.assert_close(found.length, distance(starts, ends), rtol=1e-6, atol=0)
    assert (found.speed_variation < 1e-5).all()
    reached = exponential_map(metric, starts, logs, steps=96)[:, -1]
    torch.testing.assert_close(reached, ends, rtol=0, atol=1e-6)
    speed = torch.einsum("ni,nij,nj->n", logs, metric.matrix(starts), logs).sqrt()
    torch.testing.assert_close(speed, found.length, rtol=1e-6, atol=0)


def test_meridians_and_equator_of_an_ellipsoid():
    long = 1.5  # half-axis of rotation; the others are one
    ellipsoid = PullbackMetric(SURFACES["ellipsoid"])
    starts, ends = points([0.2, -0.9], [0, 0]), points([0.2, 1.1], [1.0, 0])
    found = geodesics(ellipsoid, starts, ends, accuracy=1e-7)
    # r'^2 + h'^2 = sin^2 + long^2 cos^2 = long^2 (1 - (1 - 1 / long^2) sin^2)
    meridian = long * (ellipeinc(1.1, 1 - 1 / long**2) + ellipeinc(0.9, 1 - 1 / long**2))
    torch.testing.assert_close(found.length, torch.tensor([meridian, 1.0], dtype=torch.float64), rtol=1e-6, atol=0)


@pytest.mark.parametrize("name", SURFACES)
def test_clairaut(name):
    """r^2 du/dt is constant along a geodesic of a surface of revolution."""
    surface = SURFACES[name]
    starts, ends = points([-1, -1]) + points([2, 2]) * random_points(2, 5, 2, seed=2)
    found = geodesics(PullbackMetric(surface), starts, ends, accuracy=1e-8)
    assert found.converged.all()
    t = torch.linspace(0, 1, 17, dtype=torch.float64)
    place = surface(found(t).flatten(0, 1))[:, :2].square().sum(1).view(5, 17)
    momentum = place * found.velocity(t)[..., 0]
    spread = (momentum - momentum.mean(1, keepdim=True)).abs().amax(1)
    assert (spread < 1e-6 * found.length * place.sqrt().amax(1)).all()


def test_symmetry_and_triangle_inequality_on_a_thousand_triples():
    a, b, c = points([-2, 0.3]) + points([4, 2.7]) * random_points(3, 1000, 2, seed=1)
    ab, ba, bc, ac = (geodesics(HalfPlane(), *p, accuracy=1e-3).length for p in ((a, b), (b, a), (b, c), (a, c)))
    torch.testing.assert_close(ab, ba, rtol=1e-6, atol=0)
    assert (ac <= ab + bc + 1e-6 * ac).all()


def folded(z):
    """A flat sheet with a steep hill in the middle, around which the short way leads."""
    hill = 6 * torch.exp(-4 * z.square().sum(1, keepdim=True))
    return torch.cat([z, hill], 1)


def warped(z):
    """A plane with waves across the straight way, which die out to both sides of it."""
    groove = 3 * torch.sin(2 * math.pi * z[:, :1]) * torch.exp(-4 * z[:, 1:].square())
    return torch.cat([z, groove], 1)


@pytest.mark.parametrize(
    ("surface", "end"), [(folded, points([2, 0])), (warped, points([1.5, 0]))], ids=["a hill", "a line that folds"]
)
def test_the_plain_call_finds_the_way_around_from_which_the_straight_start_is_cut_off(surface, end):
    """The straight line is a geodesic of the hill and of the waves, by their symmetry, and no shortest way."""
    metric = PullbackMetric(surface)
    straight = geodesics(metric, -end, end, initial=line(-end, end), pieces=128)
    assert straight.length > 6
    # the reference: from a wide arc on either side, to a small residual
    t = torch.linspace(0, 1, 129).double()[:, None]
    arc = line(-end, end) + 1.5 * torch.sin(math.pi * t) * points([0, 1])[None]
    best = geodesics(metric, -end, end, initial=arc, accuracy=1e-4)
    assert best.converged.all()
    assert best.length < 0.8 * straight.length
    found = geodesics(metric, -end, end)
    assert found.converged.all()
    torch.testing.assert_close(found.length, best.length, rtol=1e-3, atol=0)


def test_the_plain_call_finds_the_way_around_in_three_latents():
    class Ball:
        """Dear inside of a ball in the middle of the straight way."""

        def matrix(self, z):
            cost = 1 + 8 * torch.exp(-4 * z.square().sum(1))
            return cost.square()[:, None, None] * torch.eye(3, dtype=z.dtype)

    starts, ends = points([-2, 0, 0]), points([2, 0, 0])
    found = geodesics(Ball(), starts, ends)
    t = torch.linspace(0, 1, 129).double()[:, None]
    arc = line(starts, ends) + torch.sin(math.pi * t) * points([0, 0.6, 0.8])[None]
    best = geodesics(Ball(), starts, ends, initial=arc, accuracy=1e-4)
    assert best.converged.all()
    assert best.length < 0.8 * geodesics(Ball(), starts, ends, initial=line(starts, ends)).length
    assert found.converged.all()
    torch.testing.assert_close(found.length, best.length, rtol=1e-3, atol=0)


def test_a_lattice_within_bounds_finds_the_way_on_the_side_that_is_left():
    metric, bounds = PullbackMetric(folded), (points(-2.5, -0.5), points(2.5, 2.5))
    found = geodesics(metric, points([-2, 0]), points([2, 0]), bounds=bounds)
    assert found.converged.all()
    assert found(0.5)[0, 1] > 0.5


def test_a_metric_that_refuses_places_beyond_its_ends_is_solved_from_the_straight_line():
    class Strict(HalfPlane):
        def matrix(self, z):
            if not (z[:, 1] > 0).all():
                raise ValueError("beyond the half-plane")
            return super().matrix(z)

    starts, ends = points([0, 1]), points([2, 1])
    found = geodesics(Strict(), starts, ends, accuracy=1e-6)
    torch.testing.assert_close(found.length, half_plane_distance(starts, ends), rtol=1e-9, atol=0)


def line(starts, ends):
    return torch.lerp(starts[:, None], ends[:, None], torch.linspace(0, 1, 129).double()[:, None])


def test_a_curve_that_leaves_its_bounds_is_flagged():
    bounds = points(-2.0, 0.5), points(3.0, 1.2)
    found = geodesics(HalfPlane(), points([0, 1], [0, 1]), points([2, 1], [0.1, 1]), bounds=bounds)
    assert found.status.tolist() == [Status.OUTSIDE, Status.CONVERGED]


@pytest.mark.parametrize("latent", [1, 3, 6])
def test_other_numbers_of_latents(latent):
    def decode(z):
        w = torch.randn(latent, 12, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
        return torch.tanh(z @ w)

    starts, ends = random_points(2, 3, latent, seed=4)
    found = geodesics(PullbackMetric(decode), starts, ends)
    assert found.converged.all()
    assert (found.length <= found.straight_length * (1 + 1e-9)).all()


def test_fifty_latents():
    w = torch.randn(50, 80, generator=torch.Generator().manual_seed(1), dtype=torch.float64) / 7
    starts, ends = random_points(2, 1, 50, seed=4)
    found = geodesics(PullbackMetric(lambda z: torch.tanh(z @ w)), starts, ends, pieces=8, accuracy=1e-2)
    assert found.converged.all()
