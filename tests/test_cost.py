"""Predicted cost: the arithmetic is exact, and what was measured lies within a factor of three."""

from itertools import pairwise

import numpy as np
import pytest
import yaml
from pydantic import TypeAdapter

from curvae.cost import (
    PROGRAM,
    START,
    STEP,
    Size,
    bounding,
    encoding,
    multiplications,
    sequence_seconds,
    size_of,
    training,
    training_memory,
    training_seconds,
)
from curvae.data import make, split
from curvae.settings.adversarial import GAN, WGANGP
from curvae.settings.check import read_study
from curvae.settings.dynamics import RecurrentPredictor
from curvae.settings.model import VAE, Generator, Glow, Ladder
from curvae.settings.objective import Elbo, FactorVAE, ObjectiveSettings
from curvae.settings.train import Budget

# CPU seconds and MB of jobs of the default study, from its benchmark files (2 cores of an Intel Xeon, 2026-11-21).
MEASURED = [
    # hidden, latent, features, members, epochs, batch, training samples, all samples, bytes, seconds, MB
    ([50, 50], 2, 784, 3, 40, 100, 50000, 70000, 4, 115.4, 633),
    ([64, 32], 2, 784, 1, 20, 100, 50000, 70000, 4, 15.0, 608),
    ([30, 30], 1, 2, 189, 60, 100, 10000, 14000, 4, 116.6, 461),
    ([256, 128], 3, 784, 1, 20, 50, 32000, 57000, 4, 44.8, 553),
    ([256, 128], 10, 4096, 10, 20, 64, 9000, 12288, 4, 490.8, 1650),
    ([32, 32], 2, 4, 1, 80, 100, 2000, 2800, 4, 7.0, 365),
]
# The same of small networks, which are compiled, on one thread, 2026-11-29, with 10,000 samples of two numbers and a
# batch of 100: hidden, latent, members, epochs, seconds, MB.
COMPILED = [
    ((30, 30), 1, 189, 60, 39.5, 548),
    ((64, 64), 2, 3, 25, 3.3, 467),
    ((64, 64), 2, 90, 25, 25.8, 548),
    ((10,), 2, 3, 300, 4.8, 481),
]
# The same of generators on an idle machine, 2026-11-29: model, objective, data, budget, seconds.
GAMES = [
    ({}, {"kind": "gan"}, Size(784, 50_000, 70_000), Budget(epochs=25, batch=100), 78.6),
    (
        {"latent": 8, "hidden": (64, 64)},
        {"kind": "wgan_gp", "critic": {"width": 64}},
        Size(8, 50_000, 70_000),
        Budget(epochs=20, batch=100),
        22.0,
    ),
    (
        {"latent": 10, "codes": 5, "hidden": (128, 256)},
        {"kind": "infogan", "penalty": 10, "steps": 2, "critic": {"width": 128}},
        Size(4096, 9000, 12_288),
        Budget(epochs=16, batch=64),
        82.4,
    ),
]
# CPU seconds that encoding with a flow as posterior takes longer than with a Gaussian, on one thread of an Intel Xeon,
# 2026-11-29: latents, flow, members, samples, seconds.
FLOWS = [
    (32, {"steps": 2, "hidden": [128], "context": 64}, 5, 12_000, 17.55),
    (32, {"steps": 2, "hidden": [16], "context": 8}, 2, 6000, 0.93),
    (2, {"steps": 4, "hidden": [32], "context": 16}, 3, 12_000, 0.66),
    (8, {"steps": 4, "hidden": [64], "context": 32}, 3, 12_000, 1.36),
    (50, {"steps": 8, "hidden": [320], "context": 100}, 1, 5000, 22.2),
]
CONFIG = """
data:
  ball: {kind: bouncing_ball, trajectories: {train: 4, validation: 1, test: 2}, frames: 20}
  square: {kind: uniform, samples: {train: 30, validation: 10, test: 20}}
  points: {kind: one_hot, samples: {train: 40, validation: 4, test: 4}}
  lorenz: {kind: lorenz, trajectories: {train: 2, validation: 1, test: 3}, frames: 50, test_frames: 40, transient: 10}
  sprites: {kind: sprites, pos_x: {every: 16}, pos_y: {every: 16}, samples: {train: 30, validation: 10, test: 10}}
  small: {kind: pooled, source: sprites, block: 4, samples: {train: 99, validation: 10, test: 6}}
  codes: {kind: codes, experiment: ball}
experiments:
  ball:
    data: ball
    model: {kind: vae, hidden: [8], latent: 3}
    train: {batch: 5}
"""


