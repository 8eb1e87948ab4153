"""A flow as prior: a density, trained along, that starts from N(0, I)'s laws."""

import numpy as np
import pytest
import torch
from torch.distributions import Normal

from curvae.models import build
from curvae.models.prior import Couplings
from curvae.settings.model import VAE, FlowPrior
from curvae.settings.train import Budget
from curvae.sweep import Stack, log_weights, train

KINDS = pytest.mark.parametrize("kind", ["realnvp", "nice"])


def normal(*shape, seed=1):
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def couplings(kind, latent=2, layers=3, members=2, size=0.4):
    flow = Couplings(FlowPrior(kind=kind, layers=layers, units=7), latent)
    return flow, {name: size * normal(members, *shape, seed=n) for n, (name, shape) in enumerate(flow.shapes.items())}


def model_and_weights(kind="realnvp", posterior=None, members=2, size=0.4):
    prior = {"kind": kind, "layers": 3, "units": 7}
    model = build(VAE(kind="vae", hidden=(6,), latent=3, activation="tanh", prior=prior, posterior=posterior), (4,))
    return model, {n: size * normal(members, *s, seed=i) for i, (n, s) in enumerate(model.shapes.items())}


def images(members=2, samples=9):
    return torch.rand(members, samples, 4, generator=torch.Generator().manual_seed(0), dtype=torch.float64)


@KINDS
@pytest.mark.parametrize("latent", [2, 5])
@pytest.mark.parametrize("layers", [1, 4])
def test_it_is_inverted_and_its_determinant_is_autograds(kind, latent, layers):
    flow, weights = couplings(kind, latent, layers)
    z = 2 * normal(2, 20, latent)
    u, logdet = flow.forward(weights, z)
    assert (flow.inverse(weights, u) - z).abs().max() < 1e-9
    for member in range(2):
        own = {name: w[member : member + 1] for name, w in weights.items()}
        jacobian = torch.func.jacrev(lambda x, own=own: flow.forward(own, x[None, None])[0][0, 0])(z[member, 0])
        assert abs(jacobian.slogdet()[1] - logdet[member, 0].sum()) < 1e-6
    assert (logdet == 0).all() == (kind == "nice")


@KINDS
def test_the_density_in_two_dimensions_integrates_to_one(kind):
    flow, weights = couplings(kind, size=0.3)
    axis = torch.linspace(-25, 25, 801, dtype=torch.float64)
    grid = torch.cartesian_prod(axis, axis).expand(2, -1, 2)
    log_p = Normal(0.0, 1.0).log_prob(grid).sum(-1) - flow.ratio(weights, grid).sum(-1)
    assert (log_p.exp().sum(1) * (axis[1] - axis[0]) ** 2 - 1).abs().max() < 1e-3
    assert (log_p - Normal(0.0, 1.0).log_prob(grid).sum(-1)).abs().max() > 0.1


@pytest.mark.parametrize("layers", [1, 2])
def test_without_weights_the_prior_is_standard_normal(layers):
    flow, weights = couplings("realnvp", 3, layers, size=0.0)
    z = normal(2, 50, 3)
    assert flow.ratio(weights, z).abs().max() == 0
    assert torch.equal(flow.inverse(weights, z).abs().sort(-1)[0], z.abs().sort(-1)[0])


def test_the_mean_of_the_drawn_kl_is_the_closed_form_where_the_flow_does_nothing():
    model, weights = model_and_weights(members=1)
    weights |= {name: torch.zeros_like(w) for name, w in weights.items() if name.startswith("prior.")}
    plain = build(model.settings.model_copy(update={"prior": None}), (4,))
    x, noise = images(1, 1).expand(1, 40_000, 4), normal(1, 40_000, 3)
    drawn, closed = model.terms(weights, x, noise)["kl"][0], plain.terms(weights, x, noise)["kl"][0, 0]
    assert ((drawn.mean(0) - closed).abs() < 4 * drawn.std(0) / 200).all()
    assert closed.sum() > 0.1


@pytest.mark.parametrize("posterior", [None, {"kind": "iaf", "steps": 2, "hidden": [8], "context": 3}])
def test_the_drawn_kl_is_the_difference_of_the_log_densities(posterior):
    model, weights = model_and_weights(posterior=posterior)
    x, noise = images(), normal(2, 9, 3)
    terms = model.terms(weights, x, noise)
    log_p = Normal(0.0, 1.0).log_prob(terms["z"]).sum(-1) - model.flow.ratio(weights, terms["z"]).sum(-1)
    expected = model.log_posterior(weights, x, terms["z"]) - log_p
    torch.testing.assert_close(terms["kl"].sum(-1), expected, rtol=1e-9, atol=1e-9)
    (found,) = model.log_weights(weights, x, [noise])
    torch.testing.assert_close(found, -terms["recon"] - expected, rtol=1e-9, atol=1e-9)


@KINDS
def test_a_member_alone_has_what_it_has_in_a_stack(kind):
    model, weights = model_and_weights(kind, members=3)
    x, noise = images(3), normal(3, 9, 3)
    together = model.terms(weights, x, noise)
    own = {name: w[1:2] for name, w in weights.items()}
    for name, value in model.terms(own, x[1:2], noise[1:2]).items():
        torch.testing.assert_close(value[0], together[name][1], rtol=1e-12, atol=1e-12)


def test_draws_come_from_the_trained_prior_and_beat_the_standard_one():
    """Two far clusters of points: a flow fits their codes better than N(0, I), and the draws go through it."""
    rng = torch.Generator().manual_seed(3)
    x = torch.randn(1500, 2, generator=rng) * 0.3 + 2 * torch.randint(0, 2, (1500, 1), generator=rng).float() - 1
    data, budget = {"train": x[:1000], "validation": x[1000:]}, Budget(epochs=20, batch=100, lr=1e-2)
    members = [{"beta": 0.1, "lam": 0.0, "seed": seed, "lr": 1e-2, "anneal": "none"} for seed in (0, 1)]
    kls = {}
    for name, prior in (("standard", None), ("flow", {"kind": "realnvp", "layers": 4, "units": 16})):
        settings = VAE(kind="vae", hidden=(16,), latent=2, activation="tanh", likelihood="gaussian", prior=prior)
        model = build(settings, (2,))
        trained = train(model, data, members, budget)
        stack = Stack(model, trained.weights, members)
        kls[name] = trained.history.query("split == 'validation' and epoch == 20")["loss"].to_numpy()
    assert (kls["flow"] < kls["standard"]).all()
    drawn = torch.as_tensor(stack.draws(200, seed=4))
    back = model.flow.forward(stack.weights, drawn)[0]
    assert back.std() == pytest.approx(1, abs=0.1)
    torch.testing.assert_close(back[0], back[1], rtol=1e-3, atol=1e-3)  # the same normal numbers for every member
    assert stack.sample(10).shape == (2, 10, 2)
    assert np.isfinite(log_weights(stack, x[1000:1010].numpy(), 3, 0)).all()
    assert stack.draw_codes(x[1000:].numpy()).std() == pytest.approx(1, abs=0.25)


def test_what_it_cannot_go_with_is_refused():
    with pytest.raises(ValueError, match="not a point"):
        VAE(kind="vae", posterior={"kind": "point"}, prior={"kind": "nice"})
    with pytest.raises(ValueError, match="2 latents or more"):
        VAE(kind="vae", latent=1, prior={"kind": "nice"})
