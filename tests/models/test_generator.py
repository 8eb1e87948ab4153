"""The generator: its prior, its scales, and codes that can be told."""

import pytest
import torch

from curvae.models import build
from curvae.objectives import build as build_objective
from curvae.objectives.infogan import information
from curvae.settings.adversarial import WGANGP, InfoGAN
from curvae.settings.model import Generator

GENERATOR = torch.Generator()


@pytest.fixture(autouse=True)
def _seeded():
    GENERATOR.manual_seed(0)


def drawn(model, members=2):
    return {n: torch.randn(members, *s, generator=GENERATOR, dtype=torch.float64) for n, s in model.shapes.items()}


def test_data_in_the_unit_interval_are_seen_as_minus_one_to_one():
    model = build(Generator(kind="generator", hidden=(6, 7), latent=3), (2, 2))
    weights, x = drawn(model), torch.rand(2, 9, 4, dtype=torch.float64)
    noise = torch.randn(2, 9, 3, generator=GENERATOR, dtype=torch.float64)
    terms = model.terms(weights, x, noise)
    torch.testing.assert_close(terms["real"], 2 * x - 1)
    torch.testing.assert_close(2 * model.decode(weights, noise) - 1, terms["fake"])
    assert 0 <= model.decode(weights, noise).min() <= model.decode(weights, noise).max() <= 1
    assert set(model.shapes) == {f"decoder.{layer}.{part}" for layer in range(3) for part in ("weight", "bias")}


def test_codes_are_uniform_and_the_rest_is_normal():
    model = build(Generator(kind="generator", hidden=(6,), latent=4, codes=2), (5,))
    z = model.prior({}, torch.randn(1, 50_000, 4, generator=GENERATOR))
    even = z[0, :, :2].sort(0).values
    assert (even - torch.linspace(-1, 1, 50_000)[:, None]).abs().max() < 0.02
    assert z[0, :, 2:].std(0) == pytest.approx([1, 1], abs=0.02)


def test_missing_latents_are_zero_and_told_codes_have_the_codes_width():
    model = build(Generator(kind="generator", hidden=(6,), latent=4, codes=2, output="linear"), (5,))
    weights, codes = drawn(model), torch.rand(2, 3, 2, dtype=torch.float64)
    whole = torch.cat([codes, torch.zeros_like(codes)], -1)
    torch.testing.assert_close(model.decode(weights, codes), model.decode(weights, whole))
    mean, logvar = model.encode(weights, model.decode(weights, codes))
    assert mean.shape == logvar.shape == (2, 3, 2)


def test_information_is_nothing_for_the_prior_and_its_bound_for_a_good_guess():
    codes = 2 * torch.rand(1, 200_000, 1, generator=GENERATOR, dtype=torch.float64) - 1
    # Q = N(0, 1/3), the best that does not look: H(c) - cross-entropy = ln 2 - ln(2 pi e / 3) / 2
    variance = torch.tensor(1 / 3, dtype=torch.float64)
    blind = information(codes, 0 * codes, variance.log().expand_as(codes)).item()
    assert blind == pytest.approx(-0.17649, abs=3e-3)
    # A guess off by N(0, .1^2): ln 2 - ln(2 pi e .01) / 2
    guess = codes + 0.1 * torch.randn(1, 200_000, 1, generator=GENERATOR, dtype=torch.float64)
    told = information(codes, guess, torch.full_like(codes, 0.01).log()).item()
    assert told == pytest.approx(1.57679, abs=1e-2)


def test_a_critic_is_shown_what_the_model_makes_and_nothing_is_told():
    model = build(Generator(kind="generator", hidden=(6,), latent=4, codes=2), (5,))
    weights, x = drawn(model), torch.rand(2, 9, 5, dtype=torch.float64)
    noise = torch.randn(2, 9, 4, generator=GENERATOR, dtype=torch.float64)
    terms, shown = model.terms(weights, x, noise), model.shown(weights, x, noise)
    assert set(shown) == {"real", "fake"}
    assert all(torch.equal(shown[name], terms[name]) for name in shown)


def test_infogan_weighs_the_information_and_hides_it_from_the_critic():
    model = build(Generator(kind="generator", hidden=(6,), latent=4, codes=2), (5,))
    chosen = InfoGAN(kind="infogan", critic={"width": 4, "depth": 1}, instance_noise=0.0)
    objective = build_objective(chosen, model.judged, 50)
    weights = drawn(model) | drawn(objective)
    for w in weights.values():
        w.requires_grad_()
    x, noise = torch.rand(2, 9, 5, dtype=torch.float64), torch.randn(2, 9, 4, dtype=torch.float64)
    terms, beta = model.terms(weights, x, noise), torch.tensor([0.0, 2.0], dtype=torch.float64)
    loss, parts = objective.loss("model", weights, terms, beta, None)
    adversary = torch.nn.functional.softplus(-objective.judge(weights, terms["fake"], learns=False)).mean(1)
    torch.testing.assert_close(loss, adversary - beta * parts["information"])
    moved = torch.autograd.grad(loss.sum(), weights["encoder.1.weight"], retain_graph=True)[0]
    assert (moved[0] == 0).all()
    assert (moved[1] != 0).any()
    critic, _ = objective.loss("critic", weights, terms, beta, None)
    assert torch.autograd.grad(critic.sum(), weights["encoder.1.weight"], allow_unused=True)[0] is None


@pytest.mark.parametrize("deviation", [0.0, 0.3])
def test_infogan_with_a_penalty_is_a_wasserstein_gan_whose_codes_are_told(deviation):
    model = build(Generator(kind="generator", hidden=(6,), latent=4, codes=2), (5,))
    critic = {"width": 4, "depth": 1}
    told = InfoGAN(kind="infogan", critic=critic, instance_noise=deviation, penalty=3.0)
    objective, plain = (build_objective(s, 5, 50) for s in (told, WGANGP(kind="wgan_gp", critic=critic, penalty=3.0)))
    weights = drawn(model) | drawn(objective)
    x, noise = (torch.randn(2, 9, n, generator=GENERATOR, dtype=torch.float64) for n in (5, 4))
    terms, beta = model.terms(weights, x, noise), torch.tensor([0.0, 2.0], dtype=torch.float64)
    extra = torch.randn(2, 9, *objective.noise, generator=GENERATOR, dtype=torch.float64)
    seen = dict(terms)
    if deviation:
        on_data = deviation * extra[..., :5]
        seen |= {"real": terms["real"] + on_data, "fake": terms["fake"] + on_data.roll(1, dims=1)}
    for player in ("critic", "model"):
        loss, parts = objective.loss(player, weights, terms, beta, extra)
        expected, others = plain.loss(player, weights, seen, beta, extra[..., -1:])
        torch.testing.assert_close(loss, expected - beta * parts.get("information", 0.0))
        assert set(parts) == {*others, *(["information"] if player == "model" else [])}
