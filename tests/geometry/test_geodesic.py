"""Geodesics against closed forms, and the laws that any set of them obeys."""

import math
from itertools import pairwise

import pytest
import torch

from curvae.geometry import PullbackMetric, Status, banded, curve_length, geodesics
from curvae.geometry.lines import constant_speed
from curvae.geometry.newton import _rounder, _step, descend, hessian, observe
from curvae.geometry.splines import SEEN, grid


def points(*rows) -> torch.Tensor:
    return torch.tensor(rows, dtype=torch.float64)


class HalfPlane:
    """Poincare's half-plane, M = I / y^2."""

    def matrix(self, z):
        return torch.eye(2, dtype=z.dtype) / z[:, 1, None, None] ** 2


def half_plane_distance(a, b):
    return torch.arccosh(1 + (a - b).square().sum(1) / (2 * a[:, 1] * b[:, 1]))


def sphere(z):
    theta, phi = z.unbind(1)
    return torch.stack([theta.sin() * phi.cos(), theta.sin() * phi.sin(), theta.cos()], 1)


def torus(z):
    u, v = z.unbind(1)
    ring = 2 + v.cos()
    return torch.stack([ring * u.cos(), ring * u.sin(), v.sin()], 1)


def swiss_roll(z):
    u, h = z.unbind(1)
    return torch.stack([u * u.cos(), h, u * u.sin()], 1)


def tanh_decoder(dims=(2, 16, 40), seed=0, scale=1.5):
    g = torch.Generator().manual_seed(seed)
    layers = [
        (torch.randn(i, o, generator=g, dtype=torch.float64) * scale / i**0.5, torch.randn(o, generator=g).double())
        for i, o in pairwise(dims)
    ]

    def decode(z):
        for w, b in layers[:-1]:
            z = torch.tanh(z @ w.to(z) + b.to(z))
        w, b = layers[-1]
        return torch.sigmoid(z @ w.to(z) + b.to(z))

    return decode


def random_pairs(n=5, seed=3):
    g = torch.Generator().manual_seed(seed)
    return torch.randn(2, n, 2, generator=g, dtype=torch.float64)


def test_flat_decoder_gives_straight_lines():
    a = points([3.0, 1.0], [0.5, 2.0], [1.0, -1.0])  # three features of two latents
    starts, ends = random_pairs()
    found = geodesics(PullbackMetric(lambda z: z @ a.mT), starts, ends)
    length = ((ends - starts) @ a.mT).norm(dim=1)
    torch.testing.assert_close(found.length, length, rtol=1e-13, atol=0)
    torch.testing.assert_close(found.straight_length, length, rtol=1e-13, atol=0)
    t = torch.linspace(0, 1, 7, dtype=torch.float64)
    line = starts[:, None] + t[:, None] * (ends - starts)[:, None]
    torch.testing.assert_close(found(t), line, rtol=0, atol=1e-12)
    assert found.converged.all()


def test_half_plane_distances_and_semicircles():
    starts, ends = points([0, 1], [0, 1], [0, 1]), points([2, 1], [20, 1], [1, 5])
    found = geodesics(HalfPlane(), starts, ends, accuracy=1e-6)
    assert found.length[0].item() == pytest.approx(math.acosh(3), rel=1e-12)
    torch.testing.assert_close(found.length, half_plane_distance(starts, ends), rtol=1e-12, atol=0)
    assert found.converged.all()
    assert (found.residual < 1e-6).all()
    assert (found.speed_variation < 1e-6).all()
    x, y = found(torch.linspace(0, 1, 33, dtype=torch.float64))[0].unbind(1)
    torch.testing.assert_close((x - 1) ** 2 + y**2, torch.full_like(x, 2), rtol=1e-6, atol=0)


def test_half_plane_at_the_default_accuracy():
    found = geodesics(HalfPlane(), points([0, 1]), points([2, 1]))
    assert found.length.item() == pytest.approx(math.acosh(3), rel=1e-6)
    assert found.energy.item() == pytest.approx(math.acosh(3) ** 2 / 2, rel=1e-6)


