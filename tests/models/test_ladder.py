"""Ladder autoencoder: the merge of two Gaussians, KL divergences, densities, and the plain autoencoder as one rung."""

import math

import pytest
import torch
from torch.distributions import MultivariateNormal, Normal, kl_divergence

from curvae.models import build
from curvae.models.ladder import merge
from curvae.objectives import build as build_objective
from curvae.objectives import elbo
from curvae.settings.base import ConfigError
from curvae.settings.check import read_study
from curvae.settings.model import VAE, Ladder
from curvae.settings.objective import Elbo
from curvae.settings.train import Budget
from curvae.sweep import train


def normal(*shape, seed=1):
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def model_and_weights(latents=(3, 2, 1), hidden=(6, 5, 4), members=2, size=0.5, likelihood="bernoulli"):
    settings = Ladder(kind="ladder", latents=latents, hidden=hidden, depth=1, activation="tanh", likelihood=likelihood)
    model = build(settings, (4,))
    weights = {name: normal(members, *shape, seed=i) * size for i, (name, shape) in enumerate(model.shapes.items())}
    return model, weights, torch.rand(members, 9, 4, generator=torch.Generator().manual_seed(7), dtype=torch.float64)


def test_the_merge_is_the_normalised_product_of_densities():
    first, second = (normal(5, seed=1), normal(5, seed=2)), (normal(5, seed=3), normal(5, seed=4))
    mean, logvar = merge(first, second)
    axis = torch.linspace(-30, 30, 60001, dtype=torch.float64)[:, None]
    product = torch.stack([Normal(m, (0.5 * s).exp()).log_prob(axis) for m, s in (first, second)]).sum(0).exp()
    product /= product.sum(0)
    expected = (axis * product).sum(0)
    torch.testing.assert_close(mean, expected, rtol=1e-9, atol=1e-9)
    torch.testing.assert_close(logvar.exp(), ((axis - expected).square() * product).sum(0), rtol=1e-9, atol=1e-9)
    told, known = first[1].exp(), second[1].exp()
    torch.testing.assert_close(logvar.exp(), 1 / (1 / told + 1 / known))
    torch.testing.assert_close(mean, (first[0] / told + second[0] / known) * logvar.exp())


def test_the_kl_of_each_layer_is_that_of_its_two_gaussians_in_z():
    model, weights, x = model_and_weights()
    noise = normal(2, 9, 6)
    found, told = model.terms(weights, x, noise), model._told(weights, x)
    top = Normal(told[2][0], (0.5 * told[2][1]).exp())
    z = top.mean + top.stddev * noise[..., 5:]
    expected = [kl_divergence(top, Normal(torch.zeros_like(z), torch.ones_like(z)))]
    for layer, part in ((1, slice(3, 5)), (0, slice(0, 3))):
        prior = model._above(weights, layer, z)
        mean, logvar = merge(told[layer], prior)
        q, p = (Normal(m, (0.5 * s).exp()) for m, s in ((mean, logvar), prior))
        z = q.mean + q.stddev * noise[..., part]
        expected.insert(0, kl_divergence(q, p))
    torch.testing.assert_close(found["kl"], torch.cat(expected, dim=-1), rtol=1e-10, atol=1e-12)
    logits = model._bottom(weights, found["z"])
    torch.testing.assert_close(logits, z)


def test_one_rung_is_the_plain_autoencoder():
    model, weights, x = model_and_weights((3,), (6,))
    plain = build(VAE(kind="vae", hidden=(6,), latent=3, activation="tanh"), (4,))
    own = {name: weights[name.replace("coder.", "coder.0.")] for name in plain.shapes}
    assert {name: w.shape for name, w in own.items()} == {n: (2, *s) for n, s in plain.shapes.items()}
    noise = normal(2, 9, 3)
    expected = plain.evaluate(own, x, noise)
    for name, value in model.evaluate(weights, x, noise).items():
        torch.testing.assert_close(value, expected[name], rtol=1e-12, atol=1e-12)
    for one, other in zip(model.encode(weights, x), plain.encode(own, x), strict=True):
        torch.testing.assert_close(one, other)
    z = normal(2, 9, 3, seed=5)
    torch.testing.assert_close(model.decode(weights, z), plain.decode(own, z))
    torch.testing.assert_close(model.log_posterior(weights, x, z), plain.log_posterior(own, x, z))
    (one,), (other,) = (list(m.log_weights(w, x, [noise])) for m, w in ((model, weights), (plain, own)))
    torch.testing.assert_close(one, other)


def test_codes_decode_to_what_was_inferred_and_weights_are_of_densities():
    model, weights, x = model_and_weights()
    noise = normal(2, 9, 6)
    found, (code, _) = model.evaluate(weights, x, noise), model.encode(weights, x)
    for z, recon in ((found["z"], found["recon"]), (code, found["recon_mean"])):
        nats = -torch.distributions.Bernoulli(model.decode(weights, z), validate_args=False).log_prob(x).sum(-1)
        torch.testing.assert_close(nats, recon, rtol=1e-9, atol=1e-9)
    (log_w,) = model.log_weights(weights, x, [noise])
    prior = Normal(torch.zeros((), dtype=torch.float64), 1.0).log_prob(found["z"]).sum(-1)
    expected = -found["recon"] + prior - model.log_posterior(weights, x, found["z"])
    torch.testing.assert_close(log_w, expected, rtol=1e-9, atol=1e-9)


