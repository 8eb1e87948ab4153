"""Posteriors of the autoencoder: densities, draws, moments, and the weights of importance sampling."""

import math

import pytest
import torch
from torch.distributions import MultivariateNormal, Normal

from curvae.models import build
from curvae.models.posterior import normed
from curvae.objectives import elbo, gaussian_kl
from curvae.settings.base import ConfigError
from curvae.settings.check import read_study
from curvae.settings.model import VAE

IAF = {"kind": "iaf", "steps": 3, "hidden": [8], "context": 5}
POSTERIORS = pytest.mark.parametrize("posterior", [None, IAF])


def model_and_weights(posterior, latent=2, members=2, likelihood="bernoulli", size=0.5):
    settings = VAE(
        kind="vae", hidden=(6,), latent=latent, activation="tanh", likelihood=likelihood, posterior=posterior
    )
    model, generator = build(settings, (4,)), torch.Generator().manual_seed(0)
    weights = {
        name: torch.randn(members, *shape, generator=generator, dtype=torch.float64) * size
        for name, shape in model.shapes.items()
    }
    return model, weights, torch.rand(members, 9, 4, generator=generator, dtype=torch.float64)


def normal(*shape, seed=1):
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


@POSTERIORS
@pytest.mark.parametrize("latent", [1, 3])
def test_the_density_at_a_draw_is_that_of_the_draw(posterior, latent):
    model, weights, x = model_and_weights(posterior, latent)
    given = model._encoded(weights, x)
    z, ratio = model.posterior.draw(weights, given, normal(2, 9, latent))
    prior = Normal(torch.zeros((), dtype=torch.float64), 1.0).log_prob(z).sum(-1)
    torch.testing.assert_close(model.log_posterior(weights, x, z), ratio.sum(-1) + prior, rtol=1e-9, atol=1e-9)


@POSTERIORS
def test_posteriors_in_two_dimensions_integrate_to_one(posterior):
    model, weights, x = model_and_weights(posterior, size=0.6)
    axis = torch.linspace(-9, 9, 361, dtype=torch.float64)
    grid = torch.cartesian_prod(axis, axis).expand(2, -1, 2)
    for sample in range(2):
        one = x[:, sample : sample + 1].expand(2, grid.shape[1], 4)
        mass = model.log_posterior(weights, one, grid).exp().sum(1) * (axis[1] - axis[0]) ** 2
        assert (mass - 1).abs().max() < 1e-3


def test_the_mean_of_the_drawn_kl_is_the_integral():
    model, weights, x = model_and_weights(IAF, members=1)
    axis = torch.linspace(-9, 9, 361, dtype=torch.float64)
    grid = torch.cartesian_prod(axis, axis)[None]
    log_q = model.log_posterior(weights, x[:, :1].expand(1, grid.shape[1], 4), grid)
    log_p = Normal(torch.zeros((), dtype=torch.float64), 1.0).log_prob(grid).sum(-1)
    expected = (log_q.exp() * (log_q - log_p)).sum().item() * (axis[1] - axis[0]).item() ** 2
    drawn = model.terms(weights, x[:, :1].expand(1, 40000, 4), normal(1, 40000, 2))["kl"].sum(-1)[0]
    assert abs(drawn.mean() - expected) < 4 * drawn.std() / 200
    assert expected > 0.01


def test_without_a_flow_the_drawn_kl_has_the_closed_form_as_its_mean():
    model, weights, x = model_and_weights(None, members=1)
    given = model._encoded(weights, x[:, :1].expand(1, 40000, 4))
    drawn = model.posterior.draw(weights, given, normal(1, 40000, 2))[1].mean(1)
    assert (drawn - gaussian_kl(*given[:, :1].chunk(2, dim=-1))[:, 0]).abs().max() < 0.03


def test_an_affine_flow_has_the_moments_of_its_gaussian():
    """Nets without weights leave z <- g z + (1 - g) m with constant g and m: the posterior stays a Gaussian."""
    model, weights, x = model_and_weights(IAF)
    for name in weights:
        if name.startswith("flow.") and name.endswith("masked"):
            weights[name] = torch.zeros_like(weights[name])
    mean, logvar = model.encode(weights, x)
    base = model._encoded(weights, x)
    gate, shift = 0.0, base[..., :2]
    for step in range(3):
        m, s = weights[f"flow.{step}.1.bias"][:, None].chunk(2, dim=-1)
        g = torch.sigmoid(s + 2)
        gate, shift = gate + g.log(), g * shift + (1 - g) * m
    torch.testing.assert_close(mean, shift, rtol=1e-10, atol=1e-10)
    torch.testing.assert_close(logvar, base[..., 2:4] + 2 * gate.expand_as(mean), rtol=1e-9, atol=1e-9)
    centre = model.posterior.centre(weights, base)
    torch.testing.assert_close(
        model._recon(weights, centre, x), model.evaluate(weights, x, normal(2, 9, 2))["recon_mean"]
    )


