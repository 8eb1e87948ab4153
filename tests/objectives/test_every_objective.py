"""What holds for every objective: players and members apart, finite values, and the ELBO where it should be."""

import pytest
import torch
from pydantic import TypeAdapter, ValidationError

from curvae.objectives import build, elbo
from curvae.settings.objective import ObjectiveSettings

TIME = torch.tensor(1.5, dtype=torch.float64)  # epochs


def gradients(losses, leaves):
    return torch.autograd.grad(losses.sum(), leaves, allow_unused=True, retain_graph=True)


def test_one_loss_a_member_and_player(objective, drawn, terms, critic):
    leaves, noise, extra, beta = drawn()
    losses, parts = objective.losses(critic(objective), terms(leaves, noise), beta, TIME, extra)
    assert list(losses) == (["model", "critic"] if objective.shapes else ["model"])
    assert all(mean.shape == (3,) for mean in (*losses.values(), *parts.values()))
    assert not set(parts) & {"recon", "kl", "recon_mean", "loss"}
    assert bool(objective.shapes) == (objective.critic is not None)


def test_the_model_moves_by_its_own_loss_and_the_critic_by_its_own(objective, drawn, terms, critic):
    leaves, noise, extra, beta = drawn()
    weights = critic(objective)
    losses, _ = objective.losses(weights, terms(leaves, noise), beta, TIME, extra)
    assert all((g.flatten(1).abs().sum(1) > 0).all() for g in gradients(losses["model"], [leaves["mean"]]))
    if weights:
        assert all(g is None for g in gradients(losses["model"], list(weights.values())))
        assert all(g is None for g in gradients(losses["critic"], list(leaves.values())))
        assert all((g.flatten(1).abs().sum(1) > 0).all() for g in gradients(losses["critic"], list(weights.values())))


def test_members_do_not_mix(objective, drawn, terms, critic):
    found = []
    for changed in (False, True):
        leaves, noise, extra, beta = drawn()
        weights = critic(objective)
        if changed:
            other = drawn(seed=9)
            with torch.no_grad():
                for mine, theirs in zip(
                    (*leaves.values(), noise, extra), (*other[0].values(), *other[1:3]), strict=True
                ):
                    mine[1] = theirs[1]
                for w in weights.values():
                    w[1] *= 1.5
            beta[1] = 7.0
        losses, parts = objective.losses(weights, terms(leaves, noise), beta, TIME, extra)
        moved = gradients(losses["model"], list(leaves.values()))
        if weights:
            moved += gradients(losses["critic"], list(weights.values()))
        found.append([*losses.values(), *parts.values(), *(g for g in moved if g is not None)])
    for before, after in zip(*found, strict=True):
        assert torch.equal(before[[0, 2]], after[[0, 2]])
    assert not torch.equal(found[0][0][1], found[1][0][1])


def test_a_member_in_a_stack_is_the_member_alone(objective, drawn, terms, critic):
    leaves, noise, extra, beta = drawn()
    weights = critic(objective)
    losses, _ = objective.losses(weights, terms(leaves, noise), beta, TIME, extra)
    for member in range(3):
        one = slice(member, member + 1)
        alone, _ = objective.losses(
            {name: w[one] for name, w in weights.items()},
            terms({name: leaf[one] for name, leaf in leaves.items()}, noise[one]),
            beta[one],
            TIME,
            extra[one],
        )
        for player, loss in losses.items():
            torch.testing.assert_close(alone[player], loss[one], rtol=1e-12, atol=1e-12)


def test_gradients_are_those_of_finite_differences(objective, drawn, terms, critic):
    leaves, noise, extra, beta = drawn(members=2, batch=5)
    weights = critic(objective, members=2)

    def model(mean, logvar):
        given = terms({**leaves, "mean": mean, "logvar": logvar}, noise)
        return objective.losses(weights, given, beta, TIME, extra)[0]["model"]

    assert torch.autograd.gradcheck(model, (leaves["mean"], leaves["logvar"]))