def vae(hidden, latent):
    return VAE(kind="vae", hidden=hidden, latent=latent)


def test_multiplications_are_the_products_of_neighbouring_widths():
    there, back = 784 * 50 + 50 * 50 + 50 * 4, 2 * 50 + 50 * 50 + 50 * 784
    assert multiplications(vae([50, 50], 2), Elbo(), 784) == there + back
    critic = FactorVAE(kind="factorvae", critic={"width": 10, "depth": 2})
    assert multiplications(vae([50, 50], 2), critic, 784) == there + back + 2 * 10 + 10 * 10 + 10 * 2


def test_a_generator_and_its_critic_are_counted_by_their_turns():
    generator = Generator(kind="generator", hidden=(20,), latent=7)
    draws, judges = 7 * 20 + 20 * 784, 784 * 10 + 10 * 10 + 10 * 1
    gan = GAN(kind="gan", critic={"width": 10, "depth": 2})
    assert multiplications(generator, gan, 784) == round(draws / 3 + 2 * judges + draws + judges)
    slow = WGANGP(kind="wgan_gp", critic={"width": 10, "depth": 2}, steps=5)
    assert multiplications(generator, slow, 784) == round(draws / 3 + 5 * judges + (draws + judges) / 5)
    telling = generator.model_copy(update={"codes": 3, "inference_hidden": (6,)})
    tells = 784 * 6 + 6 * 2 * 3
    assert multiplications(telling, gan, 784) == round(draws / 3 + 2 * judges + draws + judges + tells)


@pytest.mark.parametrize(("model", "objective", "size", "budget", "seconds"), GAMES)
def test_measured_games_lie_within_a_factor_of_one_and_a_half(model, objective, size, budget, seconds):
    generator = Generator(kind="generator", **model)
    predicted, _ = training(size, generator, TypeAdapter(ObjectiveSettings).validate_python(objective), 1, budget)
    assert 1 / 1.5 < predicted / seconds < 1.5


def test_beyond_start_and_steps_cost_is_proportional_to_members_epochs_and_samples():
    def beyond(members, epochs, batches):
        budget = Budget(epochs=epochs, batch=10)
        return training_seconds(1000, members, budget, 10 * batches) - training_seconds(1000, 0, budget, 10 * batches)

    assert beyond(3, 5, 7) == pytest.approx(105 * beyond(1, 1, 1))
    assert training_seconds(1000, 0, Budget(epochs=2, batch=10), 101) - START == pytest.approx(22 * 1.2e-3)


def test_a_frame_of_a_batch_is_what_sequences_cost():
    settings = RecurrentPredictor(kind="gru", window=10, stride=5, train={"epochs": 3, "batch": 8})
    one = sequence_seconds(4, 21, settings) - START
    assert one == pytest.approx(3 * 2 * 10 * 0.42e-3)  # 4 films of 3 parts
    mixed = settings.model_copy(update={"rollout": 5, "mixtures": 5})
    assert sequence_seconds(4, 21, mixed) - START == pytest.approx(3 * one)


@pytest.mark.parametrize("job", MEASURED, ids=[f"{j[0]}-{j[2]}" for j in MEASURED])
def test_measured_jobs_lie_within_a_factor_of_three(job):
    hidden, latent, features, members, epochs, batch, train, samples, each, seconds, megabytes = job
    count = multiplications(vae(hidden, latent), Elbo(), features)
    assert 1 / 3 < training_seconds(count, members, Budget(epochs=epochs, batch=batch), train) / seconds < 3
    assert 1 / 3 < training_memory(count, members, Size(features, train, samples, each)) / megabytes < 3


@pytest.mark.parametrize(("hidden", "latent", "members", "epochs", "seconds", "megabytes"), COMPILED)
def test_measured_small_networks_lie_within_a_factor_of_two(hidden, latent, members, epochs, seconds, megabytes):
    model = VAE(kind="vae", hidden=hidden, latent=latent, likelihood="gaussian")
    predicted = training(Size(2, 10_000, 14_000), model, Elbo(), members, Budget(epochs=epochs, batch=100))
    assert seconds / 2 < predicted[0] < 2 * seconds + 100 * epochs * STEP
    assert 1 / 1.2 < predicted[1] / megabytes < 1.2


