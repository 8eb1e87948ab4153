import numpy as np
import pytest
from scipy.stats import norm
from sklearn.model_selection import LeaveOneOut, cross_val_score
from sklearn.neighbors import KNeighborsClassifier, NearestNeighbors

from curvae.claims import measure_square, roughness
from curvae.claims.neighbours import arrangement, crossings, neighbour_accuracy, neighbours, purity
from curvae.claims.points import arc_length, diamond, kurtosis, normal_distance, occupied, turning


@pytest.fixture
def square():
    points = np.random.default_rng(0).random((2000, 2))
    return points, 2 * (points[:, 0] < 0.5) + (points[:, 1] < 0.5)


def test_neighbours_agree_with_an_independent_search():
    codes = np.random.default_rng(1).normal(size=(300, 3))
    expected = NearestNeighbors(n_neighbors=5).fit(codes).kneighbors(return_distance=False)
    np.testing.assert_array_equal(neighbours(codes, 5), expected)


def test_equal_codes_are_no_neighbours_of_themselves():
    found = neighbours(np.zeros((50, 2)), 10)
    assert found.shape == (50, 10)
    assert not (found == np.arange(50)[:, None]).any()
    assert all(len(set(row)) == 10 for row in found)


def test_purity_of_clusters_is_one_and_of_noise_a_quarter():
    rng = np.random.default_rng(2)
    labels = np.repeat([0, 1, 2, 3], 500)
    centres = 100.0 * np.array([[0, 0], [0, 1], [1, 0], [1, 1]])
    assert purity(centres[labels] + rng.normal(size=(2000, 2)), labels) == 1
    assert purity(rng.normal(size=(2000, 2)), labels) == pytest.approx(0.25, abs=0.01)
    assert purity(np.zeros((2000, 2)), rng.permutation(labels)) == pytest.approx(0.25, abs=0.01)


def test_accuracy_agrees_with_an_independent_leave_one_out():
    rng = np.random.default_rng(3)
    labels = rng.integers(3, 9, size=150)
    codes = rng.normal(size=(150, 2)) + labels[:, None]
    expected = cross_val_score(KNeighborsClassifier(7), codes, labels, cv=LeaveOneOut()).mean()
    assert 0.3 < neighbour_accuracy(codes, labels) < 0.9
    assert neighbour_accuracy(codes, labels) == pytest.approx(expected, abs=1e-12)


def test_roughness_of_affine_and_bent_decoders():
    slopes = np.random.default_rng(0).normal(size=(3, 2, 5))
    # of the first 2000 draws, not of N(0, I): mean and variance are a sample's
    assert roughness(lambda z: z @ slopes + 7, 3, 2) == pytest.approx(np.ones(3), rel=0.03)
    # f = z^2 - 1: E f'^2 = 4, Var f = 2
    assert roughness(np.square, 1, 1, draws=200_000) == pytest.approx([2**0.5], rel=0.01)
    # f = sin(k z): E f'^2 = k^2 (1 + exp(-2 k^2)) / 2, Var f = (1 - exp(-2 k^2)) / 2
    for k in (0.5, 2.0):
        exact = k * np.sqrt((1 + np.exp(-2 * k * k)) / (1 - np.exp(-2 * k * k)))
        assert roughness(lambda z, k=k: np.sin(k * z), 1, 1, draws=200_000) == pytest.approx([exact], rel=0.01)
    assert np.isnan(roughness(np.zeros_like, 2, 2)).all()


def test_a_known_zig_zag():
    # right, up, right, up: three right angles; repeated points have no direction
    line = np.array([[0, 0], [1, 0], [1, 0], [1, 1], [2, 1], [2, 2.0]])
    assert turning(line) == pytest.approx(270, abs=1e-12)
    assert arc_length(line) == 4
    assert turning(np.linspace([0, 0], [3, 1], 50)) == pytest.approx(0, abs=1e-9)
    there_and_back = np.array([[0, 0], [2, 1], [0, 0.0]])
    assert turning(there_and_back) == pytest.approx(180, abs=1e-12)
    assert turning(np.zeros((4, 2))) == 0


def test_a_circle_turns_once():
    angle = np.linspace(0, 2 * np.pi, 601)
    circle = 0.4 * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    assert turning(circle) == pytest.approx(360 * 599 / 600, abs=1e-9)
    assert arc_length(circle) == pytest.approx(600 * 0.8 * np.sin(np.pi / 600), abs=1e-12)


def test_cells_inside_the_square_count_once_and_outside_not():
    assert occupied(np.array([[0.05, 0.05], [0.06, 0.01], [0.95, 1.0], [1.2, 0.5], [-0.1, 0.5]])) == 0.02
    centres = np.stack(np.meshgrid(np.arange(10) + 0.5, np.arange(10) + 0.5), axis=-1).reshape(-1, 2) / 10
    assert occupied(centres) == 1
    assert occupied(centres[:, [0, 0]]) == 0.1


def test_normal_distance_of_known_distributions():
    quantiles = (np.arange(10000) + 0.5) / 10000
    assert normal_distance(3 + 7 * norm.ppf(quantiles)) < 1e-3
    # sup over x of | (1 + x / sqrt(3)) / 2 - Phi(x) | is .0572, at phi(x) = 1 / (2 sqrt(3))
    x = np.sqrt(-2 * np.log(np.sqrt(2 * np.pi) / (2 * np.sqrt(3))))
    assert normal_distance(quantiles) == pytest.approx(norm.cdf(x) - (1 + x / np.sqrt(3)) / 2, abs=2e-4)
    assert normal_distance(np.full(10, 3.0)) == 0.5


