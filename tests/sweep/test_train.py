"""A member is the same network alone and in company; training is what plain PyTorch does."""

import math

import numpy as np
import pytest
import torch

from curvae.models import build
from curvae.nets.linear import initial_weights
from curvae.objectives import elbo, squared_weights
from curvae.settings.model import VAE
from curvae.settings.train import Budget
from curvae.sweep import train
from curvae.sweep.loop import Loop
from curvae.sweep.streams import Purpose, normals, orders, stream

BUDGET = Budget(epochs=5, batch=20, lr=3e-3)
MEMBERS = [{"beta": b, "lam": lam, "seed": s} for b, lam, s in [(1, 0, 0), (0.1, 1e-3, 3), (4, 1e-2, 0), (1, 0, 7)]]


def model(likelihood="gaussian", activation="tanh"):
    return build(VAE(kind="vae", hidden=(6, 5), latent=2, likelihood=likelihood, activation=activation), (4,))


def data(samples=100):
    x = torch.rand(samples, 4, generator=torch.Generator().manual_seed(5))
    return {"train": x[:80], "validation": x[80:]}


def relative(a, b):
    return max(((x - y).norm() / y.norm()).item() for x, y in zip(a, b, strict=True))


@pytest.mark.parametrize("likelihood", ["bernoulli", "gaussian"])
@pytest.mark.parametrize(("dtype", "tolerance"), [(torch.float64, 1e-10), (torch.float32, 1e-4)])
def test_a_member_does_not_depend_on_its_neighbours(likelihood, dtype, tolerance):
    together = train(model(likelihood), data(), MEMBERS, BUDGET, dtype=dtype)
    turned = train(model(likelihood), data(), MEMBERS[::-1], BUDGET, dtype=dtype)
    for index, member in enumerate(MEMBERS):
        alone = train(model(likelihood), data(), [member], BUDGET, dtype=dtype)
        single = [w[0] for w in alone.weights.values()]
        assert relative([w[index] for w in together.weights.values()], single) < tolerance
        assert relative([w[-1 - index] for w in turned.weights.values()], single) < tolerance


def test_twice_the_same_bits():
    first, second = (train(model(), data(), MEMBERS, BUDGET) for _ in range(2))
    assert all(torch.equal(first.weights[name], second.weights[name]) for name in first.weights)
    assert first.history.equals(second.history)


def test_convolutions_of_a_gpu_keep_precision_and_bits_while_training_and_no_longer(monkeypatch):
    seen, begin = [], Loop.run

    def flags():
        return torch.backends.cudnn.conv.fp32_precision, torch.backends.cudnn.deterministic

    monkeypatch.setattr(Loop, "run", lambda *given: (seen.append(flags()), begin(*given))[1])
    before = flags()
    train(model(), data(), MEMBERS[:1], BUDGET)
    assert seen == [("ieee", True)]
    assert flags() == before


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_images_of_one_byte_give_the_same_bits(dtype):
    bits = {name: (x > 0.5).to(torch.uint8) for name, x in data().items()}
    first, second = (
        train(model("bernoulli"), given, MEMBERS, BUDGET, dtype=dtype)
        for given in (bits, {name: x.to(dtype) for name, x in bits.items()})
    )
    assert all(torch.equal(first.weights[name], second.weights[name]) for name in first.weights)
    assert first.history.equals(second.history)


