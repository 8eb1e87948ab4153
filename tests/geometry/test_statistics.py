"""Motion, means, clusters and normal distributions on a manifold against closed forms."""

import math
import weakref

import pytest
import torch

from curvae.geometry import (
    LAND,
    Graph,
    PullbackMetric,
    brownian_motion,
    curve_length,
    emptiness,
    exponential_map,
    fit_precision,
    frechet_mean,
    geodesics,
    kmeans,
    kmedoids,
    likely_directions,
    local_covariance,
    logarithm_map,
    minima,
    nearest_neighbours,
    pairwise_distances,
    parallel_transport,
    posterior_covariance,
    sample_measure,
    spherical,
    statistics,
    straight,
    tabulate,
)
from curvae.geometry.land import normaliser
from curvae.geometry.motion import laplace_beltrami_drift
from curvae.geometry.statistics import EXCESS, HALVINGS, Distances, _moved, shortened


def points(*rows) -> torch.Tensor:
    return torch.tensor(rows, dtype=torch.float64)


def normal(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


class HalfPlane:
    def matrix(self, z):
        return torch.eye(2, dtype=z.dtype) / z[:, 1, None, None] ** 2


class Flat:
    def matrix(self, z):
        return points([4, 1], [1, 2]).expand(len(z), 2, 2)


class Boxed:
    """Flat where |z1| and |z2| are at most 1, and no number elsewhere."""

    def matrix(self, z):
        inside = (z.abs() <= 1).all(1)[:, None, None]
        return torch.where(inside, torch.eye(2, dtype=z.dtype), torch.nan)


def sphere(z):
    theta, phi = z.unbind(1)
    return torch.stack([theta.sin() * phi.cos(), theta.sin() * phi.sin(), theta.cos()], 1)


def test_exponential_map_has_order_four():
    z, v = points([0.2, 1.0]), points([1.0, 0.5])
    exact = exponential_map(HalfPlane(), z, v, steps=128)[:, -1]
    errors = torch.stack([(exponential_map(HalfPlane(), z, v, steps=n)[:, -1] - exact).norm() for n in (8, 16, 32)])
    orders = -errors.log2().diff()
    assert ((orders > 3.7) & (orders < 4.3)).all()


def test_parallel_transport_keeps_inner_products_and_carries_the_velocity():
    metric = PullbackMetric(sphere)
    starts, ends = points([1.0, 0], [0.6, 0.2]), points([1.2, 1.5], [2.0, 1])
    curves = geodesics(metric, starts, ends, accuracy=1e-8)
    zero, one = (torch.full((1,), t, dtype=torch.float64) for t in (0.0, 1.0))
    first, last = curves.velocity(zero)[:, 0], curves.velocity(one)[:, 0]
    torch.testing.assert_close(parallel_transport(metric, curves, first, steps=32), last, rtol=0, atol=1e-6)
    u = normal(2, 2)
    carried = parallel_transport(metric, curves, u, steps=32)
    torch.testing.assert_close(metric.inner(ends, carried, last), metric.inner(starts, u, first), rtol=0, atol=1e-6)
    torch.testing.assert_close(metric.inner(ends, carried, carried), metric.inner(starts, u, u), rtol=0, atol=1e-6)


def test_laplace_beltrami_drift():
    z = points([0.7, 0.3], [1.9, 1.0])
    expected = torch.stack([0.5 / z[:, 0].tan(), torch.zeros(2, dtype=torch.float64)], 1)
    torch.testing.assert_close(laplace_beltrami_drift(PullbackMetric(sphere), z), expected, rtol=1e-10, atol=1e-12)
    still = laplace_beltrami_drift(HalfPlane(), points([0.3, 0.8]))  # conformal, two dimensions
    torch.testing.assert_close(still, torch.zeros_like(still), rtol=0, atol=1e-12)


def test_brownian_motion_on_the_sphere_forgets_at_the_rate_of_the_laplacian():
    start = points([1.0, 0.0]).expand(4000, 2)
    paths = brownian_motion(PullbackMetric(sphere), start, steps=20, dt=0.01)
    z = sphere(paths[:, -1])[:, 2]
    # E[z_t] = z_0 exp(-t), since z is an eigenfunction of half the Laplacian with value -1
    error = z.std() / 4000**0.5
    assert abs(z.mean() - math.cos(1.0) * math.exp(-0.2)) < 3 * error + 2e-3


def test_samples_of_the_measure_of_the_sphere_are_even_in_height():
    z = sample_measure(PullbackMetric(sphere), points(0.01, 0)[:2], points(math.pi - 0.01, 6)[:2], count=20000)
    height = sphere(z)[:, 2]
    assert abs(height.mean()) < 4 / (3 * 20000) ** 0.5
    assert height.square().mean().item() == pytest.approx(1 / 3, abs=0.01)


def test_frechet_mean():
    x = normal(20, 2)
    flat = frechet_mean(Flat(), x)
    assert flat.converged
    torch.testing.assert_close(flat.point, x.mean(0), rtol=0, atol=1e-6)
    pair = frechet_mean(HalfPlane(), points([0.0, 1.0], [0.0, 9.0]), accuracy=1e-8)
    torch.testing.assert_close(pair.point, points(0.0, 3.0), rtol=1e-5, atol=1e-5)
    assert pair.variance.item() == pytest.approx(math.log(3) ** 2, rel=1e-6)


def test_weights_of_any_type_and_single_precision():
    z = normal(12, 2)
    weights = torch.arange(12) % 3
    euclidean = (weights[:, None] * z).sum(0) / weights.sum()
    found = frechet_mean(Flat(), z, weights)
    torch.testing.assert_close(found.point, euclidean)
    single = frechet_mean(HalfPlane(), torch.stack([z[:, 0], z[:, 1].exp()], 1).float(), weights)
    assert single.converged


def test_one_point_or_none_has_distances():
    one, none = points([0, 1]), torch.empty(0, 2).double()
    assert pairwise_distances(HalfPlane(), one).length.tolist() == [[0]]
    assert pairwise_distances(HalfPlane(), one, none).length.shape == (1, 0)


def test_distances_clusters_and_neighbours():
    x = torch.cat([points([-2.0, 1]) + 0.1 * normal(8, 2), points([2.0, 1]) + 0.1 * normal(8, 2, seed=1)])
    truth = torch.arange(16) // 8
    found = pairwise_distances(HalfPlane(), x)
    assert found.converged.all()
    squared = (x[:, None] - x).square().sum(2) / (2 * x[:, None, 1] * x[:, 1])
    torch.testing.assert_close(found.length, torch.arccosh(1 + squared), rtol=1e-4, atol=1e-9)
    other = pairwise_distances(HalfPlane(), x[:3], x[5:])
    torch.testing.assert_close(other.length, found.length[:3, 5:], rtol=1e-9, atol=0)
    _, labels = kmedoids(found.length, 2)
    for answer in (labels, kmeans(HalfPlane(), x, 2).labels, kmeans(None, x, 2).labels):
        assert torch.equal(answer == answer[0], truth == 0)
    assert torch.equal(nearest_neighbours(found.length, truth, 7), truth)


def test_curves_of_one_batch_are_held_at_a_time(monkeypatch):
    held, most = [], []

    def watched(metric, starts, ends, **options):
        most.append((len(starts), sum(one() is not None for one in held)))
        found = geodesics(metric, starts, ends, **options)
        held.append(weakref.ref(found))
        return found

    monkeypatch.setattr(statistics, "PAIRS", 4)
    monkeypatch.setattr(statistics, "geodesics", watched)
    x = normal(6, 2)
    found = pairwise_distances(Flat(), x)
    torch.testing.assert_close(found.length, pairwise_distances(Flat(), x, x).length, rtol=1e-9, atol=1e-9)
    assert len(most) == 4 + 9
    assert max(most) <= (4, 1)  # that of the batch before, until it is replaced


def test_a_distance_longer_than_the_way_over_a_third_point_is_found_again():
    x = normal(5, 2)
    true = pairwise_distances(Flat(), x)
    wrong = true.length.clone()
    wrong[0, 3] = wrong[3, 0] = 10 * wrong[0, 3]
    found = shortened(Flat(), x, Distances(wrong, true.converged), {})
    torch.testing.assert_close(found.length, true.length, rtol=1e-9, atol=0)
    assert found.converged.all()


def test_a_distance_that_stays_longer_has_not_converged():
    x = normal(5, 2)
    wrong = pairwise_distances(Flat(), x).length
    wrong[0, 3] = wrong[3, 0] = wrong[0, 3] / 10
    found = shortened(Flat(), x, Distances(wrong, torch.ones(5, 5, dtype=torch.bool)), {})
    torch.testing.assert_close(found.length, wrong, rtol=1e-9, atol=0)
    through = (wrong[:, :, None] + wrong).amin(1)
    assert torch.equal(found.converged, wrong <= (1 + EXCESS) * through)
    assert not found.converged.all()


def test_points_beyond_the_metrics_domain_move_neither_means_nor_centres():
    inside = torch.cat([points([-0.5, 0]) + 0.1 * normal(6, 2), points([0.5, 0]) + 0.1 * normal(6, 2, seed=1)])
    x = torch.cat([inside, points([0.6, 1.5])])
    mean = frechet_mean(Boxed(), x)
    torch.testing.assert_close(mean.point, inside.mean(0), rtol=0, atol=1e-6)
    torch.testing.assert_close(mean.variance, (inside - inside.mean(0)).square().sum(1).mean(), rtol=1e-6, atol=0)
    assert not mean.converged
    assert frechet_mean(Boxed(), inside).converged
    for data, sure in ((x, False), (inside, True)):
        found = kmeans(Boxed(), data, 2, seed=0)
        assert found.converged is sure
        centres = found.centres[found.centres[:, 0].argsort()]
        torch.testing.assert_close(centres, torch.stack([inside[:6].mean(0), inside[6:].mean(0)]), rtol=0, atol=1e-6)


def test_steps_beyond_the_metrics_domain_are_halved():
    starts, steps = (
        points([0.4, 0], [0.4, 0], [0.9, 0], [2.0, 0]),
        points([0.2, 0], [4.0, 0], [2.0**HALVINGS, 0], [0, 0]),
    )
    moved, arrived = _moved(Boxed(), starts, steps)
    torch.testing.assert_close(moved, points([0.6, 0], [0.9, 0], [0.9, 0], [2.0, 0]))
    assert arrived.tolist() == [True, True, False, False]
    alone = frechet_mean(Boxed(), points([0.0, 0], [0.5, 0]), start=points(2.0, 0))
    assert not alone.converged


def hemisphere(z):
    return torch.cat([z, (1 - z.square().sum(1, keepdim=True)).sqrt()], 1)


def test_a_decoder_beyond_whose_domain_a_step_ends_is_no_error():
    metric, middle = PullbackMetric(hemisphere), torch.zeros(1, 2).double()
    moved, arrived = _moved(metric, middle, points([2.0, 0]))
    assert arrived.all()
    torch.testing.assert_close(moved, points([math.sin(1), 0]))
    with pytest.raises(ValueError, match="lies beyond the metric"):
        normaliser(metric, middle[0], torch.eye(2).double(), samples=200)


def test_medoids_do_not_need_every_distance():
    x = torch.cat([points([-2.0, 1]) + 0.1 * normal(8, 2), points([2.0, 1]) + 0.1 * normal(8, 2, seed=1)])
    distances = torch.cdist(x, x)
    medoids, labels = kmedoids(distances, 2)
    distances[0, 9:12] = distances[9:12, 0] = torch.nan
    distances[3, 12] = distances[12, 3] = torch.inf
    own, found = kmedoids(distances, 2)
    assert torch.equal(found == found[0], labels == labels[0])
    assert sorted(own.tolist()) == sorted(medoids.tolist())


def test_normaliser_in_the_hyperbolic_plane():
    s = 0.7
    found = normaliser(HalfPlane(), points(0.3, 1.5), s**2 * torch.eye(2).double(), samples=4000)
    exact = 2 * math.pi * s * math.sqrt(math.pi / 2) * math.exp(s**2 / 2) * math.erf(s / math.sqrt(2))
    assert abs(found.log - math.log(exact)) < 3 * found.error
    assert found.error < 0.01


def test_normaliser_on_a_decoder_against_quadrature_over_the_plane():
    """C = int exp(-1/2 v'S^-1 v) sqrt|M(x)| dx with v = M(mu)^(1/2) Log_mu(x): no exponential map, no random number."""

    def sheet(z):
        return torch.cat([z, 0.4 * torch.sin(2 * z[:, :1]) * torch.cos(z[:, 1:])], 1)

    metric, mean, covariance = PullbackMetric(sheet), points(0.2, 0.3), points([0.16, 0.06], [0.06, 0.25])
    axis = torch.linspace(-3, 3, 17).double()
    grid = mean + torch.cartesian_prod(axis, axis)
    logs, curves = logarithm_map(metric, mean.expand_as(grid), grid)
    assert curves.converged.all()
    value, vector = torch.linalg.eigh(metric.matrix(mean[None])[0])
    v = logs @ (vector * value.sqrt()) @ vector.mT
    density = torch.exp(-torch.einsum("ni,ij,nj->n", v, torch.linalg.inv(covariance), v) / 2)
    exact = (density * metric.magnification(grid)).sum() * (axis[1] - axis[0]) ** 2
    found = normaliser(metric, mean, covariance, samples=4000, seed=0)
    flat = math.log(2 * math.pi) + torch.logdet(covariance).item() / 2
    assert abs(exact.log() - flat) > 5 * found.error  # the curvature is seen
    assert abs(found.log - exact.log()) < 3 * found.error


def test_what_lies_beyond_the_metrics_domain_is_no_volume():
    class Half:
        """Flat below z1 = 1.8, and no number above."""

        def matrix(self, z):
            return torch.where((z[:, 0] < 1.8)[:, None, None], torch.eye(2, dtype=z.dtype), torch.nan)

    found = normaliser(Half(), points(0.0, 0.0), torch.eye(2).double(), samples=4000)
    share = (1 + math.erf(1.8 / math.sqrt(2))) / 2
    assert abs(found.log - math.log(2 * math.pi * share)) < 3 * found.error
    assert found.error < 0.2 * abs(math.log(share))
    # E[v1; v1 < a] = -phi(a) and E[v1^2; v1 < a] = Phi(a) - a phi(a)
    edge = math.exp(-(1.8**2) / 2) / math.sqrt(2 * math.pi)
    assert found.mean.tolist() == pytest.approx([-edge / share, 0], abs=0.01)
    assert found.square.diagonal().tolist() == pytest.approx([1 - 1.8 * edge / share, 1], abs=0.02)
    lone = torch.ones(1).double()
    drawn = LAND(Half(), lone, points([0, 0]), torch.eye(2).double()[None], (found,)).sample(2000)
    assert drawn[:, 0].max() < 1.8


def test_land_on_a_flat_metric_is_the_gaussian():
    x = normal(60, 2) @ points([1, 0.5], [0, 0.4])
    model = LAND.fit(Flat(), x, samples=100, iterations=60, tolerance=1e-7)
    covariance = (x - x.mean(0)).mT @ (x - x.mean(0)) / 60
    gaussian = torch.distributions.MultivariateNormal(x.mean(0), covariance)
    torch.testing.assert_close(model.log_prob(x), gaussian.log_prob(x), rtol=0, atol=1e-3)
    assert model.converged
    assert model.sample(5).shape == (5, 2)


def test_what_leaves_the_metrics_domain_is_named():
    inside = 0.1 * normal(10, 2)
    with pytest.raises(ValueError, match="1 of 11 logarithms of points at means are not finite"):
        LAND.fit(Boxed(), torch.cat([inside, points([0.0, 1.5])]), samples=100)
    one, mean, covariance = points(1.0)[0], points([0.9, 0.9]), 1e-4 * torch.eye(2).double()
    own = normaliser(Boxed(), mean[0], covariance, samples=100)
    model = LAND(Boxed(), one[None], mean, covariance[None], (own,))
    with pytest.raises(ValueError, match="a mean left the metric's domain"):
        model._maximised(points([[3.0, 0.0]]), one[None, None], 0 * one)


def test_a_component_of_one_point_keeps_a_size():
    x = torch.cat([normal(20, 2), points([50.0, 0.0])])
    model = LAND.fit(Flat(), x, 2, samples=100)
    alone = model.weights.argmin()
    assert model.weights[alone].item() == pytest.approx(1 / 21)
    away = (x - model.means[0]).square().mean()
    spread = torch.linalg.eigvalsh(model.covariances[alone])
    assert (spread >= 1e-7 * away).all()
    assert (spread <= 1e-5 * away).all()


def test_mixture_integrates_to_one():
    x = torch.cat([points([-1.0, 1.0]) + 0.15 * normal(15, 2), points([1.0, 1.5]) + 0.15 * normal(15, 2, seed=1)])
    model = LAND.fit(HalfPlane(), x, 2, samples=400, iterations=3)
    a, b = torch.linspace(-2.6, 2.6, 21).double(), torch.linspace(0.35, 3.2, 21).double()
    grid = torch.cartesian_prod(a, b)
    total = model.log_prob(grid, accuracy=1e-2).exp().sum() * (a[1] - a[0]) * (b[1] - b[0])
    assert total.item() == pytest.approx(1, abs=0.03)


def test_directions():
    covariance = torch.diag_embed(points([0.1, 4.0, 1.0]))
    found = likely_directions(covariance)
    torch.testing.assert_close(found.variance, points([4.0, 1.0, 0.1]), rtol=1e-12, atol=0)
    torch.testing.assert_close(found.ratio, points(0.025)[:1], rtol=1e-12, atol=0)
    a = normal(5, 2)
    z = normal(3, 2)
    expected = torch.linalg.inv(torch.eye(2).double() + a.mT @ a / (2 * 0.5**2)).expand(3, 2, 2)
    metric = PullbackMetric(lambda z: z @ a.mT)
    torch.testing.assert_close(posterior_covariance(metric, z, beta=2, noise=0.5), expected, rtol=1e-10, atol=1e-12)
    flat = torch.cat([normal(500, 2), torch.zeros(500, 1).double()], 1)
    sheet = likely_directions(local_covariance(flat, flat[:4]))
    assert (sheet.ratio < 1e-10).all()
    torch.testing.assert_close(sheet.vector[:, :, -1].abs(), points([0, 0, 1]).expand(4, 3), rtol=0, atol=1e-6)


def test_interpolation():
    a, b, t = points([1.0, 0], [0, 2.0]), points([0.0, 1], [0, 4.0]), points(0, 0.5, 1)
    torch.testing.assert_close(straight(a, b, t)[:, 1], (a + b) / 2)
    ways = spherical(a, b, t)
    torch.testing.assert_close(ways[0, 1], points(1, 1) / 2**0.5)
    torch.testing.assert_close(ways[1, 1], points(0, 3))
    torch.testing.assert_close(ways[:, [0, 2]], torch.stack([a, b], 1))
    with pytest.raises(ValueError, match="no opposite ones"):
        spherical(a, -a, t)


def test_spherical_ways_between_nearly_opposite_codes_stay_within_their_lengths():
    angle = torch.tensor([3.0, 3.14, 3.1415], dtype=torch.float64)
    a = torch.tensor([[3.0, 0.0]], dtype=torch.float64).expand(3, 2)
    b = torch.stack([angle.cos(), angle.sin()], dim=1)
    t = torch.linspace(0, 1, 33, dtype=torch.float64)
    ways = spherical(a, b, t)
    torch.testing.assert_close(ways.norm(dim=2), (3 - 2 * t).expand(3, -1), rtol=1e-9, atol=1e-9)
    turned = torch.atan2(ways[..., 1], ways[..., 0])
    torch.testing.assert_close(turned, angle[:, None] * t, rtol=1e-9, atol=1e-9)


def test_emptiness_of_a_way_over_a_gap():
    codes = torch.cat([points([0.0, 0]) + 0.1 * normal(200, 2), points([10.0, 0]) + 0.1 * normal(200, 2, seed=1)])
    way = straight(points([0.0, 0], [0, 0]), points([10.0, 0], [0.05, 0]), torch.linspace(0, 1, 101).double())
    over, within = emptiness(way, codes)
    assert over > 0.9
    assert within == 0


def test_precision_falls_to_its_floor_off_the_data_and_makes_empty_space_long():
    codes = normal(400, 2)
    noise = 0.1 + 0.2 * (codes[:, :1] > 0)
    data = torch.cat([codes, codes.square()], 1) + noise * normal(400, 4, seed=1)

    def mean(z):
        return torch.cat([z, z.square()], 1)

    model = fit_precision(mean, codes, data, centres=16, floor=1e-2)
    torch.testing.assert_close(model(points([100.0, 0])), torch.full((1, 4), 10.0).double(), rtol=0.01, atol=0)
    near = model(points([-1.0, 0], [1.0, 0])).mean(1)
    assert near[0].item() == pytest.approx(0.1, rel=0.35)
    assert near[1].item() == pytest.approx(0.3, rel=0.35)
    inside, outside = (
        curve_length(PullbackMetric(model), points([a, 0], [b, 0])[None]) for a, b in ((-1.0, 1.0), (2.0, 8.0))
    )
    assert outside > 10 * inside


def test_precision_of_data_that_the_mean_meets_exactly_is_finite():
    codes = normal(50, 2)
    model = fit_precision(lambda z: z, codes, codes, centres=4)
    std = model(codes)
    assert ((std > 0) & (std < 1e-6)).all()
    assert PullbackMetric(lambda z: z, model).matrix(codes).isfinite().all()


def test_radial_functions_are_as_wide_as_their_cluster():
    around = points([1.0, 0], [-1, 0], [0, 3], [0, -3])
    codes = torch.cat([around, around / 2 + 100])
    for bandwidth, size in (("distance", 2.0), ("covariance", 5**0.5 / 2**0.5)):
        model = fit_precision(lambda z: z, codes, codes + 1, centres=2, width=1.25, bandwidth=bandwidth, iterations=1)
        near, far = model.rates[model.centres[:, 0].argsort()]
        assert near.item() == pytest.approx(0.5 / (1.25 * size) ** 2)
        assert far.item() == pytest.approx(4 * near.item())


def network(latents=2):
    """A decoder as it comes from training: its parameters require grad."""
    torch.manual_seed(0)
    layers = torch.nn.Linear(latents, 16), torch.nn.Tanh(), torch.nn.Linear(16, 8)
    return torch.nn.Sequential(*layers).double()


@pytest.mark.parametrize(
    "call",
    [
        lambda metric, z: geodesics(metric, z[:2], z[2:4]).length,
        lambda metric, z: tabulate(metric, z).coefficients,
        lambda metric, z: torch.as_tensor(Graph(metric, z).weights.toarray()),
        lambda metric, z: pairwise_distances(metric, z[:4]).length,
        lambda metric, z: pairwise_distances(metric, z).length,
        lambda metric, z: frechet_mean(metric, z[:4], iterations=1).point,
        lambda metric, z: kmeans(metric, z[:4], 2, iterations=1).centres,
        lambda metric, z: LAND.fit(metric, z, samples=20, iterations=1).log_prob(z[:2]),
        lambda metric, z: minima(metric, z[:1], z[1:2])[0].length,
        lambda metric, z: brownian_motion(metric, z, steps=1, dt=0.01),
        lambda metric, z: exponential_map(metric, z, z, steps=1),
        lambda metric, z: kmedoids(torch.cdist(z, z), 3)[0],
        lambda metric, z: emptiness(z[None], z),
        lambda metric, z: local_covariance(z, z, neighbours=2).detach(),
        lambda metric, z: fit_precision(metric.mean, z, metric.mean(z) + 0.1, centres=2, iterations=1).weights,
    ],
)
def test_parameters_and_codes_that_require_grad_change_nothing(call):
    decoder, z = network(), normal(10, 2)
    wanted = call(PullbackMetric(decoder.requires_grad_(False)), z)
    found = call(PullbackMetric(decoder.requires_grad_(True)), z.clone().requires_grad_())
    assert not found.requires_grad
    torch.testing.assert_close(found, wanted)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: kmeans(None, points([0, 1]), 2), "clusters = 2"),
        (lambda: kmeans(None, points([0, 1]), 1, iterations=-1), "iterations = -1: allowed: at least 1"),
        (lambda: frechet_mean(Flat(), points([0, 1]), iterations=0), "iterations = 0: allowed: at least 1"),
        (lambda: kmedoids(torch.zeros(1, 1), 1, iterations=0), "iterations = 0"),
        (lambda: kmedoids(torch.full((3, 3), torch.nan), 2), "distances: none is finite"),
        (lambda: nearest_neighbours(torch.zeros(2, 3), torch.zeros(3), 4), "neighbours = 4"),
        (lambda: frechet_mean(Flat(), points([0, 1]), points(-1)), "weights >= 0"),
        (lambda: frechet_mean(Flat(), points([0, 1]), points(math.nan)), "finite weights"),
        (lambda: frechet_mean(Flat(), points([0, 1], [1, 1]), points(1)), "2 points, 1 weights"),
        (lambda: frechet_mean(Flat(), points([0, 1]), points()), "1 points, 0 weights"),
        (lambda: frechet_mean(Flat(), points(0, 1)), r"shape \(2,\)"),
        (lambda: kmeans(None, points(0, 1), 1), r"shape \(2,\)"),
        (lambda: LAND.fit(Flat(), points(0, 1)), r"shape \(2,\)"),
        (lambda: pairwise_distances(Flat(), points(0, 1)), r"shape \(2,\)"),
        (lambda: pairwise_distances(Flat(), points([0, 1]), points([0, 1, 2])), r"others have shape \(1, 3\)"),
        (lambda: brownian_motion(Flat(), points([0, 1]), steps=0, dt=1), "steps = 0"),
        (
            lambda: brownian_motion(Flat(), points([0, 1]), steps=1, dt=1, bounds=(points(1, 1), points(0, 0))),
            "outside the bounds",
        ),
        (lambda: sample_measure(Boxed(), points(0, 0), points(2, 2), count=1), r"largest sqrt.* is nan"),
        (lambda: fit_precision(lambda z: z, points([0, 1]), points([0, math.nan]), centres=1), "not finite"),
        (lambda: sample_measure(Flat(), points(0, 0), points(0, 1), count=1), "low < high"),
        (lambda: exponential_map(Flat(), points([0, 1]), points([0, 1]), times=4), "steps a multiple"),
        (lambda: posterior_covariance(Flat(), points([0, 1]), beta=0), "beta = 0"),
        (lambda: local_covariance(points([0, 1]), points([0, 1])), "neighbours = 200"),
        (lambda: LAND.fit(Flat(), points([0, 1]), samples=1), "samples = 1"),
        (lambda: LAND.fit(Flat(), points([0, 1], [0, 1])), "2 points in one place"),
        (lambda: parallel_transport(Flat(), None, points([0, 1]), steps=0), "steps = 0"),
        (lambda: fit_precision(lambda z: z, points([0, 1]), points([0, 1]), floor=0), "floor = 0"),
        (lambda: fit_precision(lambda z: z, points([0, 1]), points([0, 1]), bandwidth="x"), "bandwidth = 'x': allowed"),
    ],
)
def test_bad_arguments_are_named(call, words):
    with pytest.raises(ValueError, match=words):
        call()