def test_a_job_is_told_from_its_settings():
    size, model, budget = Size(784, 50000, 70000), vae([50, 50], 2), Budget(epochs=40)
    count = multiplications(model, Elbo(), 784)
    expected = training_seconds(count, 3, budget, 50000), training_memory(count, 3, size)
    assert training(size, model, Elbo(), 3, budget) == expected
    seconds, megabytes = encoding(size, model, 3)
    assert START < seconds < START + (expected[0] - START) / 40
    assert PROGRAM < megabytes < expected[1]


@pytest.mark.parametrize(("latent", "flow", "members", "samples", "seconds"), FLOWS)
def test_a_flow_as_posterior_is_passed_for_every_draw(latent, flow, members, samples, seconds):
    size, gaussian = Size(784, samples, samples), vae([200], latent)
    bent = VAE(**gaussian.model_dump() | {"posterior": {"kind": "iaf", **flow}})
    longer = encoding(size, bent, members)[0] - encoding(size, gaussian, members)[0]
    assert 1 / 1.75 < longer / seconds < 1.75
    inner = latent + flow["context"], *flow["hidden"], 2 * latent
    nets = flow["steps"] * sum(a * b for a, b in pairwise(inner))
    more = nets + 200 * flow["context"]  # the encoder hands on the context
    assert multiplications(bent, Elbo(), 784) == multiplications(gaussian, Elbo(), 784) + more


@pytest.mark.parametrize("name", ["ball", "square", "points", "lorenz", "sprites"])
def test_sizes_are_those_of_the_data_that_are_made(name):
    study = read_study(yaml.safe_load(CONFIG))
    made = make(study.data[name])
    images, size = made["images"], size_of(study, name)
    assert (size.features, size.samples) == (images[0].size, made.sizes["sample"])
    assert size.train == split(made, "train").sizes["sample"]
    assert size.bytes == images.dtype.itemsize
    assert size.megabytes == 4 * images.size / 2**20


def test_sizes_of_a_users_arrays_are_those_in_their_headers(tmp_path):
    np.savez(tmp_path / "mine.npz", images=np.zeros((200, 6, 5), np.uint8))
    study = yaml.safe_load(CONFIG)
    study["data"]["mine"] = {"kind": "own", "path": str(tmp_path / "mine.npz"), "test": 0.2}
    assert size_of(read_study(study), "mine") == Size(30, 140, 200)


def test_codes_are_as_many_as_what_they_are_of():
    study = read_study(yaml.safe_load(CONFIG))
    ball = size_of(study, "ball")
    assert size_of(study, "codes") == Size(3, ball.train, ball.samples)


def test_a_flow_of_pooled_images_is_asked_for_by_their_size():
    study = read_study(yaml.safe_load(CONFIG))
    made = make(study.data["small"], source=make(study.data["sprites"]))
    sizes = split(made, "train").sizes["sample"], made.sizes["sample"]
    assert size_of(study, "small") == Size(256, *sizes) == Size(256, 30, 46)
    glow = Glow(kind="glow", levels=1, depth=3, width=8)
    step = 2 * 8 * 9 + 8 * 8 + 8 * 4 * 9  # a pixel of the maps of 4 channels, 2 of which go in
    assert multiplications(glow, Elbo(), 196) == 3 * 49 * step


def test_ladders_machines_and_draws_are_counted():
    ladder = Ladder(kind="ladder", latents=(3, 2), hidden=(6, 5), depth=1)
    there, back = 9 * 6 + 6 * 6 + 6 * 5 + 5 * 4, 2 * 5 + 5 * 6 + 3 * 6 + 6 * 9
    assert multiplications(ladder, Elbo(), 9) == there + back
    plain = VAE(kind="vae", hidden=(50, 20), latent=4, activation="sigmoid", posterior={"kind": "point"})
    deep = VAE(**plain.model_dump() | {"pretrain": {"kind": "rbm", "epochs": 3}})
    size, longer = Size(784, 1000, 1200), Budget(epochs=9)
    assert training(size, deep, Elbo(), 2, Budget(epochs=6)) == training(size, plain, Elbo(), 2, longer)
    once, twice = (bounding(784, plain, draws) - bounding(784, plain, 0) for draws in (1000, 2000))
    assert twice == pytest.approx(2 * once)
    budget = Budget(epochs=3, batch=25)
    seconds, megabytes = training(Size(196, 10_000, 11_500), Glow(kind="glow", depth=6, width=32), Elbo(), 1, budget)
    assert 1 / 3 < seconds / 45.4 < 3
    assert 1 / 3 < megabytes / 510 < 3
