"""A generator without variety is named, and since when, and an autoencoder whose codes say nothing."""

import pandas as pd
import pytest
import torch

from curvae.models import build
from curvae.objectives import build as build_objective
from curvae.settings.adversarial import GAN
from curvae.settings.model import VAE, Generator
from curvae.settings.train import Budget
from curvae.sweep import train
from curvae.sweep.collapse import Collapsed, collapsed


def test_only_members_that_end_narrow_count():
    curves = {0: [1.0, 0.9, 0.8], 1: [0.5, 0.05, 0.02], 2: [0.05, 0.05, 0.5], 3: [0.01, 0.01, 0.01]}
    rows = [
        {"member": m, "epoch": e, "split": "validation", "spread": s, "frozen": m == 3}
        for m, curve in curves.items()
        for e, s in enumerate(curve, 1)
    ]
    history = pd.DataFrame(rows)
    assert collapsed(history) == [Collapsed(1, 2, 0.02)]
    assert collapsed(history.drop(columns="spread")) == []


def test_an_autoencoder_without_kl_counts_and_one_whose_codes_are_points_does_not():
    # 0 learns, 1 forgets again, 2 never learns, 3 has a little in each of many latents and enough in none
    latents = {0: [[0.0, 0.01], [1.5, 0.4]], 1: [[1.0, 1.0], [0.02, 0.03]], 2: [[0.0, 0.0], [0.0018, 0.0]]}
    rows = [
        {"member": m, "epoch": e, "split": "validation", "frozen": False, "kl_0": kl[0], "kl_1": kl[1], "kl": sum(kl)}
        for m, curve in latents.items()
        for e, kl in enumerate(curve, 1)
    ]
    many = [
        {"member": 3, "epoch": e, "split": "validation", "frozen": False, "kl": 0.18}
        | {f"kl_{j}": 0.009 for j in range(20)}
        for e in (1, 2)
    ]
    history = pd.DataFrame(rows + many)
    found = collapsed(history)
    assert [(one.member, one.epoch, one.spread) for one in found] == [(1, 2, None), (2, 1, None), (3, 1, None)]
    assert [one.kl for one in found] == pytest.approx([0.05, 0.0018, 0.18])
    points = history.drop(columns=history.filter(regex=r"^kl_\d+$").columns).assign(kl=0.0)
    assert collapsed(points) == []


def test_an_autoencoder_that_leaves_its_latents_unused_is_reported(caplog):
    x = torch.rand(200, 3, generator=torch.Generator().manual_seed(0))
    model = build(VAE(kind="vae", hidden=(8,), latent=2), (3,))
    members = [{"beta": beta, "lam": 0.0, "seed": 0} for beta in (1e-3, 10.0)]
    budget = Budget(epochs=10, batch=10, lr=1e-2)
    trained = train(model, {"train": x[:150], "validation": x[150:]}, members, budget)
    assert [found.member for found in trained.collapsed] == [1]
    assert trained.collapsed[0].kl < 0.1
    assert "collapsed in epoch" in caplog.text


def test_a_generator_that_cannot_vary_is_reported_and_its_neighbour_is_not(caplog):
    x = 0.5 + 0.1 * torch.rand(200, 3, generator=torch.Generator().manual_seed(0))
    model = build(Generator(kind="generator", hidden=(8,), latent=4), (3,))
    objective = build_objective(GAN(kind="gan", critic={"width": 4, "depth": 1, "lr": 1e-6}), 3, 150)
    # lam draws all weights to 0, and with them every sample to the same one
    members = [{"beta": 1.0, "lam": lam, "seed": 0} for lam in (0.0, 50.0)]
    trained = train(
        model,
        {"train": x[:150], "validation": x[150:]},
        members,
        Budget(epochs=10, batch=10, lr=1e-2),
        objective=objective,
    )
    assert [found.member for found in trained.collapsed] == [1]
    assert "collapsed in epoch" in caplog.text
    assert not trained.diverged
