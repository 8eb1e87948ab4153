"""Geodesics on a decoder of the quick study's kind, briefly trained on the bouncing ball."""

import pytest
import torch

from curvae import data
from curvae.geometry import PullbackMetric, Status, geodesics, tabulate
from curvae.models import build
from curvae.settings.data import BouncingBall
from curvae.settings.model import VAE
from curvae.settings.train import Budget
from curvae.sweep import Stack, train

MODEL = VAE(kind="vae", hidden=(32,), latent=2, activation="tanh", likelihood="bernoulli")
PAIRS, JUDGED = 200, 8


@pytest.fixture(scope="module")
def trained():
    """The metric of a decoder 2-32-196 after ten epochs, and codes of test images."""
    sizes = {"train": 50, "validation": 5, "test": 10}
    ball = BouncingBall(kind="bouncing_ball", size=14, margin=1, trajectories=sizes, frames=60, test_frames=60)
    arrays = data.make(ball)
    images = {name: torch.as_tensor(data.split(arrays, name)["images"].values).float() for name in sizes}
    flat = {name: x.flatten(1) for name, x in images.items()}
    model, member = build(MODEL, tuple(images["train"].shape[1:])), {"beta": 1.0, "lam": 0.0, "seed": 0}
    weights = train(model, flat, [member], Budget(epochs=10, batch=50, lr=3e-3)).weights
    stack = Stack(model, weights, [member])
    codes = torch.as_tensor(stack.encode(images["test"].numpy())[0][0], dtype=torch.float64)
    return PullbackMetric(stack.decoder(0, torch.float64)), codes


def test_every_curve_converges_or_is_flagged_and_none_is_longer_than_the_straight_line(trained):
    metric, codes = trained
    starts, ends = codes[:PAIRS], codes[-PAIRS:]
    table = tabulate(metric, codes)
    found = geodesics(metric, starts, ends, table=table)
    assert found.converged.double().mean() >= 0.99
    sound = (found.residual <= 1e-2) & (found.speed_variation <= 1e-2)
    assert torch.equal(found.converged, sound & (found.status == Status.CONVERGED))
    good = found.converged
    assert (found.length[good] <= (1 + 1e-9) * found.straight_length[good]).all()
    assert (found.length < 0.99 * found.straight_length).any()
    # the reference: the decoder itself, a tenth of the residual, from the straight line and from the curve found
    few = slice(0, JUDGED)
    ways = []
    lines = torch.linspace(0, 1, 65).double()[:, None] * (ends - starts)[few, None] + starts[few, None]
    for initial in (lines, found[few](torch.linspace(0, 1, 65))):
        ways.append(geodesics(metric, starts[few], ends[few], accuracy=8e-4, initial=initial))
    best = torch.stack([torch.where(way.converged, way.length, torch.inf) for way in ways]).amin(0)
    torch.testing.assert_close(found.length[few], best, rtol=1e-3, atol=0)
