"""Lines between codes, pairs of classes, and what is measured on the way."""

import numpy as np
import pytest

from curvae.generation.between import Neighbours, between_table, leaps, median_leap, pairs_of_classes, straight


def test_lines_are_straight_and_even():
    first, last = np.random.default_rng(0).normal(size=(2, 4, 5, 3))
    line = straight(first, last, 5)
    assert line.shape == (4, 5, 5, 3)
    np.testing.assert_allclose(line[:, :, 0], first)
    np.testing.assert_allclose(line[:, :, -1], last)
    np.testing.assert_allclose(np.diff(line, n=2, axis=2), 0, atol=1e-14)


def test_pairs_are_of_different_classes():
    labels = np.repeat([0, 1, 2], [50, 3, 2])
    pairs = pairs_of_classes(labels, 40, seed=1)
    assert pairs.shape == (40, 2)
    assert (labels[pairs[:, 0]] != labels[pairs[:, 1]]).all()
    np.testing.assert_array_equal(pairs, pairs_of_classes(labels, 40, seed=1))
    with pytest.raises(ValueError, match="one class"):
        pairs_of_classes(np.zeros(5), 3)


def test_even_steps_and_one_leap_are_told_apart():
    even = np.linspace(0, 1, 10)[:, None, None] * np.ones((1, 1, 4, 4))
    leap = (np.arange(10) > 6)[:, None, None] * np.ones((1, 1, 4, 4))
    assert leaps(even).tolist() == pytest.approx([1 / 9])
    assert leaps(leap).tolist() == leaps(0 * leap).tolist() == [1.0]
    halves = np.array([0, 3, 4, 6, 6])[:, None, None] * np.ones((1, 1, 2, 2))
    assert leaps(halves).tolist() == [0.5]
    draws = np.random.default_rng(0).normal(size=(2, 20, 3))
    slopes = np.random.default_rng(1).normal(size=(2, 3, 25))
    assert median_leap(lambda z: (z @ slopes).reshape(2, -1, 5, 5), draws).tolist() == pytest.approx([1 / 9] * 2)


def test_a_blend_is_grey_and_far_from_both_ends():
    rng = np.random.default_rng(0)
    ends = (rng.random((2, 6, 8, 8)) < 0.5).astype(float)
    share = np.linspace(0, 1, 3)[:, None, None]
    blends = ends[0][:, None] * (1 - share) + ends[1][:, None] * share
    table = between_table(blends, Neighbours(np.concatenate(ends)))
    assert table["fraction"].tolist() == [0, 0.5, 1]
    np.testing.assert_allclose(table["distance"].iloc[[0, 2]], 0, atol=1e-6)
    apart = np.sqrt(np.square(ends[0] - ends[1]).mean((1, 2)))
    assert table["distance"].iloc[1] == pytest.approx((apart / 2).mean(), rel=1e-5)
    np.testing.assert_allclose(table["sharpness"].iloc[[0, 2]], 1)
    assert table["sharpness"].iloc[1] < 0.6
    assert (table["distance_low"] <= table["distance"]).all()