def test_half_plane_curves_obey_the_geodesic_equation():
    found = geodesics(HalfPlane(), points([0, 1]), points([2, 1]), accuracy=1e-8)
    t = torch.linspace(0.05, 0.95, 19, dtype=torch.float64)
    h = 1e-4
    y = found(t)[0, :, 1]
    acceleration = (found.velocity(t + h) - found.velocity(t - h))[0] / (2 * h)
    dx, dy = found.velocity(t)[0].unbind(1)
    gamma = torch.stack([-2 * dx * dy / y, (dx**2 - dy**2) / y], 1)  # Christoffel symbols of I / y^2
    torch.testing.assert_close(acceleration, -gamma, rtol=0, atol=1e-5)


def test_sphere_gives_great_circles():
    starts = points([0.3, 0], [1, 0], [0.5, 0.2])  # the second comes close to the pole of the chart
    ends = points([1.2, 2], [1, 2.8], [2.5, 1])
    found = geodesics(PullbackMetric(sphere), starts, ends, accuracy=1e-6)
    p, q = sphere(starts), sphere(ends)
    torch.testing.assert_close(found.length, torch.arccos((p * q).sum(1)), rtol=1e-12, atol=0)
    normal = torch.linalg.cross(p, q)
    on_curve = sphere(found(torch.linspace(0, 1, 20, dtype=torch.float64)).flatten(0, 1)).unflatten(0, (3, 20))
    assert torch.einsum("ptk,pk->pt", on_curve, normal).abs().max() < 1e-5
    assert found.converged.all()


def test_swiss_roll_is_flat():
    starts, ends = points([1, 0], [2, 3], [0.5, -1]), points([9, 4], [4, 3], [6, 5])
    found = geodesics(PullbackMetric(swiss_roll), starts, ends, accuracy=1e-5)

    def arc(u):
        return (u * (1 + u**2).sqrt() + torch.asinh(u)) / 2

    exact = torch.hypot(arc(ends[:, 0]) - arc(starts[:, 0]), ends[:, 1] - starts[:, 1])
    torch.testing.assert_close(found.length, exact, rtol=1e-9, atol=0)
    assert found.converged.all()


def test_beyond_the_conjugate_point_the_equator_of_a_torus_is_left():
    ends = points([1.7, 0], [2.4, 0])  # the conjugate point lies at pi / sqrt(3) = 1.81
    found = geodesics(PullbackMetric(torus), points([0, 0], [0, 0]), ends, accuracy=1e-5)
    assert found.length[0].item() == pytest.approx(3 * 1.7, rel=1e-12)
    assert found.length[1] < 0.95 * 3 * 2.4
    t = torch.linspace(0, 1, 21, dtype=torch.float64)
    (u, v), (du, _) = found(t)[1].mT, found.velocity(t)[1].mT
    clairaut = (2 + v.cos()) ** 2 * du
    torch.testing.assert_close(clairaut, clairaut.mean().expand(21), rtol=1e-4, atol=0)
    assert u[-1] == pytest.approx(2.4)


def test_points_converge_with_the_order_of_the_splines():
    """Position errors of quintic elements fall with the sixth power of a piece, by regression."""
    starts, ends = points([0, 1]), points([6, 1])
    t = torch.linspace(0, 1, 33, dtype=torch.float64)
    half = half_plane_distance(starts, ends) / 2
    s = half * (2 * t - 1)
    exact = torch.stack([3 + math.sqrt(10) * s.tanh(), math.sqrt(10) / s.cosh()], 1)
    sizes = torch.tensor([16, 24, 32, 48])
    errors = [(geodesics(HalfPlane(), starts, ends, pieces=int(p), accuracy=1e-13)(t)[0] - exact).norm() for p in sizes]
    x, y = -sizes.double().log(), torch.stack(errors).log()
    slope = ((x - x.mean()) * (y - y.mean())).sum() / (x - x.mean()).square().sum()
    assert 5.7 < slope < 6.6


