"""The uniform square: its quadrants and its distribution."""

import numpy as np
from scipy import stats

from curvae.data.uniform import make, quadrant
from curvae.settings.data import Sizes, Uniform

SMALL = Uniform(kind="uniform", seed=1, samples=Sizes(train=2000, validation=300, test=200))


def test_quadrants_are_numbered_counter_clockwise_from_the_upper_right():
    x, y = np.array([0.75, 0.25, 0.25, 0.75, 0.5]), np.array([0.75, 0.75, 0.25, 0.25, 0.5])
    assert quadrant(x, y).tolist() == [0, 1, 2, 3, 0]


def test_factors_equal_the_points_and_their_quadrants():
    dataset = make(SMALL)
    points = dataset["images"].values
    assert points.dtype == np.float32
    assert list(dataset["coordinate"].values) == ["x", "y"]
    np.testing.assert_array_equal(dataset["factors"].sel(factor=["x", "y"]), points)
    angle = np.arctan2(points[:, 1] - 0.5, points[:, 0] - 0.5) % (2 * np.pi)
    np.testing.assert_array_equal(dataset["factors"].sel(factor="quadrant"), angle // (np.pi / 2))


def test_points_fill_the_square_uniformly():
    points = make(SMALL)["images"].values
    assert points.min() >= 0
    assert points.max() < 1
    assert len(np.unique(points, axis=0)) == len(points) == 2500
    for values in points.T:
        assert stats.kstest(values, stats.uniform.cdf).pvalue > 0.01
    counts = np.histogram2d(*points.T, bins=5, range=[[0, 1], [0, 1]])[0]
    assert stats.chisquare(counts.ravel()).pvalue > 0.01


def test_more_samples_leave_the_earlier_ones_alone():
    before, after = make(SMALL), make(SMALL.model_copy(update={"samples": Sizes(train=3000, validation=400, test=201)}))
    for flag in range(3):
        first = before["images"].values[before["split"] == flag]
        again = after["images"].values[after["split"] == flag]
        np.testing.assert_array_equal(again[: len(first)], first)
