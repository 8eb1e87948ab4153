"""Runs of consecutive frames in the order of an epoch, and training on them."""

import os
import signal

import numpy as np
import pytest
import torch
import xarray as xr

from curvae.models import build
from curvae.objectives import build as build_objective
from curvae.settings.model import VAE
from curvae.settings.objective import Elbo, Smooth
from curvae.settings.train import Budget
from curvae.sweep import Interrupted, train
from curvae.sweep.checkpoint import Checkpoint
from curvae.sweep.runs import films_for, following, run_orders
from curvae.sweep.streams import orders

FILMS = torch.tensor([4] * 12 + [7] * 12 + [9] * 7)  # numbers without meaning, a film of another length


def test_every_frame_comes_once_and_films_are_cut_into_runs():
    order = run_orders([3, 4], 2, FILMS, 5)
    assert torch.equal(order.sort(1).values, torch.arange(31).expand(2, -1))
    for own in order:
        starts = own[~following(FILMS, own[None])[0]].numpy()
        for first, end in ((0, 12), (12, 24), (24, 31)):
            cuts = np.sort(starts[(starts > first) & (starts < end)])
            assert len(cuts)
            assert (np.diff(cuts) % 5 == 0).all()  # two runs that are drawn one after the other show no cut


def test_a_frame_follows_the_one_before_it_in_its_own_film_alone():
    chosen = torch.tensor([[0, 1, 2, 4, 11, 12, 13], [5, 4, 23, 24, 25, 25, 26]])
    found = following(FILMS, chosen)
    assert found.tolist() == [
        [False, True, True, False, False, False, True],
        [False, False, False, False, True, False, True],
    ]


def test_runs_are_cut_elsewhere_in_every_epoch():
    borders = set()
    for epoch in range(40):
        own = run_orders([0], epoch, FILMS, 5)
        follows = following(FILMS, own)[0]
        borders |= set(own[0][~follows].tolist())
    assert borders == set(range(31))


def test_runs_of_one_frame_are_the_order_of_any_samples():
    assert torch.equal(run_orders([3, 8], 5, FILMS, 1), orders([3, 8], 5, 31))


def test_a_seed_sees_the_same_runs_in_any_company_and_epochs_differ():
    alone, together = run_orders([5], 1, FILMS, 4), run_orders([2, 5], 1, FILMS, 4)
    assert torch.equal(alone[0], together[1])
    assert not torch.equal(alone, run_orders([5], 2, FILMS, 4))


def test_films_are_read_for_objectives_that_ask_for_them():
    split = xr.Dataset(coords={"trajectory": ("sample", FILMS.numpy().astype(np.int32))})
    assert films_for(Elbo(), {"train": split}) is None
    assert torch.equal(films_for(Smooth(kind="smooth"), {"train": split})["train"], FILMS)


@pytest.fixture(scope="module")
def films():
    """A point on a circle, seen through random features: 20 films of 30 frames for training, 5 for validation."""
    rng = np.random.default_rng(0)
    angle = rng.uniform(0, 6, (25, 1)) + rng.uniform(0.1, 0.3, (25, 1)) * np.arange(30)
    x = np.tanh(np.stack([np.cos(angle), np.sin(angle)], -1).reshape(-1, 2) @ rng.normal(size=(2, 20)))
    number = torch.arange(25).repeat_interleave(30)
    x = torch.as_tensor(x, dtype=torch.float32)
    return {"train": x[:600], "validation": x[600:]}, {"train": number[:600], "validation": number[600:]}


def trained(films, epochs=30, kept=None, **said):
    model = build(VAE(kind="vae", hidden=(24,), latent=2, activation="tanh", likelihood="gaussian"), (20,))
    objective = build_objective(Smooth(kind="smooth", **said), 2, 600)
    members = [{"beta": 0.02, "lam": 0.0, "seed": seed} for seed in range(2)]
    budget = Budget(epochs=epochs, batch=50, lr=3e-3)
    return model, train(model, films[0], members, budget, objective=objective, films=films[1], **(kept or {}))


def test_the_order_of_a_term_without_weight_changes_no_bit(films):
    first, second = (trained(films, epochs=3, weight=0, order=order)[1] for order in (1, 2))
    assert all(torch.equal(w, second.weights[name]) for name, w in first.weights.items())


def test_a_stopped_run_goes_on_to_the_same_bits(films, tmp_path, monkeypatch):
    """Of 12 steps an epoch the 17th is amid the second one."""
    (_, whole), count, save = trained(films, epochs=3), [0], Checkpoint.save

    def counted(self, tensors):
        count[0] += 1
        if count[0] == 17:
            os.kill(os.getpid(), signal.SIGTERM)
        save(self, tensors)

    with monkeypatch.context() as patch:
        patch.setattr(Checkpoint, "save", counted)
        with pytest.raises(Interrupted):
            trained(films, epochs=3, kept={"scratch": tmp_path, "interval": 0.0})
    _, resumed = trained(films, epochs=3, kept={"scratch": tmp_path})
    assert resumed.history.equals(whole.history)
    assert all(torch.equal(resumed.weights[name], w) for name, w in whole.weights.items())


def test_a_weight_makes_paths_smoother_and_the_history_says_so(films):
    _, plain = trained(films, weight=0)
    model, smooth = trained(films, weight=20)
    rough = [t.history.query("split == 'validation' and epoch == 30")["roughness"].to_numpy() for t in (plain, smooth)]
    assert (rough[1] < 0.5 * rough[0]).all()
    mean, _ = model.encode(smooth.weights, films[0]["validation"].expand(2, -1, -1))
    bends = mean.detach().unflatten(1, (5, 30)).diff(dim=2).diff(dim=2).square().sum(-1).mean((1, 2))
    # Batches of 50 cut one film in five: their predictions are the same but for those at the cuts.
    torch.testing.assert_close(bends.double(), torch.tensor(rough[1]), rtol=0.1, atol=0)


def test_films_and_objective_belong_together(films):
    model = build(VAE(kind="vae", hidden=(4,), latent=2, likelihood="gaussian"), (20,))
    member = [{"beta": 1.0, "lam": 0.0, "seed": 0}]
    objective = build_objective(Smooth(kind="smooth"), 2, 600)
    for said in ({"objective": objective}, {"films": films[1]}):
        with pytest.raises(ValueError, match="films: allowed: with an objective whose batches hold runs"):
            train(model, films[0], member, Budget(epochs=1), **said)