def test_laws_on_a_decoder():
    starts, ends = random_pairs(12)
    metric = PullbackMetric(tanh_decoder())
    found, back = geodesics(metric, starts, ends), geodesics(metric, ends, starts)
    assert found.converged.all()
    torch.testing.assert_close(found.length, back.length, rtol=1e-9, atol=0)
    assert (found.energy >= found.length**2 / 2).all()
    assert (found.length <= found.straight_length).all()
    assert (found.length < 0.995 * found.straight_length).any()
    t = torch.linspace(0, 1, 201, dtype=torch.float64)
    torch.testing.assert_close(curve_length(metric, found(t)), found.length, rtol=1e-4, atol=0)
    chords = metric.points(found(t).flatten(0, 1)).unflatten(0, (12, 201)).diff(dim=1).norm(dim=2).sum(1)
    torch.testing.assert_close(chords, found.length, rtol=1e-4, atol=0)
    torch.testing.assert_close(found(t)[:, [0, -1]], torch.stack([starts, ends], 1), rtol=0, atol=1e-12)


def test_matrix_alone_gives_the_same_geodesics():
    class Opaque:
        matrix = PullbackMetric(tanh_decoder()).matrix

    starts, ends = random_pairs()
    general = geodesics(Opaque(), starts, ends, accuracy=1e-5)
    own = geodesics(PullbackMetric(tanh_decoder()), starts, ends, accuracy=1e-5)
    torch.testing.assert_close(general.length, own.length, rtol=1e-9, atol=0)


def test_three_latents():
    starts, ends = torch.randn(2, 4, 3, generator=torch.Generator().manual_seed(2), dtype=torch.float64)
    found = geodesics(PullbackMetric(tanh_decoder((3, 12, 30))), starts, ends)
    assert found.converged.all()
    assert (found.length < found.straight_length).all()


def test_a_pair_does_not_depend_on_its_neighbours():
    starts, ends = random_pairs()
    metric = PullbackMetric(tanh_decoder())
    together = geodesics(metric, starts, ends)
    for i in range(5):
        alone = geodesics(metric, starts[i : i + 1], ends[i : i + 1])
        torch.testing.assert_close(alone.length[0], together.length[i], rtol=1e-10, atol=0)
        torch.testing.assert_close(alone.control, together[i : i + 1].control, rtol=0, atol=1e-10)


def test_a_pair_that_meets_nan_is_flagged_and_harms_no_other():
    def broken(z):
        return torch.cat([tanh_decoder()(z), torch.where(z[:, :1] > 5, torch.nan, 1.0) * z[:, :1]], 1)

    starts, ends = random_pairs()
    good = geodesics(PullbackMetric(broken), starts, ends)
    ends = torch.cat([ends, points([8, 0])])
    mixed = geodesics(PullbackMetric(broken), torch.cat([starts, points([0, 0])]), ends)
    assert mixed.converged.tolist() == [True] * 5 + [False]
    assert mixed.length[5].isnan()
    undefined = PullbackMetric(lambda z: z.log())  # whose derivative 1/z is finite all the same
    assert not geodesics(undefined, points([-1, -1]), points([-2, -3])).converged
    torch.testing.assert_close(mixed.length[:5], good.length, rtol=1e-10, atol=0)
    torch.testing.assert_close(mixed[:5].control, good.control, rtol=0, atol=1e-10)


def test_coincident_points_and_a_constant_decoder_have_length_zero():
    starts, ends = random_pairs()
    ends[1] = starts[1]
    found = geodesics(PullbackMetric(tanh_decoder()), starts, ends)
    assert found.length[1] == 0
    assert found.converged.all()
    assert found.status[1] == Status.COINCIDENT
    still = geodesics(PullbackMetric(lambda z: torch.ones(len(z), 3, dtype=z.dtype)), starts, ends)
    assert torch.equal(still.length, torch.zeros(5, dtype=torch.float64))
    assert still.status.tolist() == [Status.COINCIDENT if i == 1 else Status.DEGENERATE for i in range(5)]


