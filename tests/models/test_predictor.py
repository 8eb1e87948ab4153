"""The predictor's loss: teacher forcing, warm-up and closed loop mean what the settings say."""

import pytest
import torch

from curvae.dynamics import rollout
from curvae.models import build
from curvae.nets.linear import initial_weights
from curvae.settings.model import Predictor


def make(cell="gru", frames=12, **settings):
    model = build(Predictor(cell=cell, hidden=8, warmup=4, **settings), (frames, 3))
    drawn = [initial_weights(model.shapes, torch.Generator().manual_seed(seed)) for seed in range(2)]
    weights = {name: torch.stack([w[name] for w in drawn]).double() for name in model.shapes}
    x = torch.randn(2, 5, frames, 3, generator=torch.Generator().manual_seed(3)).double()
    return model, weights, x


@pytest.mark.parametrize("cell", ["elman", "gru", "lstm"])
def test_closed_loop_loss_is_that_of_a_rollout(cell):
    model, weights, x = make(cell, rollout=8)
    terms = model.terms(weights, x, torch.zeros_like(x))
    step = lambda state, frame: model.step(weights, state, frame)  # noqa: E731
    predicted, _ = rollout(step, model.start(weights, 5), x[:, :, :4], 8)
    expected = (predicted - x[:, :, 4:]).square().sum(-1).mean(-1)
    torch.testing.assert_close(terms["recon"], expected, rtol=1e-12, atol=1e-12)
    assert terms["kl"].shape == (2, 5, 0)


def test_one_step_loss_sees_every_true_frame():
    model, weights, x = make(rollout=1)
    errors, state = [], model.start(weights, 5)
    for frame in range(11):
        state, predicted = model.step(weights, state, x[:, :, frame])
        errors.append((predicted - x[:, :, frame + 1]).square().sum(-1))
    expected = torch.stack(errors[3:], dim=-1).mean(-1)
    torch.testing.assert_close(model.terms(weights, x, torch.zeros_like(x))["recon"], expected)


def test_noise_enters_the_inputs_scaled_and_never_the_targets():
    model, weights, x = make(noise=0.5)
    noise = torch.ones_like(x)
    still, _, _ = make(noise=0.0)
    moved = model.terms(weights, x, noise)["recon"]
    torch.testing.assert_close(still.terms(weights, x, noise)["recon"], model.evaluate(weights, x, noise)["recon"])
    assert (moved != still.terms(weights, x, noise)["recon"]).all()