def test_the_posterior_of_two_layers_integrates_to_one():
    model, weights, x = model_and_weights((1, 1), (5, 4), members=1, size=0.6)
    axis = torch.linspace(-9, 9, 361, dtype=torch.float64)
    grid = torch.cartesian_prod(axis, axis)[None]
    mass = (
        model.log_posterior(weights, x[:, :1].expand(1, grid.shape[1], 4), grid).exp().sum() * (axis[1] - axis[0]) ** 2
    )
    assert abs(mass - 1) < 1e-3


def test_the_mean_weight_is_the_likelihood_of_linear_layers():
    """z_2 ~ N(0, 1), z_1 = a z_2 + b + s e, x = A z_1 + noise of variance 1/2: x is Gaussian."""
    settings = Ladder(kind="ladder", latents=(2, 1), hidden=(4, 2), depth=1, activation="relu", likelihood="gaussian")
    model = build(settings, (3,))
    weights = {name: torch.zeros(1, *shape, dtype=torch.float64) for name, shape in model.shapes.items()}
    a, b, s = torch.tensor([0.8, -0.5]), torch.tensor([0.2, 0.1]), torch.tensor([0.6, 0.9])
    a, b, s, mix = a.double(), b.double(), s.double(), 0.5 * normal(2, 3)
    # relu(u) - relu(-u) = u: both halves of a hidden layer together are a linear map.
    weights["decoder.1.0.weight"][0] = torch.tensor([[1.0, -1.0]])
    weights["decoder.1.1.weight"][0, :, :2] = torch.stack([a, -a])
    weights["decoder.1.1.bias"][0] = torch.cat([b, 2 * s.log()])
    eye = torch.eye(2, dtype=torch.float64)
    weights["decoder.0.0.weight"][0] = torch.cat([eye, -eye], dim=1)
    weights["decoder.0.1.weight"][0] = torch.cat([mix, -mix])
    spread = mix.T @ (torch.outer(a, a) + torch.diag(s.square())) @ mix + 0.5 * torch.eye(3, dtype=torch.float64)
    truth = MultivariateNormal(b @ mix, spread)
    x = truth.loc + 0.5 * normal(1, 10, 3, seed=3)
    found = torch.stack(list(model.log_weights(weights, x, normal(4000, 1, 10, 3))))
    mean = found.logsumexp(0) - math.log(4000)
    error = (found - mean).exp().std(0) / math.sqrt(4000)
    assert error.max() < 0.1
    assert ((mean - truth.log_prob(x)).abs() < 4 * error).all()
    assert (found.mean(0) < mean).all()


def test_gradients_are_those_of_differences():
    model, weights, x = model_and_weights()
    noise = normal(2, 9, 6)
    weights = {name: w.requires_grad_() for name, w in weights.items()}

    def loss(given):
        return elbo(model.terms(given, x, noise), torch.ones(2, dtype=torch.float64)).sum()

    found = torch.autograd.grad(loss(weights), list(weights.values()))
    assert all((g.flatten(1).abs().sum(1) > 0).all() for g in found)
    way = {name: normal(*w.shape, seed=9 + i) for i, (name, w) in enumerate(weights.items())}
    ends = [loss({n: w.detach() + h * way[n] for n, w in weights.items()}) for h in (1e-5, -1e-5)]
    slope = sum((g * d).sum() for g, d in zip(found, way.values(), strict=True))
    assert ((ends[0] - ends[1]) / 2e-5).item() == pytest.approx(slope.item(), rel=1e-6)


@pytest.mark.parametrize(("dtype", "tolerance"), [(torch.float64, 1e-10), (torch.float32, 1e-4)])
def test_a_member_alone_is_the_one_in_a_stack(dtype, tolerance):
    model = build(Ladder(kind="ladder", latents=(3, 2), hidden=(6, 5), depth=1), (5,))
    x = torch.rand(120, 5, generator=torch.Generator().manual_seed(1))
    member = {"beta": 1.0, "lam": 1e-3, "seed": 3, "anneal": "linear"}
    stack = [{**member, "beta": 0.5}, {**member, "seed": 1, "anneal": "none"}, member]
    budget = Budget(epochs=4, batch=10, anneal_epochs=2)
    alone, together = (
        train(model, {"train": x[:100], "validation": x[100:]}, members, budget, dtype=dtype)
        for members in ([member], stack)
    )
    for name, w in alone.weights.items():
        assert (together.weights[name][2] - w[0]).norm() < tolerance * w.norm().clamp(min=1)
    assert {f"kl_{j}" for j in range(5)} <= set(alone.history)
    assert build_objective(Elbo(), model.judged, 100).critic is None


def config(change=(), objective="elbo", **experiment):
    model = {"kind": "ladder", "latents": [4, 2], "hidden": [8, 8], **dict(change)}
    one = {"data": "digits", "model": model, "objective": {"kind": objective}, **experiment}
    return {"data": {"digits": {"kind": "mnist"}}, "experiments": {"ladder": one}, "bounds": {"ladder": {}}}


def test_what_does_not_fit_a_ladder_is_refused():
    assert read_study(config()).experiments["ladder"].model.latent == 6
    for bad, message in [
        (
            config({"hidden": [8]}),
            r"experiments\.ladder\.model\.hidden = \[8\]: allowed: one width a layer of latents, 2",
        ),
        (config(objective="dip_vae"), r"objective\.kind = 'dip_vae': allowed for model ladder: all but beta_tcvae"),
        (config(objective="gan"), r"objective\.kind = 'gan': allowed for model ladder: elbo"),
        (config(grid={"latent": [2, 3]}), r"grid\.latent = \[2, 3\]: allowed for model vae or generator"),
    ]:
        with pytest.raises(ConfigError, match=message):
            read_study(bad)
