"""Generators and critics in turn: floors of noisy labels, the distance a critic tells, gradients that stay apart."""

from math import log

import pytest
import torch
from scipy.optimize import linear_sum_assignment
from torch.nn import functional

from curvae.nets.linear import initial_weights
from curvae.objectives import build
from curvae.objectives.adversarial import spread, uniform
from curvae.objectives.gan import cross_entropy
from curvae.settings import adversarial as settings

START = torch.zeros((), dtype=torch.float64)  # epochs
SMALL = {"width": 8, "depth": 2}
ALL = {
    "gan": settings.GAN(kind="gan", critic=SMALL),
    "wgan": settings.WGAN(kind="wgan", critic=SMALL),
    "wgan_gp": settings.WGANGP(kind="wgan_gp", critic=SMALL),
    "gaia": settings.GAIA(kind="gaia", critic={**SMALL, "code": 3}),
}


def entropy(p):
    return -p * log(p) - (1 - p) * log(1 - p)


def drawn(objective, members=3, batch=8, features=4, seed=0):
    generator = torch.Generator().manual_seed(seed)

    def normal(*shape):
        return torch.randn(members, *shape, generator=generator, dtype=torch.float64)

    weights = {name: normal(*shape).mul(0.7).requires_grad_() for name, shape in objective.shapes.items()}
    terms = {"real": normal(batch, features), "fake": normal(batch, features).requires_grad_()}
    terms["rebuilt"] = terms["real"] + 0.1 * normal(batch, features)
    return weights, terms, normal(batch, *objective.noise)


@pytest.fixture(params=ALL)
def objective(request):
    return build(ALL[request.param], latent=4, samples=50)


def test_each_player_moves_by_its_own_loss(objective):
    weights, terms, noise = drawn(objective)
    losses, parts = objective.losses(weights, terms, torch.ones(3), START, noise)
    assert all(mean.shape == (3,) for mean in (*losses.values(), *parts.values()))
    for player, own, others in (
        ("model", [terms["fake"]], list(weights.values())),
        ("critic", list(weights.values())[:-1], [terms["fake"]]),
    ):
        moved = torch.autograd.grad(losses[player].sum(), [*own, *others], allow_unused=True, retain_graph=True)
        assert all((g.flatten(1).abs().sum(1) > 0).all() for g in moved[: len(own)])
        assert all(g is None for g in moved[len(own) :])


def test_a_member_in_a_stack_is_the_member_alone_with_its_second_derivatives(objective):
    weights, terms, noise = drawn(objective)
    loss, _ = objective.loss("critic", weights, terms, torch.ones(3), noise)
    first = torch.autograd.grad(loss.sum(), list(weights.values()), allow_unused=True)
    for member in range(3):
        one = slice(member, member + 1)
        own = {name: w[one].detach().requires_grad_() for name, w in weights.items()}
        alone, _ = objective.loss("critic", own, {name: x[one] for name, x in terms.items()}, torch.ones(1), noise[one])
        torch.testing.assert_close(alone, loss[one], rtol=1e-12, atol=1e-12)
        for g, whole in zip(torch.autograd.grad(alone.sum(), list(own.values())), first, strict=True):
            torch.testing.assert_close(g, whole[one], rtol=1e-10, atol=1e-12)


def test_the_penaltys_gradient_is_that_of_finite_differences():
    objective = build(settings.WGANGP(kind="wgan_gp", critic={"width": 3, "depth": 1, "activation": "tanh"}), 2, 50)
    weights, terms, noise = drawn(objective, members=2, batch=3, features=2)
    names = list(weights)

    def loss(*values):
        return objective.loss("critic", dict(zip(names, values, strict=True)), terms, torch.ones(2), noise)[0]

    assert torch.autograd.gradcheck(loss, tuple(weights.values()))


