"""Players in turn, trained as everything else: alone as together, resumed to the same bits, diverging alone."""

import os
import signal

import pytest
import torch
from pydantic import TypeAdapter

from curvae.models import build
from curvae.objectives import build as build_objective
from curvae.settings.model import Generator, Interpolator
from curvae.settings.objective import ObjectiveSettings
from curvae.settings.train import Budget
from curvae.sweep import Interrupted, train
from curvae.sweep.checkpoint import Checkpoint
from curvae.sweep.optimiser import Adam

SMALL = {"critic": {"width": 8, "depth": 2}}
KINDS = {
    "gan": ({"kind": "gan", **SMALL}, {}),
    "wgan": ({"kind": "wgan", "steps": 3, "clip": 0.05, **SMALL}, {"optimiser": "rmsprop", "betas": (0.0, 0.99)}),
    "wgan_gp": ({"kind": "wgan_gp", "steps": 2, **SMALL}, {"betas": (0.0, 0.9)}),
    "infogan": ({"kind": "infogan", "steps": 2, "penalty": 10.0, "instance_noise": 0.1, **SMALL}, {}),
    "gaia": ({"kind": "gaia", "critic": {"width": 8, "code": 2}}, {}),
}
MODELS = {
    "infogan": Generator(kind="generator", hidden=(6, 7), latent=3, codes=2),
    "gaia": Interpolator(kind="interpolator", hidden=(6, 7), latent=3),
}
X = torch.rand(130, 5, generator=torch.Generator().manual_seed(1))
DATA = {"train": X[:100], "validation": X[100:]}
MEMBERS = [{"beta": 1.0, "lam": lam, "seed": seed} for seed, lam in ((0, 0.0), (1, 1e-3), (2, 0.0))]


def run(kind, members=MEMBERS, dtype=torch.float64, epochs=3, **about):
    settings, budget = KINDS[kind]
    model = build(MODELS.get(kind, Generator(kind="generator", hidden=(6, 7), latent=3)), (5,))
    chosen = TypeAdapter(ObjectiveSettings).validate_python(settings)
    objective = build_objective(chosen, model.judged, len(DATA["train"]))
    budget = Budget(epochs=epochs, batch=9, lr=1e-3, **budget)
    return train(model, DATA, members, budget, dtype=dtype, objective=objective, **about)


@pytest.mark.parametrize("kind", KINDS)
def test_alone_and_together(kind):
    together = run(kind)
    for member, axes in enumerate(MEMBERS):
        alone = run(kind, [axes])
        for name, w in alone.weights.items():
            torch.testing.assert_close(together.weights[name][member], w[0], rtol=1e-10, atol=1e-12)
    assert {"loss", "spread", "member"} <= set(together.history)
    assert together.history[together.history["split"] == "validation"].notna().all(axis=None)


@pytest.mark.parametrize("kind", KINDS)
def test_a_stopped_run_goes_on_to_the_same_bits(kind, tmp_path, monkeypatch):
    whole, count, save = run(kind, dtype=torch.float32), [0], Checkpoint.save

    def counted(self, tensors):
        count[0] += 1
        if count[0] == 17:
            os.kill(os.getpid(), signal.SIGTERM)
        save(self, tensors)

    with monkeypatch.context() as patch:
        patch.setattr(Checkpoint, "save", counted)
        with pytest.raises(Interrupted):
            run(kind, dtype=torch.float32, scratch=tmp_path, interval=0.0)
    resumed = run(kind, dtype=torch.float32, scratch=tmp_path)
    assert resumed.history.equals(whole.history)
    assert all(torch.equal(resumed.weights[name], w) for name, w in whole.weights.items())


@pytest.mark.parametrize("kind", ["gan", "wgan_gp"])
def test_a_member_that_diverges_harms_no_other(kind):
    lost = [MEMBERS[0], {**MEMBERS[1], "lr": 1e300}, MEMBERS[2]]
    found, sound = run(kind, lost), run(kind, [MEMBERS[0], MEMBERS[2]])
    assert [diverged.member for diverged in found.diverged] == [1]
    for name, w in sound.weights.items():
        torch.testing.assert_close(found.weights[name][[0, 2]], w, rtol=1e-10, atol=1e-12)


def test_the_model_moves_once_in_so_many_steps_of_the_critic():
    # 12 batches an epoch, 3 steps of the critic: 4 moves an epoch. RMSProp's first moves do not depend on the scale.
    moves = []
    step = Adam.step
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Adam, "step", lambda self, g, r: (moves.append("decoder.0.weight" in g), step(self, g, r)))
        run("wgan", epochs=2)
    assert moves == [False, False, False, True] * 8


def test_clipped_weights_stay_within_bounds():
    settings, _ = KINDS["wgan"]
    seen, step = [], Adam.step

    def watched(self, gradients, rates):
        if "critic.0.weight" in gradients:
            seen.append(max(w.abs().max().item() for w in self.weights.values()))
        step(self, gradients, rates)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Adam, "step", watched)
        run("wgan", epochs=1)
    assert seen[0] > settings["clip"] >= max(seen[1:])


def test_rmsprop_is_that_of_pytorch():
    mine, theirs = (torch.linspace(-1, 1, 12, dtype=torch.float64).view(2, 6).clone() for _ in range(2))
    optimiser = torch.optim.RMSprop([theirs.requires_grad_()], lr=1e-2, alpha=0.95, eps=1e-8)
    own = Adam({"w": mine}, (0.9, 0.95), "rmsprop")
    generator = torch.Generator().manual_seed(0)
    for _ in range(20):
        gradient = torch.randn(2, 6, generator=generator, dtype=torch.float64)
        theirs.grad = gradient.clone()
        optimiser.step()
        own.step({"w": gradient}, [1e-2, 1e-2])
    torch.testing.assert_close(mine, theirs.detach(), rtol=1e-12, atol=1e-14)


def test_more_steps_than_batches_are_refused():
    settings = {"kind": "wgan", **SMALL}
    model = build(Generator(kind="generator", hidden=(6,), latent=3), (5,))
    objective = build_objective(TypeAdapter(ObjectiveSettings).validate_python(settings), 5, 100)
    with pytest.raises(ValueError, match=r"steps = 5: allowed"):
        train(model, DATA, MEMBERS, Budget(epochs=1, batch=50), objective=objective)
