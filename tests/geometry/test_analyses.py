"""What is made of a trained decoder's geometry: planted answers, closed forms, and bad input."""

import numpy as np
import pandas as pd
import pytest
import torch

from curvae import store
from curvae.data.classes import classes
from curvae.geometry import (
    PullbackMetric,
    Status,
    bounding_box,
    compare_distances,
    compare_groups,
    compare_mixtures,
    extrapolate,
    fit_precision,
    geodesics,
    lay_out,
    likely_moves,
    open_metric,
    open_table,
    pairwise_distances,
    random_walks,
    regions,
    summarise_groups,
    tabulate,
)
from curvae.geometry.groups import agreement, draw, f_measure
from curvae.geometry.likely import natural, step_covariance


def normal(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def uniform(*shape, seed=0):
    return torch.rand(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


class Flat:
    def matrix(self, z):
        return 4 * torch.eye(z.shape[1], dtype=z.dtype).expand(len(z), -1, -1)


def wall(z):
    """A plane with a step of height 10 across z1 = 0."""
    return torch.stack([z[:, 0], z[:, 1], 5 * torch.tanh(4 * z[:, 0])], 1)


@pytest.fixture(scope="module")
def walled():
    """Two classes on either side of the wall, longer along it than across, and the metric."""
    side = np.arange(80) % 2
    z = torch.stack([torch.as_tensor(side - 0.5) + 0.05 * normal(80), 3 * (2 * uniform(80) - 1)], 1)
    return tabulate(PullbackMetric(wall), z, accuracy=1e-2, room=0.1), z, side


@pytest.fixture(scope="module")
def blobs():
    labels = np.arange(120) % 2
    return torch.as_tensor(6.0 * labels)[:, None] + 0.5 * normal(120, 2), labels


def test_a_wall_is_seen_by_the_riemannian_distance_alone(walled):
    table, z, side = walled
    found = compare_groups(table, z, side, [[0, 1]], count=10, repeats=2, neighbours=3, table=table)
    value = found.set_index(["distance", "method", "score", "draw"])["value"].sort_index()
    assert (value["Riemannian"] == 1).all()
    assert value["Euclidean", "k-means", "adjusted Rand"].max() < 0.2
    assert found["converged"].min() > 0.95
    assert found["rest"].notna().tolist() == (found["method"] == "k-means").tolist()
    assert found["rest"].dropna().all()
    assert len(found) == 2 * 2 * 7


def test_the_share_of_geodesics_leaves_out_codes_and_themselves():
    class Parted:
        def matrix(self, z):
            return torch.eye(2).to(z) * torch.where(z[:, :1].abs() < 0.5, torch.nan, 1)[..., None]

    z = torch.tensor([[-1.0, 0], [1, 0]]).double()
    found = compare_groups(Parted(), z, np.arange(2), [[0, 1]], count=1, repeats=1, neighbours=1)
    assert found.groupby("distance")["converged"].max().to_dict() == {"Riemannian": 0, "Euclidean": 1}


def test_regions_of_clusters_follow_the_wall(walled):
    table, z, side = walled
    found = regions(table, z, side, [0, 1], count=10, side=5, neighbours=3, table=table)
    own = found.sel(distance="Riemannian")
    np.testing.assert_array_equal(own["cluster"], found["truth"])
    np.testing.assert_array_equal(own["region"][:, [0, 1]], 0)
    np.testing.assert_array_equal(own["region"][:, [3, 4]], 1)
    assert len(np.unique(found.sel(distance="Euclidean")["region"][:, 0])) == 2


def test_separate_clusters_on_a_flat_metric_are_found_by_both_distances(blobs):
    found = compare_groups(Flat(), *blobs, [[0, 1]], count=8, repeats=2, neighbours=5)
    assert (found["value"] == 1).all()


def test_draws_are_summarised_with_students_interval():
    values = {"Riemannian": (0.9, 0.8, 0.7), "Euclidean": (0.7, 0.7, 0.7)}
    rows = [("0 1", k, "k-means", d, "NMI", v) for d, own in values.items() for k, v in enumerate(own)]
    table = pd.DataFrame(rows, columns=["subset", "draw", "method", "distance", "score", "value"])
    found = summarise_groups(table).set_index("distance")
    np.testing.assert_allclose(found["value"][["Riemannian", "Euclidean", "difference"]], [0.8, 0.7, 0.1])
    reach = 4.302652729911275 * 0.1 / np.sqrt(3)  # 97.5 % quantile of Student's t with two degrees of freedom
    np.testing.assert_allclose(found.loc["difference", ["low", "high"]].astype(float), [0.1 - reach, 0.1 + reach])
    assert summarise_groups(table[table["draw"] == 0])[["low", "high"]].isna().all(axis=None)


def test_distances_on_a_flat_metric_are_twice_the_euclidean_ones(blobs):
    arrays, table = compare_distances(Flat(), *blobs, count=20, neighbours=3)
    own, other = arrays["length"].values
    np.testing.assert_allclose(own, 2 * other, rtol=1e-6, atol=1e-9)
    assert (np.diff(arrays["label"]) >= 0).all()
    value = table.set_index("statistic")["value"]
    assert value["pairs"] == 190
    assert value["triangle violation"] < 1e-6
    for name in ("converged", "rank correlation", "accuracy Riemannian", "accuracy Euclidean"):
        assert value[name] == pytest.approx(1)
    with pytest.raises(ValueError, match="count = 121: allowed: 2 to 120"):
        compare_distances(Flat(), *blobs, count=121)


def test_agreement_of_clusters_with_classes():
    truth = np.repeat([0, 1], 5)
    assert agreement(truth, 1 - truth) == pytest.approx({"F-measure": 1, "adjusted Rand": 1, "NMI": 1})
    assert f_measure(truth, np.zeros(10, int)) == pytest.approx(2 / 3)
    assert agreement(truth, np.zeros(10, int))["adjusted Rand"] == 0
    assert f_measure(truth, np.array([0, 0, 0, 0, 1, 1, 1, 1, 1, 1])) == pytest.approx((8 / 9 + 10 / 11) / 2)


def test_classes_are_values_or_halves():
    assert classes(np.array([[3.0], [7], [3]])).tolist() == [3, 7, 3]
    grid = np.stack(np.meshgrid(np.linspace(0, 1, 20), np.linspace(5, 6, 20)), -1).reshape(-1, 2)
    found = classes(grid)
    np.testing.assert_array_equal(found, (grid[:, 0] > 0.5) + 2 * (grid[:, 1] > 5.5))
    with pytest.raises(ValueError, match="1 to 3 factors"):
        classes(np.zeros((4, 0)))
    with pytest.raises(ValueError, match="class 1 has 1 codes: allowed: classes with 2"):
        draw(np.array([0, 0, 1]), [0, 1], 2, 0)


def test_on_a_flat_metric_every_walk_is_the_euclidean_one(blobs):
    box = torch.tensor([-20.0, -20]).double(), torch.tensor([20.0, 20]).double()
    arrays, table = random_walks(Flat(), blobs[0], box, paths=3, steps=50, stride=0.2)
    for name in ("brownian", "random walk"):
        np.testing.assert_allclose(arrays["walks"].sel(walk=name), arrays["walks"].sel(walk="euclidean"), atol=1e-9)
    steps = arrays["walks"].diff("step")
    assert float((steps**2).mean()) == pytest.approx(0.04, rel=0.2)
    assert len(table) == 9
    assert (table["refused"] == 0).all()


def test_walks_stay_where_the_metric_grows_away_from_the_codes():
    class Basin:
        def matrix(self, z):
            return torch.exp(2 * z.square().sum(1))[:, None, None] * torch.eye(2, dtype=z.dtype)

    codes = 2 * uniform(500, 2) - 1
    box = torch.tensor([-9.0, -9]).double(), torch.tensor([9.0, 9]).double()
    _, table = random_walks(Basin(), codes, box, paths=5, steps=400, stride=0.1)
    farthest = table.groupby("walk")["farthest"].mean()
    assert farthest["brownian"] < 0.8 * farthest["euclidean"]
    with pytest.raises(ValueError, match="paths = 501"):
        random_walks(Basin(), codes, box, paths=501, steps=1, stride=0.1)
    with pytest.raises(ValueError, match="singular at 500 codes"):
        random_walks(PullbackMetric(lambda z: 0 * z), codes, box, paths=1, steps=1, stride=0.1)


def test_mixtures_are_gaussian_on_a_flat_metric(blobs):
    z, labels = blobs
    arrays, table = compare_mixtures(
        Flat(), (z[:60], labels[:60]), (z[60:], labels[60:]), [[0, 1]], count=20, held_out=20, samples=64,
        iterations=20, side=5,
    )  # fmt: skip
    assert table["gain"].abs().max() < 0.05
    assert (table["low"] < table["value"]).all()
    assert (table["status"] == "converged").all()
    own, other = arrays["log_density"].values
    near = other > -6
    np.testing.assert_allclose(own[near], other[near], atol=0.3)
    assert arrays["sample"].shape == (2, 40, 2)


def test_a_mixture_that_reaches_beyond_the_metric_says_so(walled):
    _, z, side = walled
    small = tabulate(PullbackMetric(wall), z, accuracy=1, room=0.0)
    _, rows = compare_mixtures(
        small, (z, side), (z, side), [[0, 1]], count=8, held_out=2, samples=32, iterations=1, side=3, table=small
    )
    land = rows.set_index("model").loc["LAND"]
    assert "lies beyond the metric" in land["status"]
    assert np.isnan(land["value"])
    assert np.isfinite(rows.set_index("model").loc["Gaussian", "value"])


def test_likely_directions_of_a_sheet():
    size = torch.tensor([1.0, 0.3, 0.001]).double()
    steps = normal(3000, 3) * size
    codes = steps.cumsum(0) * 0.1 + normal(3000, 3, seed=1) * size
    scale = torch.tensor([0.1, 1, 10]).double()
    arrays, table = likely_moves(
        lambda z: z * scale + 5,
        codes,
        likelihood="gaussian",
        trajectory=np.zeros(3000, int),
        predicted=torch.diag_embed(size.square()).expand(3000, 3, 3),
        points=40,
    )
    value = table.set_index(["statistic", "definition", "axis"])["value"]
    assert value["unlikeliest over likeliest", "steps", ""] < 1e-4
    assert value["share", "steps"].sum() == pytest.approx(1)
    assert value["share", "steps", "z1"] > 0.7
    expected = 1 / (1 + 2 * scale**2)
    assert value["spectrum", "posterior", "3"] == pytest.approx((expected[2] / expected[0]).item())
    assert value["spectrum", "predicted", "2"] == pytest.approx(0.09)
    for pair in (("steps", "predicted"), ("steps", "posterior"), ("steps", "codes"), ("posterior", "codes")):
        assert value["agreement unlikeliest", pair[0], pair[1]] > 0.99
    assert 0.3 < value["agreement unlikeliest", "chance", ""] < 0.7
    assert value["image", "posterior", "unlikeliest"] > 10 * value["image", "posterior", "likeliest"]
    assert ((table["low"] <= table["value"]) & (table["value"] <= table["high"])).all()
    assert arrays["film"].shape == (2, 5, 3)


def test_steps_do_not_join_trajectories():
    codes = torch.tensor([[0.0, 0], [1, 0], [100, 0], [101, 0.5]]).double()
    found = step_covariance(codes, codes[:1], torch.tensor([0, 0, 1, 1]), neighbours=2)
    expected = torch.tensor([[[0, 0], [0, 0.125]]]).double()
    torch.testing.assert_close(found, expected)


def test_natural_features_pull_back_the_fisher_information():
    z = normal(4, 1)
    p = z.sigmoid()
    bernoulli = PullbackMetric(natural(torch.sigmoid, "bernoulli")).matrix(z)
    torch.testing.assert_close(bernoulli[:, 0], (p * (1 - p)), rtol=1e-9, atol=0)
    torch.testing.assert_close(
        PullbackMetric(natural(lambda x: x, "gaussian")).matrix(z)[:, 0], 2 * torch.ones(4, 1).double()
    )
    saturated = torch.tensor([[-800.0], [40], [800]]).double()
    assert PullbackMetric(natural(torch.sigmoid, "bernoulli")).matrix(saturated).abs().max() < 1e-15
    with pytest.raises(ValueError, match="allowed: bernoulli, gaussian"):
        natural(torch.sigmoid, "poisson")


def test_a_space_comes_back_from_disk(tmp_path):
    codes, noise = normal(60, 2), 0.1 * normal(60, 3, seed=1)
    arrays = lay_out(wall, codes, wall(codes) + noise, precision={"centres": 8, "floor": 0.1}, grid=7)
    store.write_arrays(tmp_path / "space.zarr", arrays)
    kept = store.open_arrays(tmp_path / "space.zarr")
    metric, table = open_metric(kept, wall), open_table(kept)
    z = codes[:9]
    true = metric.matrix(z)
    assert (torch.linalg.det(true) > torch.linalg.det(PullbackMetric(wall).matrix(z))).all()
    torch.testing.assert_close(table.matrix(z), true, rtol=0.05, atol=0.05)
    assert arrays["magnification"].shape == (7, 7)
    assert np.isfinite(arrays["magnification"]).all()
    for axis, name in enumerate(("z1", "z2")):  # a corner rounded outwards has no metric
        assert arrays[name].values[[0, -1]].tolist() == [table.low[axis].item(), table.high[axis].item()]
    found = geodesics(metric, z[:4], z[4:8], table=table)
    assert found.converged.all()


@pytest.mark.parametrize("seed", range(4))
def test_the_map_of_the_magnification_ends_where_the_table_does(seed):
    codes = normal(30, 2, seed=seed)
    arrays = lay_out(lambda z: 2 * z, codes, codes, precision=None, grid=5)
    for axis, name in enumerate(("z1", "z2")):
        assert arrays[name].values[[0, -1]].tolist() == [arrays[f"table_{end}"].values[axis] for end in ("low", "high")]
    np.testing.assert_allclose(arrays["magnification"], 4, rtol=1e-9)


def test_one_latent_needs_no_plane():
    codes = torch.linspace(-1, 1, 5).double()[:, None]
    arrays = lay_out(lambda z: torch.cat([2 * z, z.sin()], 1), codes, codes, precision=None, grid=4)
    assert "magnification" not in arrays
    table = open_table(arrays)
    found = pairwise_distances(table, codes, table=table).length
    way = torch.linspace(-1, 1, 20001).double()
    exact = torch.trapezoid((4 + way.cos() ** 2).sqrt(), way)
    assert found[0, 4].item() == pytest.approx(exact.item(), rel=1e-6)


def test_bounds_around_the_codes_tell_what_is_far_outside_of_a_decoder():
    codes = 2 * uniform(50, 2) - 1
    metric, box = PullbackMetric(wall), bounding_box(codes)
    starts, ends = codes[:3], torch.stack([codes[3], codes[4] + 1000, codes[5]])
    found = geodesics(metric, starts, ends, bounds=box)
    assert found.status.tolist() == [Status.CONVERGED, Status.OUTSIDE, Status.CONVERGED]
    distances = pairwise_distances(metric, starts, ends, bounds=box)
    assert distances.converged.all(0).tolist() == [True, False, True]
    torch.testing.assert_close(torch.stack(box), torch.stack([codes.amin(0), codes.amax(0)]) + reach(codes))
    with pytest.raises(ValueError, match="0 codes, room"):
        bounding_box(codes[:0])


def test_a_metric_that_knows_its_data_flags_what_is_far_outside():
    codes = 2 * uniform(50, 2) - 1
    std = fit_precision(wall, codes, wall(codes) + 0.1 * normal(50, 3), centres=8, floor=0.1)
    starts, ends = codes[:2], torch.stack([codes[3], codes[4] + 1000])
    for metric in (PullbackMetric(wall, codes=codes), PullbackMetric(wall, std)):
        found = geodesics(metric, starts, ends)
        assert found.status.tolist() == [Status.CONVERGED, Status.OUTSIDE]
    known = PullbackMetric(wall, codes=codes)
    assert pairwise_distances(known, starts, ends).converged.all(0).tolist() == [True, False]
    away = torch.tensor([[0.5, 0.0], [6.0, 0.0]]).double().split(1)
    everywhere = torch.full((2,), -torch.inf).double(), torch.full((2,), torch.inf).double()
    assert geodesics(known, *away).status == Status.OUTSIDE
    assert geodesics(known, *away, bounds=everywhere).status == Status.CONVERGED
    low, high = PullbackMetric(wall, codes=codes).bounds
    side = (codes.amax(0) - codes.amin(0)).amax()
    torch.testing.assert_close(torch.stack([codes.amin(0) - low, high - codes.amax(0)]), side.expand(2, 2))
    at_corners = std.radial(torch.stack(std.bounds)).amax()
    assert at_corners < 1e-6
    assert PullbackMetric(wall).bounds is None
    for bad, words in ((codes * torch.nan, "allowed: finite codes"), (codes[:1], "1 codes in one place")):
        with pytest.raises(ValueError, match=words):
            PullbackMetric(wall, codes=bad)


def reach(codes):
    """A tenth of the wider side, outwards."""
    return 0.1 * (codes.amax(0) - codes.amin(0)).amax() * torch.tensor([[-1.0], [1.0]]).double()


def test_a_geodesic_goes_on_along_the_same_great_circle():
    def sphere(z):
        return torch.stack([z[:, 0].sin() * z[:, 1].cos(), z[:, 0].sin() * z[:, 1].sin(), z[:, 0].cos()], 1)

    starts, ends = torch.tensor([[1.0, 0.0]]).double(), torch.tensor([[1.4, 1.0]]).double()
    metric = PullbackMetric(sphere)
    found = geodesics(metric, starts, ends, accuracy=1e-8)
    onward = extrapolate(metric, found, reach=0.75, times=5)[0]
    p, q = sphere(starts)[0], sphere(ends)[0]
    side = (q - (p @ q) * p) / (q - (p @ q) * p).norm()
    angle = torch.arccos(p @ q) * torch.linspace(1, 1.75, 5).double()
    torch.testing.assert_close(
        sphere(onward), angle.cos()[:, None] * p + angle.sin()[:, None] * side, rtol=0, atol=1e-6
    )
    with pytest.raises(ValueError, match="reach = 0: allowed: above 0"):
        extrapolate(metric, found, reach=0)


def test_coincident_points_and_points_far_outside_have_a_status(walled):
    table, z, _ = walled
    starts, ends = z[:3], torch.stack([z[0], z[1] + 1000, z[4]])
    found = geodesics(table, starts, ends, table=table)
    assert found.status[0] == Status.COINCIDENT
    assert found.length[0] == 0
    assert found.status[1] == Status.NOT_FINITE
    assert not found.converged[1]
    assert found.status[2] == Status.CONVERGED
    distances = pairwise_distances(table, torch.cat([z[:1], z[:1]]), table=table)
    assert distances.length.abs().max() == 0
    assert distances.converged.all()


@pytest.mark.parametrize(
    ("decoder", "codes", "words"),
    [
        (lambda z: 0 * z + 1, normal(9, 2), "singular"),
        (lambda z: z / 0 * 0, normal(9, 2), "not finite"),
        (wall, normal(9, 50), "1 to 3 latents"),
        (wall, torch.full((9, 2), torch.nan).double(), "allowed: finite"),
    ],
)
def test_decoders_and_codes_without_a_metric_are_refused(decoder, codes, words):
    with pytest.raises(ValueError, match=words):
        lay_out(decoder, codes, codes, precision=None, grid=3)


def test_a_latent_of_fifty_has_distances_and_directions():
    z = normal(4, 50)
    found = pairwise_distances(PullbackMetric(lambda x: 3 * x), z)
    torch.testing.assert_close(found.length, 3 * torch.cdist(z, z), rtol=1e-6, atol=1e-9)
    _, table = likely_moves(lambda x: x, normal(300, 50), likelihood="gaussian", points=5)
    assert (table["statistic"] == "share").sum() == 100
    with pytest.raises(ValueError, match="2 latents or more"):
        likely_moves(lambda x: x, normal(300, 1), likelihood="gaussian", points=5)
