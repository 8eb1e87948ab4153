"""Lines of samples that differ in one factor, and the batches drawn along them."""

import numpy as np
import pytest
import torch

from curvae.models import build
from curvae.objectives import build as build_objective
from curvae.settings.model import VAE
from curvae.settings.objective import DCIGN
from curvae.settings.train import Budget
from curvae.sweep import train
from curvae.sweep.lines import draw, lines_along

GRID = np.stack(np.meshgrid([0.5, 1.0], range(3), range(4), [7], indexing="ij"), axis=-1).reshape(-1, 4)


def test_samples_of_a_line_agree_in_all_other_factors():
    lines = lines_along(GRID, [2, 0]).numpy()
    assert lines.shape == (3, 24)  # two named factors, and the second; the constant one does not count
    for kind, moving in enumerate(([2], [0], [1])):
        others = np.delete(GRID, moving, axis=1)
        same = (others[:, None] == others[None]).all(-1)
        np.testing.assert_array_equal(lines[kind][:, None] == lines[kind][None], same)
    assert lines_along(GRID, [0, 1, 2]).shape == (3, 24)


def test_factors_that_never_agree_are_refused():
    points = np.random.default_rng(0).random((30, 2))
    with pytest.raises(ValueError, match="factor 0: no two samples agree in all others"):
        lines_along(points, [0])


def test_a_batch_has_lines_of_one_kind_side_by_side():
    lines = lines_along(GRID, [0, 1])
    drawn = draw([3, 4], 2, lines, 5)
    assert drawn.order.shape == (2, 24)
    for seed in range(2):
        for first in range(0, 24, 5):
            batch = slice(first, first + 5)
            kinds, own, rows = (part[seed, batch] for part in (drawn.kinds, drawn.lines, drawn.order))
            assert len(kinds.unique()) == 1
            assert torch.equal(own, lines[kinds[0], rows])
            assert len(torch.unique_consecutive(own)) == len(own.unique())
            assert len(rows.unique()) == len(rows)


def test_every_kind_and_sample_is_drawn_alike():
    lines = lines_along(GRID, [0, 1])
    drawn = [draw([9], epoch, lines, 4) for epoch in range(600)]
    kinds = torch.cat([part.kinds[0] for part in drawn]).bincount() / (600 * 24)
    seen = torch.cat([part.order[0] for part in drawn]).bincount(minlength=24) / 600
    # 3,600 batches, kinds one in three: a standard deviation of .008; a sample is seen once an epoch, deviation .04
    assert (kinds - 1 / 3).abs().max() < 0.035
    assert (seen - 1).abs().max() < 0.2


def test_a_seed_draws_the_same_in_any_company_and_epochs_differ():
    lines = lines_along(GRID, [0, 1])
    alone, together = draw([5], 1, lines, 4), draw([2, 5], 1, lines, 4)
    assert torch.equal(alone.order[0], together.order[1])
    assert torch.equal(alone.kinds[0], together.kinds[1])
    assert not torch.equal(alone.order, draw([5], 2, lines, 4).order)


def test_a_latent_learns_the_factor_that_it_was_given():
    rng = np.random.default_rng(0)
    levels = np.stack(np.meshgrid(range(8), range(8), indexing="ij"), axis=-1).reshape(-1, 2)
    x = torch.as_tensor(np.tanh((levels / 3.5 - 1) @ rng.normal(size=(2, 12))), dtype=torch.float32)
    model = build(VAE(kind="vae", hidden=(32,), latent=3, activation="tanh", likelihood="gaussian"), (12,))
    objective = build_objective(DCIGN(kind="dc_ign", factors=("b", "a")), 3, 64)
    members = [{"beta": 0.01, "lam": 0.0, "seed": seed} for seed in range(3)]
    trained = train(
        model,
        {"train": x, "validation": x},
        members,
        Budget(epochs=300, batch=16, lr=3e-3),
        objective=objective,
        lines=lines_along(levels, [1, 0]),
    )
    mean, _ = model.encode(trained.weights, x.expand(3, 64, 12))
    for own in mean.detach().numpy():
        r = np.abs(np.corrcoef(own[:, :2].T, levels.T)[:2, 2:])
        assert r[0, 1] > 0.95
        assert r[1, 0] > 0.95
        assert max(r[0, 0], r[1, 1]) < 0.2


def test_lines_and_objective_belong_together():
    model = build(VAE(kind="vae", hidden=(4,), latent=2), (3,))
    data = {"train": torch.rand(24, 3), "validation": torch.rand(4, 3)}
    objective = build_objective(DCIGN(kind="dc_ign", factors=("a",)), 2, 24)
    member = [{"beta": 1.0, "lam": 0.0, "seed": 0}]
    for said in ({"objective": objective}, {"lines": lines_along(GRID, [0])}):
        with pytest.raises(ValueError, match="lines: allowed: with an objective whose batches vary one factor"):
            train(model, data, member, Budget(epochs=1, batch=4), **said)