def test_an_exhausted_budget_is_not_called_converged():
    starts, ends = points([1, 0]), points([1, 2.8])
    found = geodesics(PullbackMetric(sphere), starts, ends, pieces=16, iterations=1, tolerance=1e-4)
    assert not found.converged.any()
    assert found.length <= found.straight_length


def test_initial_curves_choose_the_way_round_a_torus():
    t = torch.linspace(0, 1, 65, dtype=torch.float64)[:, None]
    starts, ends = points([0, 0]), points([2.4, 0])
    above = torch.cat([2.4 * t, torch.sin(math.pi * t)], 1)[None]
    metric = PullbackMetric(torus)
    up, down = (geodesics(metric, starts, ends, initial=c) for c in (above, above * points([1, -1])))
    middle = torch.tensor([0.5], dtype=torch.float64)
    assert up(middle)[0, 0, 1] > 1
    torch.testing.assert_close(up.length, down.length, rtol=1e-9, atol=0)
    torch.testing.assert_close(up(middle) * points([1, -1]), down(middle), rtol=0, atol=1e-6)


def test_every_curve_keeps_its_own_number_of_pieces():
    starts, ends = points([0, 1], [0, 1], [0, 1]), points([0.1, 1], [200, 1], [0, 3])
    found = geodesics(HalfPlane(), starts, ends)
    assert found.pieces[1] > found.pieces[0] == found.pieces[2]
    assert len(found.control) == (found.pieces + 5).sum()
    torch.testing.assert_close(torch.stack([found.starts, found.ends]), torch.stack([starts, ends]))
    t = torch.linspace(0, 1, 9, dtype=torch.float64)
    for some in (slice(1, 3), torch.tensor([2, 0, 1]), torch.tensor([False, True, True]), slice(0, 0)):
        torch.testing.assert_close(found[some](t), found(t)[some])
        torch.testing.assert_close(found[some].velocity(t), found.velocity(t)[some])
    back = type(found).join([found[:1], found[1:]])
    torch.testing.assert_close(back.control, found.control)
    assert torch.equal(back.status, found.status)


def test_a_curve_is_asked_at_one_time_or_many_of_any_type():
    starts, ends = random_pairs()
    found = geodesics(PullbackMetric(tanh_decoder()), starts, ends)
    t = torch.linspace(0, 1, 9, dtype=torch.float64)
    for ask in (found, found.velocity):
        many = ask(t)
        assert torch.equal(ask(torch.linspace(0, 1, 9)), many)  # eighths are exact in single precision
        assert torch.equal(ask(t.numpy()), many)
        for one in (0.125, torch.tensor(0.125), torch.tensor(0.125, dtype=torch.float64), t[1:2]):
            torch.testing.assert_close(ask(one).view(5, 2), many[:, 1], rtol=0, atol=1e-12)
        assert ask(0.125).shape == ask(torch.tensor(0.125)).shape == (5, 2)
    assert torch.equal(found(0), starts)
    assert torch.equal(found(1), ends)
    third = torch.tensor([1 / 3], dtype=torch.float64)
    torch.testing.assert_close(found(1 / 3), found(third)[:, 0], rtol=0, atol=1e-14)  # a number keeps all its digits
    for bad, words in ((1.5, "time = 1.5"), (torch.nan, "time = nan"), (t.view(3, 3), "t has shape")):
        with pytest.raises(ValueError, match=words):
            found(bad)


def test_single_precision():
    starts, ends = random_pairs()
    metric = PullbackMetric(tanh_decoder())
    single, double = geodesics(metric, starts.float(), ends.float()), geodesics(metric, starts, ends)
    assert single.length.dtype == torch.float32
    assert single.converged.all()
    torch.testing.assert_close(single.length.double(), double.length, rtol=1e-5, atol=0)