def test_a_perfect_autoencoder_measures_perfect(square):
    points, quadrant = square
    found = measure_square(points[:, ::-1], [0.5, 2.0], points, points, quadrant)
    assert found["mse"] == 0
    assert found["low_quantile"] == np.quantile(points, 0.005)
    assert found["occupied"] == 1
    assert found["purity"] == found["purity_points"] == purity(points, quadrant) > 0.95
    assert (found["kl_total"], found["kl_least"], found["kl_most"]) == (2.5, 0.5, 2.0)
    assert "turning" not in found


def test_the_low_quantile_and_the_error_are_exact(square):
    points, quadrant = square
    grid = np.linspace(0.2, 0.8, 4000).reshape(2000, 2)
    found = measure_square(points, [1.0, 1.0], grid, points, quadrant)
    assert found["low_quantile"] == pytest.approx(0.2 + 0.005 * 0.6, abs=1e-12)
    assert measure_square(points, [1.0, 1.0], points + np.array([0.1, 0.3]), points, quadrant)["mse"] == pytest.approx(
        0.05
    )


def test_a_straight_line_through_the_square_leaves_a_twenty_fourth(square):
    points, quadrant = square
    flat = np.stack([points[:, 0], np.full(2000, 0.5)], axis=1)
    line = np.linspace([0, 0.5], [1, 0.5], 100)
    found = measure_square(points[:, :1], [1.0], flat, points, quadrant, line)
    assert found["mse"] == pytest.approx(1 / 24, rel=0.03)
    assert found["turning"] == pytest.approx(0, abs=1e-9)
    assert found["arc_length"] == pytest.approx(1, abs=1e-12)


def test_a_diverged_member_has_no_numbers(square):
    points, quadrant = square
    found = measure_square(np.full((2000, 2), np.nan), [np.nan] * 2, points, points, quadrant)
    assert set(found) == set(measure_square(points, [1, 1], points, points, quadrant))
    assert np.isnan(list(found.values())).all()


def test_shapes_that_do_not_agree_are_refused(square):
    points, quadrant = square
    with pytest.raises(ValueError, match="codes"):
        measure_square(points, [1.0], points, points, quadrant)
    with pytest.raises(ValueError, match="quadrant"):
        measure_square(points, [1.0, 1.0], points, points, quadrant[1:])
    with pytest.raises(ValueError, match="k = 10"):
        neighbours(points[:10], 10)
    with pytest.raises(ValueError, match="finite"):
        neighbours(np.array([[0.0], [np.nan], [1.0]]), 1)


def test_kurtosis_of_known_distributions():
    quantiles = (np.arange(100000) + 0.5) / 100000
    assert kurtosis(quantiles) == pytest.approx(1.8, abs=1e-8)
    assert kurtosis(3 + 7 * norm.ppf(quantiles)) == pytest.approx(3, abs=0.01)
    assert kurtosis([-1, 1]) == 1
    assert kurtosis(np.full(10, 3.0)) == 0


def test_a_diamond_is_told_from_a_disc_and_a_square():
    square = np.random.default_rng(0).uniform(-1, 1, (20000, 2))
    turned = square @ np.array([[1, 1], [-1, 1]])  # a diamond with its corners on the axes
    disc = square[np.hypot(*square.T) < 1]
    found = [diamond(codes) for codes in (turned, disc, square)]
    # corners beyond the quantile: .9975 / .95, 2 - sqrt(2) * 0.1 over .9975, by areas
    np.testing.assert_allclose(found, [0.9975 / 0.95, np.sqrt(2), 1.9 / 0.9975], atol=0.03)
    assert diamond(5 + square * [3, 0.1]) == pytest.approx(found[2], abs=1e-9)
    assert np.isnan(diamond(np.zeros((10, 2))))


def test_lines_across_stripes_pass_what_lies_between():
    rng = np.random.default_rng(3)
    codes = rng.uniform(0, 5, (2000, 2))
    stripes = codes[:, 0].astype(int)
    apart = np.abs(np.subtract.outer(stripes, stripes))
    expected = (apart > 1).sum() / (apart > 0).sum()
    assert crossings(codes, stripes, 2000, 40) == pytest.approx(expected, abs=0.06)
    assert crossings(codes, stripes > 2, 200, 10) == 0
    assert crossings(codes, rng.permutation(stripes), 200, 10) < 0.05
    with pytest.raises(ValueError, match="all the same"):
        crossings(codes, np.zeros(2000), 10, 10)


def test_draws_of_the_posterior_stand_for_the_codes_where_they_are_given(square):
    points, quadrant = square
    drawn = np.random.default_rng(1).normal(size=points.shape)
    bare, found = (measure_square(points, np.ones(2), points, points, quadrant, drawn=z) for z in (None, drawn))
    means, draws = bare["ks_draws"], found["ks_draws"]
    assert found["ks"] == bare["ks"] == means
    assert means == pytest.approx(0.057, abs=0.01)  # of a uniform distribution
    assert draws < 0.03


def test_arrangements_are_compared_up_to_a_similarity():
    rng = np.random.default_rng(0)
    places, other = rng.normal(size=(2, 10, 2))
    turned = 3 * places @ [[0.6, 0.8], [0.8, -0.6]] + 5
    assert arrangement(places, turned, draws=99) == (pytest.approx(0, abs=1e-12), 0.01)
    apart, share = arrangement(places, other, draws=99)
    assert 0.3 < apart < 1
    assert share > 0.05


@pytest.mark.parametrize("bad", [np.full((10, 2), 3.0), np.full((10, 2), np.nan)])
def test_what_lies_in_one_place_or_is_not_finite_has_no_arrangement(bad):
    places = np.random.default_rng(0).normal(size=(10, 2))
    assert np.isnan([arrangement(places, bad, draws=9), arrangement(bad, places, draws=9)]).all()
