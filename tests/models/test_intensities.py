"""Models that take observations for intensities refuse others in one line."""

import numpy as np
import pytest

from curvae.models import require_intensities
from curvae.settings.base import ConfigError
from curvae.settings.model import VAE, Generator, Interpolator

FINE, WIDE = np.array([[0.0, 1.0]]), np.array([[-0.5, 1.0]])


@pytest.mark.parametrize(
    ("settings", "line"),
    [
        (VAE(kind="vae"), "model.likelihood = 'bernoulli': .*from -0.5 to 1; .*gaussian takes any"),
        (Generator(kind="generator"), "model.output = 'tanh': .*linear takes any"),
        (Interpolator(kind="interpolator"), r"model.kind = 'interpolator': .*numbers in \[0, 1\]$"),
    ],
)
def test_numbers_outside_the_unit_interval_are_refused(settings, line):
    require_intensities("experiments.a", settings, [FINE, FINE])
    with pytest.raises(ConfigError, match=f"^experiments.a.{line}"):
        require_intensities("experiments.a", settings, [FINE, WIDE])


def test_a_gaussian_likelihood_takes_any_number():
    require_intensities("experiments.a", VAE(kind="vae", likelihood="gaussian"), [WIDE])
