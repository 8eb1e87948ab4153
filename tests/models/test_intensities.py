"""Models that take observations for intensities refuse others in one line."""

import pytest

from curvae.models import require_intensities
from curvae.settings.base import ConfigError
from curvae.settings.model import VAE, Generator, Interpolator


@pytest.mark.parametrize(
    ("settings", "line"),
    [
        (VAE(kind="vae"), "model.likelihood = 'bernoulli': .*from -0.5 to 1; .*gaussian takes any"),
        (Generator(kind="generator"), "model.output = 'tanh': .*linear takes any"),
        (Interpolator(kind="interpolator"), r"model.kind = 'interpolator': .*numbers in \[0, 1\]$"),
    ],
)
def test_numbers_outside_the_unit_interval_are_refused(settings, line):
    require_intensities(settings, -1e-7, 1 + 1e-7)
    for low, high in ((-0.5, 1.0), (0.0, 1.5)):
        with pytest.raises(ConfigError, match=f"^{line.replace('-0.5 to 1', f'{low:g} to {high:g}')}"):
            require_intensities(settings, low, high)


def test_a_gaussian_likelihood_takes_any_number():
    require_intensities(VAE(kind="vae", likelihood="gaussian"), -0.5, 300.0)
