"""Measures of generated samples, against what they must be."""

import numpy as np
import pytest
from scipy.stats import wasserstein_distance

from curvae.generation import (
    code_distances,
    evenness,
    fit_classifier,
    frechet,
    generation_table,
    prior_distance,
    sharpness,
    sliced_wasserstein,
)


def test_sharpness_of_binary_grey_and_empty_images(rng):
    images = np.stack([rng.integers(0, 2, (8, 8)) * 1.0, np.full((8, 8), 0.5), np.zeros((8, 8)), np.full((8, 8), 0.9)])
    assert sharpness(images) == pytest.approx([1, 0, 1, 1 - 4 * 0.9 * 0.1])


def test_evenness_is_the_correlation_of_neighbours(rng):
    board = np.indices((64, 64)).sum(0) % 2 * 1.0
    ramp = np.tile(np.linspace(0, 1, 64), (64, 1))
    found = evenness(np.stack([board, ramp, np.ones((64, 64)), rng.random((64, 64))]))
    assert found[:3] == pytest.approx([-1, 1, 1], abs=2e-3)
    assert found[3] == pytest.approx(0, abs=0.05)


def test_the_frechet_distance_of_gaussians_is_in_closed_form(rng):
    first = rng.standard_normal((200_000, 3))
    scale, moved = np.array([2.0, 1.0, 0.5]), np.array([1.0, 0.0, -2.0])
    # commuting covariances: |m|^2 + sum (s1 - s2)^2
    expected = np.square(moved).sum() + np.square(scale - 1).sum()
    assert frechet(first, rng.standard_normal((200_000, 3)) * scale + moved) == pytest.approx(expected, rel=0.02)
    assert frechet(first, first) == pytest.approx(0, abs=1e-9)
    turn = np.linalg.qr(rng.standard_normal((3, 3)))[0]
    second = first[:500] * scale + moved
    assert frechet(first[:500] @ turn, second @ turn) == pytest.approx(frechet(first[:500], second), rel=1e-9)


def test_sliced_wasserstein_of_one_dimension_is_scipys(rng):
    first, second = rng.standard_normal((300, 1)), rng.exponential(size=(300, 1))
    expected = wasserstein_distance(first[:, 0], second[:, 0])
    assert sliced_wasserstein(first, second) == pytest.approx(expected, rel=1e-12)
    assert sliced_wasserstein(first, second[:200]) == pytest.approx(
        wasserstein_distance(first[:, 0], second[:200, 0]), rel=0.02
    )


def test_sliced_wasserstein_of_a_shift_is_the_mean_cosine(rng):
    x, moved = rng.standard_normal((50, 2)), np.array([3.0, -4.0])
    assert sliced_wasserstein(x, x + moved, directions=20_000) == pytest.approx(5 * 2 / np.pi, rel=0.01)
    assert sliced_wasserstein(x, x) == 0


def test_the_prior_is_near_itself(rng):
    assert prior_distance(rng.standard_normal((20_000, 3))) < 0.02
    # a point at 0: the mean of |N(0, 1)|
    assert prior_distance(np.zeros((20_000, 3))) == pytest.approx(np.sqrt(2 / np.pi), rel=0.02)


@pytest.mark.parametrize("broken", [np.nan, np.inf])
def test_broken_values_and_few_samples_are_refused(rng, broken):
    x = rng.standard_normal((10, 3))
    with pytest.raises(ValueError, match="1 values are not finite"):
        sliced_wasserstein(np.where(np.arange(30).reshape(10, 3) == 4, broken, x), x)
    with pytest.raises(ValueError, match="samples = 3: allowed: at least 4"):
        frechet(x[:3], x)
    with pytest.raises(ValueError, match="features = 3 and 2"):
        sliced_wasserstein(x, x[:, :2])


@pytest.fixture(scope="module")
def bars():
    """Images of a lit row, the label, among eight; with a little noise."""
    rng = np.random.default_rng(1)
    label = rng.integers(0, 8, 1500)
    images = (np.arange(8)[None, :, None] == label[:, None, None]) * np.ones((1, 1, 8))
    return np.clip(images + 0.1 * rng.standard_normal(images.shape), 0, 1).astype(np.float32), label


def test_a_classifier_learns_and_is_a_function_of_its_seed(bars):
    images, label = bars
    parts = (images[:1000], label[:1000]), (images[1000:], label[1000:])
    first, again = (fit_classifier(*parts, epochs=3, batch=20) for _ in range(2))
    assert first.accuracy > 0.95
    assert np.array_equal(first.features(images), again.features(images))
    assert first.probabilities(images).sum(1) == pytest.approx(np.ones(1500))
    with pytest.raises(ValueError, match="train = 1000 images and 5 labels"):
        fit_classifier((images[:1000], label[:5]), parts[1])


def test_the_table_ranks_what_is_plain_to_see(rng, bars):
    images, label = bars
    classifier = fit_classifier((images[:700], label[:700]), (images[700:], label[700:]), epochs=3, batch=20)
    one = np.repeat(images[:1], 400, axis=0) + 0.01 * rng.random((400, 8, 8))
    noise = rng.random((400, 8, 8))
    codes = rng.standard_normal((400, 2))
    drawn = [({"experiment": "one"}, one, codes), ({"experiment": "noise"}, noise, None)]
    table = generation_table(drawn, images[700:1100], images[1100:], classifier).set_index("experiment")
    assert table["frechet"].idxmin() == table["sliced"].idxmin() == "training images"
    assert table.loc["training images", "classes"] == pytest.approx(8, abs=0.3)
    assert table.loc["one", "classes"] < 1.5
    assert table.loc["one", "prior"] < 0.2
    assert table["prior"].isna().tolist() == [False, True, True]
    assert table["sharpness"].idxmin() == table["evenness"].idxmin() == "noise"


def test_draws_of_codes_are_ranked_by_how_far_they_are():
    """Correlated codes far off: their own Gaussian fits them, their variances fall short, N(0, I) is furthest."""
    rng = np.random.default_rng(1)
    root = np.array([[1.0, 0.0], [0.9, np.sqrt(1 - 0.81)]])
    train, test = (rng.standard_normal((n, 2)) @ root.T for n in (4000, 2000))
    mean, deviation = np.array([6.0, -6.0]), np.array([5.0, 5.0])
    drawn = [({"seed": 0}, rng.standard_normal((2000, 2)) @ root.T), ({"seed": 1}, np.zeros((2000, 2)))]
    table = code_distances(drawn, train, test, mean, deviation)
    assert table["drawn"].tolist() == ["generator"] * 2 + ["N(0, I)", "variances", "covariances", "training codes"]
    found = table.set_index("drawn")["standardised"]
    assert found["generator"].iloc[0] < 0.1 < found["variances"] < found["generator"].iloc[1] < found["N(0, I)"]
    assert found["covariances"] < 0.1 > found["training codes"]
    np.testing.assert_allclose(table["distance"], 5 * table["standardised"], rtol=1e-9)
    assert table["share"].tolist() == pytest.approx(table["distance"] / table["distance"][2])
    assert table["seed"].tolist()[:2] == [0, 1]
