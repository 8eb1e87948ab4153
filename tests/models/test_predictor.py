"""The predictor's loss: teacher forcing, warm-up and closed loop mean what the settings say."""

import pytest
import torch
from torch.distributions import Categorical, Independent, MixtureSameFamily, Normal

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


def quiet(x):
    """No noise, and a column more."""
    return torch.zeros(*x.shape[:-1], x.shape[-1] + 1, dtype=x.dtype)


@pytest.mark.parametrize("cell", ["elman", "gru", "lstm"])
def test_closed_loop_loss_is_that_of_a_rollout(cell):
    model, weights, x = make(cell, rollout=8)
    terms = model.terms(weights, x, quiet(x))
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
    torch.testing.assert_close(model.terms(weights, x, quiet(x))["recon"], expected)


def test_noise_enters_the_inputs_scaled_and_never_the_targets():
    model, weights, x = make(noise=0.5)
    noise = quiet(x) + 1
    still, _, _ = make(noise=0.0)
    moved = model.terms(weights, x, noise)["recon"]
    torch.testing.assert_close(still.terms(weights, x, noise)["recon"], model.evaluate(weights, x, noise)["recon"])
    assert (moved != still.terms(weights, x, noise)["recon"]).all()


def test_members_have_the_noise_that_is_theirs_and_one_without_has_none():
    model, weights, x = make("lstm", rollout=3, noise=0.2)
    about = "cpu", torch.float64
    noise = torch.randn(2, 5, 12, 4, generator=torch.Generator().manual_seed(4)).double()
    mixed = model.of([{"noise": 0.5}, {}], *about)
    found = mixed.terms(weights, x, noise)["recon"]
    loud = make("lstm", rollout=3, noise=0.5)[0].terms(weights, x, noise)["recon"]
    torch.testing.assert_close(found, torch.stack([loud[0], model.terms(weights, x, noise)["recon"][1]]))
    assert torch.equal(mixed.at(0.5).terms(weights, x, noise)["recon"], found)
    silent = model.of([{"noise": 0.0}, {"noise": 0.0}], *about)
    assert silent.noise == ()
    still = silent.terms(weights, x, None)["recon"]
    half = model.of([{"noise": 0.5}, {"noise": 0.0}], *about)
    assert torch.equal(half.terms(weights, x, noise)["recon"][1], still[1])
    assert make("lstm")[0].of([{"noise": 0.5}, {}], *about).noise == (12, 4)


def test_a_curriculum_grows_the_closed_loop_from_two_frames():
    model, weights, x = make(rollout=8, curriculum=0.5)
    assert [model.at(share).rollout for share in (0.0, 0.1, 0.25, 0.499, 0.5, 1.0)] == [2, 3, 5, 7, 8, 8]
    short, _, _ = make(rollout=5)
    torch.testing.assert_close(model.at(0.25).terms(weights, x, quiet(x)), short.terms(weights, x, quiet(x)))
    torch.testing.assert_close(model.at(0.25).evaluate(weights, x, quiet(x)), model.evaluate(weights, x, quiet(x)))
    assert make(rollout=1, curriculum=0.5)[0].at(0.0).rollout == 1


def test_scheduled_sampling_goes_from_true_frames_to_predicted_ones():
    model, weights, x = make(rollout=1, sampling=True)
    plain, _, _ = make(rollout=1)
    coins = torch.randn(2, 5, 12, 4, generator=torch.Generator().manual_seed(5)).double()
    teacher, free = plain.terms(weights, x, coins)["recon"], make(rollout=8)[0].terms(weights, x, coins)["recon"]
    torch.testing.assert_close(model.at(0.0).terms(weights, x, coins)["recon"], teacher)
    torch.testing.assert_close(model.at(1.0).terms(weights, x, coins)["recon"], free)
    between = model.at(0.5).terms(weights, x, coins)["recon"]
    assert (between != teacher).all()
    assert (between != free).all()
    torch.testing.assert_close(model.evaluate(weights, x, coins)["recon"], teacher)


def test_a_mixtures_covariance_is_that_of_draws_from_it():
    model, weights, x = make("gru", mixtures=3)
    found = model.covariance(weights, x)
    assert found.shape == (2, 5, 11 + 1, 3, 3)
    state, _ = model._read(weights, model.start(weights, 5), x[:, :, 0])
    out = model._read(weights, state, x[:, :, 1])[1][1, 2]
    rest = out[3:].view(3, 6)
    draws = MixtureSameFamily(Categorical(logits=out[:3]), Independent(Normal(rest[:, :3], rest[:, 3:].exp()), 1))
    torch.manual_seed(0)
    sample = draws.sample((200_000,))
    torch.testing.assert_close(found[1, 2, 1], sample.mT.cov(), rtol=0.03, atol=0.03 * found[1, 2, 1].diagonal().max())
    torch.testing.assert_close(found[1, 2, 1].diagonal(), draws.variance, rtol=1e-10, atol=0)
    with pytest.raises(ValueError, match="mixtures = 0"):
        make("gru")[0].covariance(weights, x)


def test_a_mixtures_nats_are_those_of_torch_distributions_and_it_predicts_its_heaviest_mean():
    model, weights, x = make("lstm", mixtures=4)
    state, expected = model.start(weights, 5), []
    for frame in range(11):
        state, predicted = model.step(weights, state, x[:, :, frame])
        out = torch.baddbmm(weights["readout.0.bias"][:, None], state[0], weights["readout.0.weight"])
        rest = out[..., 4:].view(2, 5, 4, 6)
        each = Independent(Normal(x[:, :, frame, None] + rest[..., :3], rest[..., 3:].exp()), 1)
        mixture = MixtureSameFamily(Categorical(logits=out[..., :4]), each)
        expected.append(-mixture.log_prob(x[:, :, frame + 1]))
        best = out[..., :4].argmax(-1)
        member, sample = torch.meshgrid(torch.arange(2), torch.arange(5), indexing="ij")
        torch.testing.assert_close(predicted, each.mean[member, sample, best])
    found = model.terms(weights, x, quiet(x))["recon"]
    torch.testing.assert_close(found, torch.stack(expected[3:], -1).mean(-1), rtol=1e-12, atol=1e-12)