def test_the_moments_of_a_bent_posterior_are_those_of_draws():
    model, weights, x = model_and_weights(IAF)
    _, logvar = model.encode(weights, x)
    z, _ = model.posterior.draw(weights, model._encoded(weights, x[:, :1].expand(2, 20000, 4)), normal(2, 20000, 2))
    assert (z.var(1).log() - logvar[:, 0]).abs().max() < 0.3
    draws = normed(128, 3)
    torch.testing.assert_close(draws.T @ draws / 128, torch.eye(3, dtype=torch.float64))
    assert draws.sum(0).abs().max() < 1e-12


def test_every_weight_gets_a_gradient():
    model, weights, x = model_and_weights(IAF)
    for w in weights.values():
        w.requires_grad_()
    elbo(model.terms(weights, x, normal(2, 9, 2)), torch.ones(2)).sum().backward()
    assert all((w.grad.flatten(1).abs().sum(1) > 0).all() for w in weights.values())


def linear_gaussian(posterior, exact):
    """x = A z + noise of variance 1/2, A with orthogonal columns, so that the true posterior is diagonal."""
    model, weights, _ = model_and_weights(posterior, members=1, likelihood="gaussian")
    settings = model.settings.model_copy(update={"activation": "relu", "hidden": (8,)})
    model = build(settings, (4,))
    weights = {name: torch.zeros(1, *shape, dtype=torch.float64) for name, shape in model.shapes.items()}
    a = torch.tensor([[1.0, 0.5], [1.0, -0.5], [0.5, 0.5], [-0.5, 0.5]], dtype=torch.float64) / 2
    a[:, 1] -= a[:, 0] * (a[:, 0] @ a[:, 1]) / (a[:, 0] @ a[:, 0])
    variance = 1 / (1 + 2 * a.square().sum(0))
    back = 2 * variance[:, None] * a.T if exact else 0.7 * a.T
    eye = torch.eye(4, dtype=torch.float64)
    # relu(u) - relu(-u) = u: both halves of the hidden layer together are a linear map.
    weights["encoder.0.weight"][0] = torch.cat([eye, -eye], dim=1)
    weights["encoder.1.weight"][0, :, :2] = torch.cat([back.T, -back.T])
    weights["encoder.1.bias"][0, 2:4] = variance.log() if exact else 0.0
    weights["decoder.0.weight"][0, :, :4] = torch.cat([eye[:2, :2], -eye[:2, :2]], dim=1)
    weights["decoder.1.weight"][0, :4] = torch.cat([a.T, -a.T])
    truth = MultivariateNormal(torch.zeros(4, dtype=torch.float64), a @ a.T + 0.5 * eye)
    return model, weights, truth


def test_with_the_true_posterior_every_weight_is_the_likelihood():
    model, weights, truth = linear_gaussian(None, exact=True)
    x = truth.loc + normal(1, 20, 4)
    (found,) = model.log_weights(weights, x, [normal(1, 20, 2)])
    torch.testing.assert_close(found, truth.log_prob(x), rtol=1e-10, atol=1e-10)


@POSTERIORS
def test_the_mean_weight_is_the_likelihood_whatever_the_posterior(posterior):
    model, weights, truth = linear_gaussian(posterior, exact=False)
    x = normal(1, 10, 4)
    found = torch.stack(list(model.log_weights(weights, x, normal(1000, 1, 10, 2))))
    mean = found.logsumexp(0) - math.log(1000)
    error = (found - mean).exp().std(0) / math.sqrt(1000)
    assert error.max() < 0.1
    assert ((mean - truth.log_prob(x)).abs() < 4 * error).all()
    assert (found.mean(0) < mean).all()


def test_objectives_of_gaussians_are_refused_with_a_flow():
    config = {
        "data": {"digits": {"kind": "mnist"}},
        "experiments": {
            "e": {"data": "digits", "model": {"kind": "vae", "posterior": IAF}, "objective": {"kind": "dip_vae"}}
        },
    }
    with pytest.raises(
        ConfigError, match=r"objective\.kind = 'dip_vae': allowed with posterior\.kind = iaf: all but beta_"
    ):
        read_study(config)
    config["experiments"]["e"]["objective"]["kind"] = "wae_mmd"
    assert read_study(config)


def test_a_point_is_a_plain_autoencoder():
    model = build(VAE(kind="vae", hidden=(6,), latent=3, likelihood="gaussian", posterior={"kind": "point"}), (5,))
    assert model.shapes["encoder.1.weight"] == (6, 3)
    weights = {n: torch.randn(2, *s, generator=torch.Generator().manual_seed(0)) for n, s in model.shapes.items()}
    x, noise = torch.rand(2, 7, 5), torch.randn(2, 7, 3)
    terms, code = model.terms(weights, x, noise), model.encode(weights, x)
    torch.testing.assert_close(terms["recon"], (model.decode(weights, code[0]) - x).square().sum(-1))
    torch.testing.assert_close(terms["recon"], model.evaluate(weights, x, noise)["recon_mean"])
    assert terms["kl"].shape == (2, 7, 0)
    assert (code[1] == -math.inf).all()
