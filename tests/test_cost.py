"""Predicted cost: the arithmetic is exact, and what was measured lies within a factor of three."""

import pytest

from curvae.cost import (
    multiplications,
    observations,
    recurrent_multiplications,
    training,
    training_memory,
    training_seconds,
)
from curvae.data import split
from curvae.data.bouncing_ball import make
from curvae.settings.data import BouncingBall, Mnist
from curvae.settings.model import VAE
from curvae.settings.objective import Elbo, FactorVAE

# CPU seconds and MB of jobs of the default study, from its benchmark files (2 cores of an Intel Xeon, 2026-11-21).
MEASURED = [
    # hidden, latent, features, members, epochs, training samples, all samples, seconds, MB
    ([50, 50], 2, 784, 3, 40, 50000, 70000, 115.4, 633),
    ([64, 32], 2, 784, 1, 20, 50000, 70000, 15.0, 608),
    ([30, 30], 1, 2, 189, 60, 10000, 14000, 116.6, 461),
    ([256, 128], 3, 784, 1, 20, 32000, 57000, 44.8, 553),
    ([256, 128], 10, 4096, 10, 20, 9000, 12288, 490.8, 1650),
]


def vae(hidden, latent):
    return VAE(kind="vae", hidden=hidden, latent=latent)


def test_multiplications_are_the_products_of_neighbouring_widths():
    there, back = 784 * 50 + 50 * 50 + 50 * 4, 2 * 50 + 50 * 50 + 50 * 784
    assert multiplications(vae([50, 50], 2), Elbo(), 784) == there + back
    critic = FactorVAE(kind="factorvae", critic={"width": 10, "depth": 2})
    assert multiplications(vae([50, 50], 2), critic, 784) == there + back + 2 * 10 + 10 * 10 + 10 * 2
    assert recurrent_multiplications("gru", 64, 6) == 3 * 64 * 70 + 64 * 6


def test_cost_is_proportional_to_members_epochs_and_samples():
    once = training_seconds(1000, 1, 1, 1)
    assert training_seconds(1000, 3, 5, 7) == pytest.approx(105 * once)


@pytest.mark.parametrize("job", MEASURED, ids=[f"{j[0]}-{j[2]}" for j in MEASURED])
def test_measured_jobs_lie_within_a_factor_of_three(job):
    hidden, latent, features, members, epochs, train, samples, seconds, megabytes = job
    count = multiplications(vae(hidden, latent), Elbo(), features)
    assert 1 / 3 < training_seconds(count, members, epochs, train) / seconds < 3
    assert 1 / 3 < training_memory(count, members, samples, features) / megabytes < 3


def test_the_default_studys_digits_are_found_from_their_settings():
    seconds, megabytes = training(Mnist(kind="mnist"), vae([50, 50], 2), Elbo(), 3, 40)
    count = multiplications(vae([50, 50], 2), Elbo(), 784)
    assert seconds == training_seconds(count, 3, 40, 50000)
    assert megabytes == training_memory(count, 3, 70000, 784)


def test_sizes_are_those_of_the_data_that_are_made():
    ball = BouncingBall(kind="bouncing_ball", trajectories={"train": 4, "validation": 1, "test": 2}, frames=20)
    made = make(ball)
    assert observations(ball) == (made["images"][0].size, split(made, "train").sizes["sample"], made.sizes["sample"])
