"""A generator without variety is named, and since when."""

import pandas as pd
import torch

from curvae.models import build
from curvae.objectives import build as build_objective
from curvae.settings.adversarial import GAN
from curvae.settings.model import Generator
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