@pytest.mark.parametrize(("player", "share", "floor"), [("critic", 0.1, 0.325), ("model", 0.6, 0.673)])
def test_noisy_labels_have_floors(player, share, floor):
    # The best critic says a / 2 of every fake and 1 - a / 2 of every real; the best generator gets 1 - b / 2.
    assert entropy(share) == pytest.approx(floor, abs=5e-4)
    objective = build(settings.GAN(kind="gan", critic={"width": 1, "depth": 1}), 1, 100)
    noise = torch.randn(1, 200_000, 2, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    best = []
    for wanted in (share, share + 0.05, share - 0.05):
        height = log((1 - wanted) / wanted) if player == "critic" else log(wanted / (1 - wanted))
        weights = {
            "critic.0.weight": torch.ones(1, 1, 1).double(),
            "critic.0.bias": torch.zeros(1, 1).double(),
            "critic.1.weight": torch.full((1, 1, 1), 2 * height / 1.01).double(),
            "critic.1.bias": torch.full((1, 1), height - 2 * height / 1.01).double(),
        }  # the logit is `height` at 1 and -height at -1, where leaky ReLU gives -.01
        terms = {"real": torch.ones(1, 200_000, 1).double(), "fake": -torch.ones(1, 200_000, 1).double()}
        if player == "model":
            terms["fake"] = -terms["fake"]
        best.append(objective.loss(player, weights, terms, torch.ones(1), noise)[0].item())
    assert best[0] == pytest.approx(entropy(share), abs=2e-3)
    assert best[0] < min(best[1:])


def test_without_noise_the_losses_are_goodfellows():
    objective = build(settings.GAN(kind="gan", critic=SMALL, label_noise=0.0, target_noise=0.0), 4, 50)
    weights, terms, noise = drawn(objective)
    losses, _ = objective.losses(weights, terms, torch.ones(3), START, noise)
    real, fake = (objective.judge(weights, terms[name], True) for name in ("real", "fake"))
    torch.testing.assert_close(losses["model"], -torch.sigmoid(fake).log().mean(1))
    torch.testing.assert_close(
        losses["critic"], -0.5 * (torch.sigmoid(real).log() + (1 - torch.sigmoid(fake)).log()).mean(1)
    )
    targets = torch.rand(3, 8, dtype=torch.float64)
    expected = functional.binary_cross_entropy_with_logits(fake, targets, reduction="none")
    torch.testing.assert_close(cross_entropy(fake, targets), expected)


def test_a_critic_tells_how_far_a_gaussian_was_moved():
    """Target N(m, I), generator fixed at N(0, I): the distance is |m|, and the slope between them 1."""
    objective = build(settings.WGANGP(kind="wgan_gp", critic={"width": 32, "depth": 2}), 2, 100)
    generator, moved = torch.Generator().manual_seed(0), torch.tensor([[[0.6, 0.8]], [[-1.2, 0.5]]])  # |m| 1, 1.3
    weights = {
        name: torch.stack([w, w]).requires_grad_() for name, w in initial_weights(objective.shapes, generator).items()
    }
    optimiser = torch.optim.Adam(list(weights.values()), 2e-3, (0.0, 0.9))

    def draw(n):
        x = torch.randn(2, 2, n, 2, generator=generator)
        return {"fake": x[0], "real": x[1] + moved}, torch.randn(2, n, 1, generator=generator)

    for _ in range(300):
        terms, noise = draw(256)
        loss, _ = objective.loss("critic", weights, terms, torch.ones(2), noise)
        optimiser.zero_grad()
        loss.sum().backward()
        optimiser.step()
    terms, noise = draw(20_000)
    _, parts = objective.loss("critic", weights, terms, torch.ones(2), noise)
    distance = moved.norm(dim=-1)[:, 0]
    assert ((parts["wasserstein"] / distance - 1).abs() < 0.1).all()
    assert ((parts["slope"] - 1).abs() < 0.1).all()


def test_the_best_critic_tells_the_earth_movers_distance():
    """Clouds a shift apart: the straight critic along it has the cost of the best assignment, no other one more."""
    objective = build(settings.WGAN(kind="wgan", critic={"width": 1, "depth": 1}), 2, 50)
    fake = torch.randn(40, 2, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    shift = torch.tensor([[0.6, -0.8]], dtype=torch.float64)
    real = fake.flip(0) + 1.7 * shift
    cost = torch.cdist(fake, real)
    distance = cost[linear_sum_assignment(cost)].mean()
    angle = torch.linspace(0, 6, 61, dtype=torch.float64)
    ways = torch.cat([shift, torch.stack([angle.cos(), angle.sin()], 1)])
    members = len(ways)
    high = torch.full((members, 1), 50.0, dtype=torch.float64)  # where the activation is straight
    slopes = {"critic.0.weight": ways[:, :, None], "critic.1.weight": torch.ones(members, 1, 1).double()}
    weights = slopes | {"critic.0.bias": high, "critic.1.bias": -high}
    terms = {"real": real.expand(members, -1, -1), "fake": fake.expand(members, -1, -1)}
    losses, parts = objective.losses(weights, terms, torch.ones(members), START, None)
    torch.testing.assert_close(losses["critic"][0], -distance, rtol=1e-12, atol=1e-12)
    assert (parts["wasserstein"] <= distance + 1e-12).all()
    torch.testing.assert_close(losses["model"][0], -(fake @ ways[0]).mean(), rtol=1e-12, atol=1e-12)


def test_the_best_straight_critic_is_too_steep_by_what_the_page_says():
    penalty, moved = 10.0, 1.3
    slopes = torch.linspace(0, 2, 20_001, dtype=torch.float64)
    best = slopes[(slopes * moved - penalty * (slopes - 1) ** 2).argmax()].item()
    assert best * moved == pytest.approx(moved * (1 + moved / (2 * penalty)), abs=1e-3)


def test_spread_is_the_ratio_of_variances():
    real = torch.randn(2, 5000, 3, generator=torch.Generator().manual_seed(0))
    same = real[:, :1].expand_as(real)
    torch.testing.assert_close(spread(2 * real + 1, real), torch.full((2,), 4.0))
    assert (spread(same, real) == 0).all()
    assert spread(real, same).isfinite().all()


def test_uniform_numbers_are_uniform():
    u = uniform(torch.randn(100_000, generator=torch.Generator().manual_seed(0)))
    assert u.sort().values.sub(torch.linspace(0, 1, 100_000)).abs().max() < 1.95 / 100_000**0.5


def test_an_autoencoding_critic_passes_data_on_and_the_shares_balance():
    objective = build(settings.GAIA(kind="gaia", critic={"width": 8, "depth": 1, "code": 2}), 4, 50)
    assert [objective.shapes[f"critic.{n}.weight"] for n in range(4)] == [(4, 8), (8, 2), (2, 8), (8, 4)]
    weights, terms, _ = drawn(objective)
    passed = {name: objective.passed(weights, x, True) for name, x in terms.items()}
    errors = {
        "real": (terms["real"] - passed["real"]).abs().mean((1, 2)),
        "rebuilt": (terms["real"] - passed["rebuilt"]).abs().mean((1, 2)),
        "between": (terms["fake"] - passed["fake"]).abs().mean((1, 2)),
    }
    losses, parts = objective.losses(weights, terms, torch.ones(3), START, None)
    made = (errors["rebuilt"] + errors["between"]) / 2
    share = torch.sigmoid(100 * (errors["real"] - made))
    torch.testing.assert_close(losses["critic"], errors["real"] - share * made)
    weight = torch.sigmoid(100 * (errors["between"] - errors["rebuilt"]))
    own = (terms["real"] - terms["rebuilt"]).abs().mean((1, 2))
    seen = weight * errors["between"] + (1 - weight) * errors["rebuilt"]
    torch.testing.assert_close(losses["model"], seen + own)
    without, _ = objective.loss("model", weights, terms, torch.zeros(3), None)
    torch.testing.assert_close(without, seen)
    torch.testing.assert_close(parts["passed"], errors["real"])
    assert set(parts) == {"passed", "made", "rebuilt", "spread"}