@pytest.mark.parametrize("batch", [1, 2, 64])
@pytest.mark.parametrize("logvar", [-30.0, 30.0])
def test_finite_for_extreme_posteriors_and_any_batch_in_float32(objective, drawn, terms, critic, logvar, batch):
    leaves, noise, extra, beta = drawn(batch=batch, dtype=torch.float32)
    with torch.no_grad():
        leaves["logvar"][:, ::2] = logvar
        leaves["mean"] *= 10
    weights = critic(objective, dtype=torch.float32)
    losses, parts = objective.losses(weights, terms(leaves, noise), beta, TIME, extra)
    moved = gradients(losses["model"], list(leaves.values()))
    if weights:
        moved += gradients(losses["critic"], list(weights.values()))
    for found in (*losses.values(), *parts.values(), *moved):
        assert found is None or found.isfinite().all()


@pytest.mark.parametrize(
    ("settings", "beta"),
    [
        ({"kind": "elbo"}, 1.0),
        ({"kind": "dc_ign", "factors": ["a"]}, 1.0),
        ({"kind": "smooth", "weight": 0.0}, 1.0),
        ({"kind": "capacity", "capacity": 0.0}, 1.0),
        ({"kind": "beta_tcvae", "estimator": "weighted"}, 1.0),
        ({"kind": "beta_tcvae", "estimator": "stratified"}, 1.0),
        ({"kind": "factorvae", "critic": {"width": 4, "depth": 1}}, 0.0),
        ({"kind": "dip_vae", "variant": "I"}, 0.0),
        ({"kind": "dip_vae", "variant": "II"}, 0.0),
        ({"kind": "infovae", "alpha": 0.0}, 1.0),
        ({"kind": "infovae", "alpha": 0.25, "kernel": "imq"}, None),
    ],
)
def test_is_the_elbo_with_these_settings(settings, beta, drawn, terms, critic):
    objective = build(TypeAdapter(ObjectiveSettings).validate_python(settings), 3, 50)
    leaves, noise, extra, _ = drawn()
    given = terms(leaves, noise)
    weight = 1.0
    if beta is None:  # the discrepancy has weight 0 and the KL 1 - alpha
        beta, weight = 1 - settings["alpha"], 1 - settings["alpha"]
    ones = torch.ones(3, dtype=torch.float64)
    loss = objective.losses(critic(objective), given, beta * ones, 7 * TIME, extra)[0]["model"]
    expected = elbo(given, weight * ones)
    torch.testing.assert_close(loss, expected, rtol=1e-12, atol=1e-12)
    for mine, theirs in zip(*(gradients(f, list(leaves.values())) for f in (loss, expected)), strict=True):
        torch.testing.assert_close(mine, theirs, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("kind", ["wae_mmd", "wae_gan"])
def test_is_the_plain_autoencoder_at_beta_0(kind, drawn, terms, critic):
    objective = build(TypeAdapter(ObjectiveSettings).validate_python({"kind": kind}), 3, 50)
    leaves, noise, extra, beta = drawn()
    loss = objective.losses(critic(objective), terms(leaves, noise), 0 * beta, 0 * TIME, extra)[0]["model"]
    torch.testing.assert_close(loss, leaves["recon"].mean(1))


@pytest.mark.parametrize(
    "settings",
    [
        {"kind": "gans"},
        {"kind": "elbo", "beta": 4},
        {"kind": "infovae", "alpha": 1.5},
        {"kind": "wae_mmd", "scales": []},
        {"kind": "factorvae", "critic": {"depth": 0}},
        {"kind": "wae_gan", "critic": {"betas": [0.5, 1.0]}},
        {"kind": "dip_vae", "variant": "III"},
        {"kind": "dc_ign"},
        {"kind": "smooth", "order": 3},
        {"kind": "smooth", "frames": 2},
        {"kind": "dc_ign", "factors": ["a", "a"]},
    ],
)
def test_settings_are_closed(settings):
    with pytest.raises(ValidationError):
        TypeAdapter(ObjectiveSettings).validate_python(settings)


def test_a_critic_keeps_the_defaults_of_its_own_objective():
    read = TypeAdapter(ObjectiveSettings).validate_python
    factor, gan = (read({"kind": kind, "critic": {"width": 7}}).critic for kind in ("factorvae", "wae_gan"))
    assert (factor.width, factor.depth, factor.betas) == (7, 6, (0.5, 0.9))
    assert (gan.width, gan.depth, gan.betas) == (7, 4, (0.5, 0.999))