def test_length_of_a_polyline_in_the_half_plane():
    up = points([0, 1], [0, 2], [0, 5])[None]
    assert curve_length(HalfPlane(), up, substeps=1000).item() == pytest.approx(math.log(5), rel=1e-6)
    across = points([0, 2], [3, 2])[None]
    assert curve_length(HalfPlane(), across).item() == pytest.approx(1.5, rel=1e-13)


def test_bad_input_is_named():
    a = points([0, 1], [1, 1])
    for call, message in (
        (lambda: geodesics(HalfPlane(), a, a[:1]), "equal shapes"),
        (lambda: geodesics(HalfPlane(), a, a.float()), "float32"),
        (lambda: geodesics(HalfPlane(), a, a * torch.nan), "not finite"),
        (lambda: geodesics(HalfPlane(), a, a, pieces=1), "pieces is 1"),
        (lambda: geodesics(HalfPlane(), a, a, initial=a), "initial has shape"),
        (lambda: geodesics(HalfPlane(), a, a, accuracy=0), "accuracy = 0: allowed: a finite number above 0"),
        (lambda: geodesics(HalfPlane(), a, a, tolerance=torch.nan), "tolerance = nan"),
        (lambda: geodesics(HalfPlane(), a, a, bounds=(a[0], a[0])), "bounds = .*: allowed: two corners of 2 latents"),
        (lambda: geodesics(HalfPlane(), a, a, bounds=(a[0, :1], a[1, :1])), "bounds = .*: allowed: two corners"),
        (lambda: curve_length(HalfPlane(), a), "points have shape"),
        (lambda: curve_length(HalfPlane(), a[None], substeps=0), "substeps is 0"),
    ):
        with pytest.raises(ValueError, match=message):
            call()


@pytest.mark.parametrize("latents", [1, 8, 50])
def test_any_number_of_latents_agrees_with_the_closed_form(latents):
    class HalfSpace:
        def matrix(self, z):
            return torch.eye(latents, dtype=z.dtype) / z[:, -1, None, None] ** 2

    starts, ends = torch.randn(2, 2, latents, generator=torch.Generator().manual_seed(5), dtype=torch.float64)
    starts[:, -1], ends[:, -1] = points(0.5, 1.5), points(2.0, 1.0)
    found = geodesics(HalfSpace(), starts, ends, accuracy=1e-4)
    assert found.converged.all()
    exact = torch.arccosh(1 + (starts - ends).square().sum(1) / (2 * starts[:, -1] * ends[:, -1]))
    torch.testing.assert_close(found.length, exact, rtol=1e-7, atol=0)


@pytest.mark.parametrize("latents", [2, 20])
def test_with_a_ridge_latents_that_a_decoder_does_not_use_are_as_flat_as_they_are(latents):
    """A spiral of the first latent has M = diag(1 + u^2, 0, ...) + r I, flat: s = int sqrt(1 + r + u^2) du."""
    ridge = 1e-3
    metric = PullbackMetric(lambda z: z[:, :1] * torch.cat([z[:, :1].cos(), z[:, :1].sin()], 1), ridge=ridge)
    starts, ends = torch.randn(2, 3, latents, generator=torch.Generator().manual_seed(2), dtype=torch.float64)
    starts[:, 0], ends[:, 0] = points(-3.0, 0.0, 1.0), points(4.0, 5.0, 6.0)
    found = geodesics(metric, starts, ends, accuracy=1e-4)
    assert found.converged.all()

    def along(z, a=(1 + ridge) ** 0.5):
        u = z[:, 0]
        return (u * (a**2 + u**2).sqrt() + a**2 * (u / a).asinh()) / 2

    rest = (ends - starts)[:, 1:].square().sum(1)
    exact = ((along(ends) - along(starts)).square() + ridge * rest).sqrt()
    torch.testing.assert_close(found.length, exact, rtol=1e-8, atol=0)


