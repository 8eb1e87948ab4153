"""A stack survives the disk, and its members are plain functions."""

import numpy as np
import pytest
import torch
import xarray as xr

from curvae import store
from curvae.models import build
from curvae.settings.model import VAE, FlowPrior, Generator, Ladder
from curvae.settings.train import Budget
from curvae.summary import final_losses
from curvae.sweep import Stack, encode, latent_kl, log_weights, open_stack, save_stack, train

SETTINGS = VAE(kind="vae", hidden=(6,), latent=2, likelihood="bernoulli")
MEMBERS = [{"beta": 1.0, "lam": 0.0, "seed": 0}, {"beta": 4.0, "lam": 1e-3, "seed": 5}]


def images(samples=50):
    return torch.rand(samples, 3, 3, generator=torch.Generator().manual_seed(2)).numpy()


def stack_of_two():
    model, x = build(SETTINGS, (3, 3)), torch.as_tensor(images()).flatten(1)
    trained = train(model, {"train": x, "validation": x}, MEMBERS, Budget(epochs=2, batch=10))
    return Stack(model, trained.weights, MEMBERS), trained


def test_round_trip_keeps_every_bit_and_word(tmp_path):
    stack, _ = stack_of_two()
    save_stack(tmp_path / "w.safetensors", SETTINGS, stack, scale=[1.5])
    back, about = open_stack(tmp_path / "w.safetensors", VAE)
    assert about == {"scale": [1.5]}
    assert back.members == MEMBERS
    assert back.model.settings == SETTINGS
    assert all(torch.equal(back.weights[name], stack.weights[name]) for name in stack.weights)


@pytest.mark.parametrize("prior", [None, {"kind": "realnvp", "layers": 2, "units": 4}])
def test_a_stack_of_float64_computes_in_float64(prior):
    model = build(SETTINGS.model_copy(update={"prior": FlowPrior(**prior) if prior else None}), (3, 3))
    single, x = Stack.untrained(model, [4, 5]), images()
    double = Stack(model, {name: w.double() for name, w in single.weights.items()}, single.members)
    for compute in (
        lambda stack: stack.encode(x)[0],
        lambda stack: stack.decode(stack.encode(x)[0]),
        lambda stack: stack.sample(20),
        lambda stack: stack.draw_codes(x),
        lambda stack: log_weights(stack, x, 3),
    ):
        found = compute(double)
        assert found.dtype == np.float64
        np.testing.assert_allclose(compute(single), found, rtol=1e-4, atol=1e-5)


def test_members_are_chosen_by_their_axes():
    stack = Stack.untrained(build(SETTINGS, (3, 3)), [4, 5, 4])
    found = stack.having(seed=4)
    assert found.members == [{"seed": 4}, {"seed": 4}]
    assert all(torch.equal(w, stack.weights[name][[0, 2]]) for name, w in found.weights.items())
    assert stack.having(predictor="gru").members == stack.members, "an axis that none has tells none apart"
    with pytest.raises(ValueError, match=r"\{'seed': 6\}: allowed: those of a member of"):
        stack.having(seed=6)


def test_codes_are_named_and_do_not_depend_on_the_batch(tmp_path):
    stack, _ = stack_of_two()
    data = xr.Dataset({"images": (("sample", "row", "column"), images()), "split": ("sample", np.zeros(50, np.int8))})
    codes = encode(stack, data, batch=7)
    assert codes["mean"].dims == ("member", "sample", "latent")
    assert codes["beta"].values.tolist() == [1.0, 4.0]
    store.write_arrays(tmp_path / "latents.zarr", codes)
    back = xr.open_zarr(tmp_path / "latents.zarr")
    mean, logvar = stack.encode(images())
    np.testing.assert_allclose(back["mean"], mean, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(back["logvar"], logvar, rtol=1e-5, atol=1e-6)
    kl = 0.5 * (mean[1] ** 2 + np.exp(logvar[1]) - 1 - logvar[1])
    np.testing.assert_allclose(latent_kl(codes.isel(member=1)), kl.mean(0), rtol=1e-5)


def test_codes_say_how_wide_their_prior_is():
    data = xr.Dataset({"images": (("sample", "row", "column"), images()), "split": ("sample", np.zeros(50, np.int8))})
    assert encode(stack_of_two()[0], data).attrs["prior_variance"] == 1
    model = build(Generator(kind="generator", hidden=(4,), latent=3, codes=2), (3, 3))
    weights = {name: torch.zeros(2, *shape) for name, shape in model.shapes.items()}
    drawn = model.prior({}, torch.randn(1, 100_000, 3, generator=torch.Generator().manual_seed(0)))[..., :2]
    found = encode(Stack(model, weights, MEMBERS), data).attrs["prior_variance"]
    assert found == pytest.approx(drawn.var().item(), rel=0.01)


@pytest.mark.parametrize(
    ("settings", "posterior"),
    [
        (VAE(kind="vae", hidden=(4,)), "gaussian"),
        (VAE(kind="vae", hidden=(4,), posterior={"kind": "iaf", "hidden": (4,), "context": 2}), "iaf"),
        (VAE(kind="vae", hidden=(4,), posterior={"kind": "point"}), "point"),
        (Ladder(kind="ladder", latents=(2, 1), hidden=(4, 4)), "layered"),
    ],
)
def test_codes_say_what_their_moments_are_those_of(settings, posterior):
    data = xr.Dataset({"images": (("sample", "row", "column"), images()), "split": ("sample", np.zeros(50, np.int8))})
    stack = Stack.untrained(build(settings, (3, 3)), [0])
    assert encode(stack, data).attrs["posterior"] == posterior


def test_a_members_decoder_is_the_stacks():
    stack, _ = stack_of_two()
    z = np.random.default_rng(0).normal(size=(2, 11, 2)).astype(np.float32)
    together = stack.decode(z)
    assert together.shape == (2, 11, 3, 3)
    single = stack.decoder(1, torch.float64)(torch.as_tensor(z[1], dtype=torch.float64))
    np.testing.assert_allclose(single.numpy(), together[1].reshape(11, 9), rtol=1e-5, atol=1e-6)


def test_final_losses_take_the_last_epoch():
    _, trained = stack_of_two()
    table = final_losses([trained.history, trained.history])
    assert len(table) == 2 * 2 * 2
    assert set(table["epoch"]) == {2}
    assert not table["frozen"].any()


def test_untrained_networks_are_those_that_training_starts_from():
    model = build(SETTINGS, (3, 3))
    stack = Stack.untrained(model, [5, 0])
    x = torch.as_tensor(images()).flatten(1)
    # A step this small rounds to no step at all.
    still = train(model, {"train": x, "validation": x}, MEMBERS[::-1], Budget(epochs=1, batch=10, lr=1e-30))
    assert all(torch.equal(stack.weights[name], w) for name, w in still.weights.items())
    assert stack.encode(images())[0].shape == (2, 50, 2)
