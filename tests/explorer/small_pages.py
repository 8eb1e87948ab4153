"""Small stacks, members and rollouts for pages, and what to ask of a page."""

import time

import numpy as np
import torch
import xarray as xr

from curvae import explorer
from curvae.models import build
from curvae.settings.model import VAE
from curvae.sweep.stack import Stack

SIDE, SAMPLES = 8, 60


def stack_of(gain=3.0, side=SIDE, seed=0, **settings):
    """An untrained autoencoder of small images, with weights large enough that its decoder bends."""
    model = build(VAE(kind="vae", hidden=[16], **settings), (side, side))
    stack = Stack.untrained(model, [seed])
    return Stack(model, {name: gain * weight for name, weight in stack.weights.items()}, stack.members)


def member_of(stack, **axes):
    """Its decoder with random codes."""
    codes = np.random.default_rng(1).normal(size=(SAMPLES, stack.model.settings.latent)).astype(np.float32)
    return explorer.Member.of(axes, {name: w[0] for name, w in stack.weights.items()}, stack.model.settings, codes)


def factors(names=("digit", "x"), units=("1", "px")):
    """A label and a number for each code."""
    values = np.stack([np.arange(SAMPLES) % 3, np.linspace(0, 1, SAMPLES)], axis=1)
    return xr.DataArray(values, dims=("sample", "factor"), coords={"factor": list(names)}, attrs={"units": list(units)})


def rollouts_of(latent, side=SIDE, frames=20):
    """Rollouts of noise."""
    rng = np.random.default_rng(2)
    return explorer.Rollouts(
        names=["gru", "last frame"],
        first=10,
        latents=rng.normal(size=(2, 2, frames, latent)),
        errors=np.where(rng.random((2, 2, frames)) < 0.1, np.nan, rng.random((2, 2, frames))),
        films=rng.integers(0, 256, (2, frames, side, side)),
        codes=rng.normal(size=(2, frames, latent)),
    )


def until(page, expression, seconds=60):
    """Waits for something in the page to become true."""
    end = time.monotonic() + seconds
    while not page.evaluate(expression):
        assert time.monotonic() < end, expression
        time.sleep(0.05)


@torch.no_grad()
def images(stack, codes):
    """What PyTorch decodes, [code, pixel]."""
    return stack.decode(np.asarray(codes, dtype=np.float32)[None])[0].reshape(len(codes), -1)
