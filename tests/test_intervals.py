"""Student's interval of a mean: scipy's, with every case counted."""

import numpy as np
import pytest
from scipy.stats import ttest_1samp

from curvae.intervals import mean_interval


@pytest.mark.parametrize("shape", [(5,), (2, 3), (30, 2, 4)])
def test_it_is_students(rng, shape):
    values = rng.normal(1, 2, shape)
    mean, low, high = mean_interval(values)
    expected = ttest_1samp(values, 0).confidence_interval(0.95)
    np.testing.assert_allclose(mean, values.mean(0), rtol=1e-14)
    np.testing.assert_allclose([low, high], expected, rtol=1e-12)


def test_a_case_that_is_no_number_counts(rng):
    values = rng.normal(size=(4, 2))
    alone = mean_interval(values[:, 1])
    values[2, 0] = np.nan
    for found, sound in zip(mean_interval(values), alone, strict=True):
        assert np.isnan(found[0])
        assert found[1] == sound


def test_what_is_forgotten_at_once_has_no_width():
    assert mean_interval(np.array([-np.inf, -np.inf, 1.0])) == (-np.inf,) * 3


def test_fewer_than_two_cases_have_no_interval_and_none_has_no_mean():
    assert mean_interval(np.array([3.0]))[0] == 3
    assert np.isnan(mean_interval(np.array([3.0]))[1:]).all()
    assert np.isnan(mean_interval(np.empty((0, 2)))).all()