def test_agrees_with_a_plain_loop_over_pytorchs_adam():
    member, net, x = {"beta": 0.3, "lam": 1e-3, "seed": 11}, model(), {k: v.double() for k, v in data().items()}
    drawn = initial_weights(net.shapes, stream(11, Purpose.WEIGHTS))
    weights = {name: w.double()[None].requires_grad_() for name, w in drawn.items()}
    adam = torch.optim.Adam(weights.values(), lr=BUDGET.lr)
    beta, lam = torch.tensor([[0.3], [1e-3]], dtype=torch.float64)
    for epoch in range(1, BUDGET.epochs + 1):
        order = orders([11], epoch, 80)[0]
        noise = normals([11], Purpose.NOISE, epoch, (80, 2))[0].double()
        for first in range(0, 80, 20):
            adam.zero_grad()
            batch = x["train"][order[first : first + 20]][None]
            terms = net.terms(weights, batch, noise[None, first : first + 20])
            (elbo(terms, beta) + lam * squared_weights(weights)).sum().backward()
            adam.step()
    ours = train(net, x, [member], BUDGET, dtype=torch.float64)
    assert relative(list(ours.weights.values()), [w.detach() for w in weights.values()]) < 1e-12


def test_history_has_a_row_a_member_epoch_and_split_and_adds_up():
    history = train(model(), data(), MEMBERS, BUDGET).history
    assert len(history) == len(MEMBERS) * BUDGET.epochs * 2
    assert history["kl"].to_numpy() == pytest.approx((history["kl_0"] + history["kl_1"]).to_numpy())
    plain = history[(history["lam"] == 0) & (history["split"] == "validation")]
    assert plain["loss"].to_numpy() == pytest.approx(
        (plain["recon"] + plain["beta"] * plain["kl"]).to_numpy(), rel=1e-6
    )
    assert history.groupby(["member", "split"]).size().eq(BUDGET.epochs).all()


def test_a_diverging_member_is_frozen_and_harms_no_other():
    wild = {"beta": 1e38, "lam": 1e38, "seed": 1}
    with_it = train(model(), data(), [MEMBERS[0], wild, MEMBERS[1]], BUDGET)
    without = train(model(), data(), [MEMBERS[0], MEMBERS[2], MEMBERS[1]], BUDGET)
    assert [(found.member, found.epoch, found.cause) for found in with_it.diverged] == [(1, 1, "the loss is inf")]
    for name, weights in without.weights.items():
        assert torch.equal(with_it.weights[name][[0, 2]], weights[[0, 2]])
    start = initial_weights(model().shapes, stream(1, Purpose.WEIGHTS))
    assert all(torch.equal(with_it.weights[name][1], start[name]) for name in start)
    frozen = with_it.history.set_index("member")["frozen"]
    assert frozen.loc[1].all()
    assert not frozen.loc[[0, 2]].any()


def test_a_member_that_breaks_later_keeps_the_weights_of_the_epoch_before():
    steep = Budget(epochs=6, batch=20, lr=1e18)
    broken = train(model(), data(), MEMBERS, steep)
    assert broken.diverged
    for found in broken.diverged:
        before = train(model(), data(), MEMBERS, steep.model_copy(update={"epochs": max(found.epoch - 1, 1)}))
        for name, weights in broken.weights.items():
            assert weights[found.member].isfinite().all()
            if found.epoch > 1:
                assert torch.equal(weights[found.member], before.weights[name][found.member])


def test_gradient_clipping_bounds_the_first_steps_of_each_member():
    calm = train(model(), data(), MEMBERS, BUDGET.model_copy(update={"clip": 1e-12, "epochs": 1, "lr": 1e-3}))
    free = train(model(), data(), MEMBERS, BUDGET.model_copy(update={"epochs": 1, "lr": 1e-3}))
    start = initial_weights(model().shapes, stream(0, Purpose.WEIGHTS))
    moved = [max((t.weights[n][0] - w).abs().max().item() for n, w in start.items()) for t in (calm, free)]
    assert moved[0] < 1e-6 < moved[1]


