"""The ring of Doersch's tutorial, and points that are the rows of the unit matrix."""

import math

import numpy as np
from scipy import stats

from curvae.data import ring
from curvae.data.one_hot import make as one_hot
from curvae.settings.data import OneHot, Ring, Sizes

SMALL = Ring(kind="ring", seed=1, samples=Sizes(train=20000, validation=300, test=200))


def test_radius_and_angle_have_the_known_distribution():
    dataset = ring.make(SMALL)
    radius, angle = dataset["factors"].sel(factor="radius").values, dataset["factors"].sel(factor="angle").values
    mean, deviation = 1 + math.sqrt(math.pi / 2) / 10, math.sqrt(2 - math.pi / 2) / 10
    assert (round(mean, 4), round(deviation, 4)) == (1.1253, 0.0655)
    assert abs(radius.mean() - mean) < 4 * deviation / math.sqrt(20500)
    assert abs(radius.std() - deviation) < 4 * deviation / math.sqrt(20500)
    assert stats.kstest(10 * (radius - 1), stats.rayleigh.cdf).pvalue > 0.01
    assert stats.kstest(angle, stats.uniform(-math.pi, 2 * math.pi).cdf).pvalue > 0.01


def test_points_are_the_mapped_factors_in_every_split():
    dataset = ring.make(SMALL)
    z = dataset["factors"].sel(factor=["z1", "z2"]).values
    np.testing.assert_allclose(dataset["images"].values, ring.ring(z), rtol=1e-6)
    np.testing.assert_allclose(np.linalg.norm(ring.ring(z), axis=1), 1 + np.linalg.norm(z, axis=1) / 10)
    assert np.bincount(dataset["split"].values).tolist() == [20000, 300, 200]


def test_one_hot_points_repeat_in_turn():
    dataset = one_hot(OneHot(kind="one_hot", points=3, samples=Sizes(train=7, validation=3, test=3)))
    assert dataset["factors"].values[:, 0].tolist() == [0, 1, 2, 0, 1, 2, 0, 0, 1, 2, 0, 1, 2]
    np.testing.assert_array_equal(dataset["images"].values, np.eye(3)[[0, 1, 2, 0, 1, 2, 0, 0, 1, 2, 0, 1, 2]])
