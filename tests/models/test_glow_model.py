"""Glow as a model in a sweep: its bits are those of the flow, alone as together, stopped as whole."""

import math
import os
import signal

import pytest
import torch

from curvae.flows.glow import ActNorm
from curvae.flows.levels import bits_per_dimension, level_logits, place
from curvae.models import build
from curvae.settings.model import Glow
from curvae.settings.train import Budget
from curvae.sweep import Interrupted, Stack, log_weights, train
from curvae.sweep.checkpoint import Checkpoint

SHAPE = (4, 8)
MEMBERS = [{"beta": 1.0, "lam": 0.0, "seed": 0}, {"beta": 1.0, "lam": 1e-4, "seed": 1, "lr": 3e-3}]


def model(grey=5, shape=SHAPE, **about):
    return build(Glow(kind="glow", **{"levels": 2, "depth": 2, "width": 6, **about}, grey=grey), shape)


def images(count, grey=5, shape=SHAPE, seed=0):
    """The right half is the left one, mirrored."""
    half = torch.randint(0, grey, (count, shape[0], shape[1] // 2), generator=torch.Generator().manual_seed(seed))
    return torch.cat([half, half.flip(2)], 2).flatten(1) / (grey - 1)


def drawn(of, members=2, size=0.2, seed=3):
    """Weights away from any start, in float64."""
    generator = torch.Generator().manual_seed(seed)
    start = dict(of.flow.named_parameters())
    found = {}
    for name, shape in of.shapes.items():
        moved = size * torch.randn(members, *shape, generator=generator, dtype=torch.float64)
        found[name] = moved + start[name].detach() if name in start else moved
    return found


def normal(*shape, seed=4):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def test_nats_are_those_of_a_flow_with_the_members_weights():
    glow, x, noise = model(), images(7).double().expand(2, 7, 32), normal(2, 7, 32)
    weights = drawn(glow)
    nats = glow.terms(weights, x, noise)["recon"]
    y = ((x * 4).round() + torch.special.ndtr(noise)) / 5 - 0.5
    assert torch.equal(((y + 0.5) * 5).floor(), (x * 4).round())
    for member in range(2):
        alone = model().flow.double()
        alone.load_state_dict({name: w[member] for name, w in weights.items()}, strict=False)
        expected = alone.log_prob(y[member].view(7, 1, *SHAPE))
        torch.testing.assert_close(32 * math.log(5) - nats[member], expected)
        bits = bits_per_dimension(expected, 32, 5)
        torch.testing.assert_close(nats[member] / (32 * math.log(2)), bits)


def test_normal_cells_are_placed_before_the_flow():
    glow, x, noise = model(cells="normal"), images(7).double().expand(2, 7, 32), normal(2, 7, 32)
    weights = drawn(glow)
    assert weights["cells"].shape == (2, 5)
    y, log_slope = place((x * 4).round(), torch.special.ndtr(noise), 5, weights["cells"])
    nats = glow.terms(weights, x, noise)["recon"]
    for member in range(2):
        alone = model().flow.double()
        alone.load_state_dict({name: w[member] for name, w in weights.items() if name != "cells"}, strict=False)
        expected = alone.log_prob(y[member].view(7, 1, *SHAPE)) + log_slope[member].sum(-1)
        torch.testing.assert_close(-nats[member], expected)


@pytest.mark.parametrize("cells", ["equal", "normal"])
def test_images_come_back_from_their_codes(cells):
    glow, x = model(grey=256, cells=cells), images(9, grey=256).double().expand(2, 9, 32)
    z, logvar = glow.encode(drawn(glow), x)
    assert z.shape == (2, 9, 32)
    assert (logvar == -math.inf).all()
    torch.testing.assert_close(glow.decode(drawn(glow), z), (x * 255).round() / 255, rtol=0, atol=1e-12)


def test_probabilities_of_all_images_add_up_to_at_most_one():
    """The density integrates to 1 over space, so to less over the cube of the images."""
    glow = model(grey=2, shape=(2, 2), levels=1)
    every = torch.cartesian_prod(*[torch.arange(2.0)] * 4).double()
    noise = normal(2000, 4).expand(16, 2000, 4).flatten(0, 1)
    weights = drawn(glow, members=3, size=0.05)
    for name, w in weights.items():
        if name.endswith("scale"):
            w += 1  # a density narrow enough to lie in the cube, but for a little
    x = every.repeat_interleave(2000, 0).expand(3, -1, -1)
    mass = (-glow.terms(weights, x, noise.expand(3, -1, -1))["recon"]).exp().view(3, 16, 2000).mean(2).sum(1)
    assert (mass < 1.02).all()
    assert (mass > 0.9).all()


def test_normal_cells_fill_the_line_so_probabilities_of_all_images_add_up_to_one():
    glow = model(grey=3, shape=(2, 2), levels=1, cells="normal")
    every = torch.cartesian_prod(*[torch.arange(3.0)] * 4).double() / 2
    x = every.repeat_interleave(2000, 0).expand(3, -1, -1)
    u = torch.rand(x.shape, generator=torch.Generator().manual_seed(5), dtype=torch.float64)
    nats = glow.terms(drawn(glow, members=3, size=0.1), x, torch.special.ndtri(u))["recon"]
    mass = (-nats).exp().view(3, 81, 2000).mean(2).sum(1)
    torch.testing.assert_close(mass, torch.ones(3).double(), rtol=0, atol=0.02)


@pytest.mark.parametrize("cells", ["equal", "normal"])
def test_a_sweep_starts_with_normalised_channels_and_couplings_that_do_nothing(cells):
    glow, x, noise = model(cells=cells), images(256).double().expand(2, 256, 32), normal(2, 256, 32)
    weights = drawn(glow, size=1.0)
    kept = {name: w.clone() for name, w in weights.items() if ".net." in name}
    glow.begin(weights, x, noise)
    assert all(torch.equal(weights[name], w) for name, w in kept.items())
    assert all((w == 0).all() for name, w in weights.items() if ".last." in name or "priors" in name)
    if cells == "normal":
        torch.testing.assert_close(weights["cells"], level_logits((x * 4).round(), 5).double())
    seen = []
    for part in glow.flow.modules():
        if isinstance(part, ActNorm):
            part.register_forward_hook(lambda part, given, out: seen.append(out[0]))
    glow.terms(weights, x, noise)
    assert len(seen) == 2 * 4
    for y in seen:
        assert y.mean((0, 2, 3)).abs().max() < 1e-5
        assert (y.std((0, 2, 3), correction=0) - 1).abs().max() < 1e-4


def run(members=MEMBERS, dtype=torch.float64, epochs=3, cells="normal", **about):
    data = {"train": images(200), "validation": images(60, seed=1)}
    return train(model(cells=cells), data, members, Budget(epochs=epochs, batch=50, lr=1e-2), dtype=dtype, **about)


@pytest.mark.parametrize("cells", ["equal", "normal"])
def test_alone_and_together_it_learns(cells):
    together = run(epochs=8, cells=cells)
    for member, axes in enumerate(MEMBERS):
        alone = run([axes], epochs=8, cells=cells)
        for name, w in alone.weights.items():
            torch.testing.assert_close(together.weights[name][member], w[0], rtol=1e-9, atol=1e-11)
    rows = together.history[together.history["split"] == "validation"]
    bits = rows.pivot(index="epoch", columns="member", values="recon") / (32 * math.log(2))
    assert (bits.loc[8] < bits.loc[1] - 0.01).all()
    assert (rows["kl"] == 0).all()


def test_a_stopped_run_goes_on_to_the_same_bits(tmp_path, monkeypatch):
    whole, count, save = run(dtype=torch.float32), [0], Checkpoint.save

    def counted(self, tensors):
        count[0] += 1
        if count[0] == 7:
            os.kill(os.getpid(), signal.SIGTERM)
        save(self, tensors)

    with monkeypatch.context() as patch:
        patch.setattr(Checkpoint, "save", counted)
        with pytest.raises(Interrupted):
            run(dtype=torch.float32, scratch=tmp_path, interval=0.0)
    resumed = run(dtype=torch.float32, scratch=tmp_path)
    assert resumed.history.equals(whole.history)
    assert all(torch.equal(resumed.weights[name], w) for name, w in whole.weights.items())


def test_samples_are_levels_and_colder_ones_lie_nearer_to_the_middle():
    glow = model()
    stack = Stack(glow, {name: w.float() for name, w in drawn(glow).items()}, MEMBERS)
    pictures = stack.sample(50)
    assert pictures.shape == (2, 50, *SHAPE)
    assert set((pictures * 4).ravel().tolist()) <= {0.0, 1.0, 2.0, 3.0, 4.0}
    assert stack.sample(50, temperature=0.01).std(1).mean() < 0.3 * pictures.std(1).mean()
    found = log_weights(stack, images(5).view(5, *SHAPE).numpy(), 3)
    assert found.shape == (2, 5, 3)


def test_what_is_no_image_is_refused():
    with pytest.raises(ValueError, match=r"shape = \(5,\): allowed with model glow: images"):
        model(shape=(5,))