def test_linear_gaussian_theory_of_the_uniform_square():
    """MSE a coordinate beta / 2, KL a latent ln(beta* / beta) / 2, collapse above beta* = 1/6."""
    x = torch.rand(4000, 2, generator=torch.Generator().manual_seed(0))
    net = build(VAE(kind="vae", hidden=(30, 30), latent=2, likelihood="gaussian", activation="relu"), (2,))
    members = [{"beta": beta, "lam": 0.0, "seed": 0} for beta in (0.01, 0.03, 0.25)]
    history = train(net, {"train": x, "validation": x[:1000]}, members, Budget(epochs=60, batch=100, lr=3e-3)).history
    last = history[(history["epoch"] == 60) & (history["split"] == "validation")].set_index("beta")
    for beta in (0.01, 0.03):
        assert last.loc[beta, "recon"] == pytest.approx(beta, rel=0.15)
        assert last.loc[beta, "kl"] == pytest.approx(math.log(1 / 6 / beta), rel=0.15)
    assert last.loc[0.25, "kl"] < 0.01
    assert last.loc[0.25, "recon"] == pytest.approx(1 / 6, rel=0.05)


@pytest.mark.parametrize(
    ("members", "budget", "words"),
    [([], BUDGET, "members = \\[\\]"), (MEMBERS, Budget(batch=81), "batch = 81: allowed: at most 80")],
)
def test_bad_input_is_refused_in_one_line(members, budget, words):
    with pytest.raises(ValueError, match=words):
        train(model(), data(), members, budget)


@pytest.mark.parametrize(
    ("split", "wrong", "words"),
    [
        ("train", lambda x: x.index_fill(0, torch.tensor(3), math.nan), "train: NaN or infinite numbers"),
        ("validation", lambda x: x.index_fill(0, torch.tensor(3), math.inf), "validation: NaN or infinite numbers"),
        ("validation", lambda x: x[:0], "validation: no samples"),
        ("validation", lambda x: x[:, :3], r"validation: samples of \(3,\): allowed: of \(4,\)"),
        ("train", lambda x: x.unflatten(1, (2, 2)), r"train: samples of \(2, 2\): allowed: of \(4,\); images are flat"),
        ("train", lambda x: (255 * x).byte(), r"likelihood = 'bernoulli': the data reach from 0 to 25\d"),
        ("train", lambda x: 2 * x - 1, r"the data reach from -0\.9\d* to 0\.9\d*; allowed: numbers in"),
    ],
)
def test_samples_that_cannot_be_trained_on_are_refused_in_one_line(split, wrong, words):
    given = data()
    with pytest.raises(ValueError, match=words):
        train(model("bernoulli"), given | {split: wrong(given[split])}, MEMBERS, BUDGET)


@pytest.mark.parametrize("stack", [0, -1])
def test_a_stack_of_none_is_refused(stack):
    with pytest.raises(ValueError, match=f"stack = {stack}: allowed: 1 or more"):
        train(model(), data(), MEMBERS, BUDGET, stack=stack)


@pytest.mark.parametrize("name", ["epoch", "loss", "kl"])
def test_keys_of_members_are_no_columns_of_the_history(name):
    with pytest.raises(ValueError, match=f"{name}: a column of the history: allowed: another name"):
        train(model(), data(), [{**MEMBERS[0], name: 1}], BUDGET)


def test_initial_weights_are_pytorchs_default_range():
    weights = initial_weights({"a.weight": (100, 50), "a.bias": (50,)}, torch.Generator().manual_seed(0))
    values = torch.cat([w.flatten() for w in weights.values()])
    assert values.abs().max() <= 0.1
    assert values.std().item() == pytest.approx(0.1 / math.sqrt(3), rel=0.02)
    assert np.isclose(weights["a.bias"].abs().max().item(), 0.1, atol=0.01)


def test_a_callers_small_numbers_are_left_alone():
    x = torch.rand(20, 2)
    model = build(VAE(kind="vae", hidden=(4,), latent=2, likelihood="gaussian"), (2,))
    train(model, {"train": x, "validation": x}, [{"beta": 1.0, "lam": 0.0, "seed": 0}], Budget(epochs=1, batch=10))
    assert torch.tensor(1e-310, dtype=torch.float64).mul(0.5) > 0