@pytest.mark.parametrize("latents", [2, 3, 4, 8])
def test_damping_holds_directions_that_a_metric_of_many_latents_does_not_measure(latents):
    measured = torch.logspace(0, -12, latents, dtype=torch.float64)

    class Flat:
        def matrix(self, z):
            return torch.diag(measured).expand(len(z), -1, -1) + 0 * z.sum(1)[:, None, None]

    control = torch.randn(latents, 13, 1, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    g, damping = grid(8, SEEN, control), torch.tensor([0.5], dtype=torch.float64)
    seen = observe(Flat(), control, g).seen
    diagonal = hessian(_rounder(seen, damping), g, 1 + damping)[:latents, 0, 0]
    expected = 1.5 * measured + 0.5 * measured.mean() * (latents > 3)
    torch.testing.assert_close(diagonal / diagonal[0], expected / expected[0], rtol=1e-12, atol=0)


@pytest.mark.parametrize("latents", [3, 4, 8])
def test_in_many_latents_damping_grows_until_newtons_matrix_is_definite(latents):
    """Beside the top of a hill the energy of a straight line curves downwards."""
    hill = PullbackMetric(lambda z: torch.cat([z, 2 * torch.exp(-20 * z.square().sum(1, keepdim=True))], 1))
    ends = torch.zeros(1, 2, latents, dtype=torch.float64)
    ends[0, :, 0], ends[0, :, 1] = points(-0.8, 0.8), 0.02
    control = constant_speed(hill, ends, 16)[0]
    g, none = grid(16, SEEN, control), torch.zeros(1, dtype=torch.float64)
    state = observe(hill, control, g)
    *_, damping = _step(state, g, none, none + 1, 1e-3)

    def indefinite(damping):
        band = hessian(_rounder(state.seen, damping), g, 1 + damping)
        return banded.solve(band, -state.gradient, none + 1e-12).indefinite

    assert indefinite(none)
    assert (damping > 0) == (latents > 3)
    assert indefinite(damping) == (latents <= 3)


@pytest.mark.parametrize("latents", [3, 4])
def test_in_many_latents_a_curve_that_has_left_its_bounds_is_not_pursued_on_finer_pieces(latents):
    def hill(z):
        return torch.cat([z, 2 * torch.exp(-20 * z.square().sum(1, keepdim=True))], 1)

    starts, ends = torch.zeros(2, 1, latents, dtype=torch.float64)
    starts[:, 0], ends[:, 0], ends[:, 1] = -0.8, 0.8, 0.05
    corner = torch.ones(latents, dtype=torch.float64)
    narrow = (-corner, torch.cat([points(1.0, 0.1), corner[2:]]))
    boxes = ((-corner, corner), narrow)
    inside, outside = (geodesics(PullbackMetric(hill), starts, ends, bounds=box, accuracy=1e-5) for box in boxes)
    assert inside.status == Status.CONVERGED
    assert outside.status == Status.OUTSIDE
    assert (outside.pieces == inside.pieces) == (latents == 3)
    assert outside.pieces <= inside.pieces


def test_in_many_latents_a_saddle_is_left_by_a_pair_that_was_damped():
    """A symmetric curve over a hill, bent where the metric is flat, descends to the straight line: a saddle."""
    hill = PullbackMetric(lambda z: torch.cat([z, torch.exp(-4 * z[:, :2].square().sum(1, keepdim=True))], 1))
    way = points([-0.8, 0, 0, 0], [0, 0, 0.1, 0], [0.8, 0, 0, 0])
    bent, _ = constant_speed(hill, way[None], 16)
    straight = constant_speed(hill, way[None, ::2], 16)[1]
    found, rest = descend(hill, bent, 16, iterations=60, last_step=0.03)
    assert rest
    assert found[1].abs().max() > 0.4
    assert (2 * observe(hill, found, grid(16, SEEN, found)).energy).sqrt() < 0.9 * straight
