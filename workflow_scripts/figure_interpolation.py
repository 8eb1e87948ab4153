"""Decode ten steps between the codes of test images."""

import numpy as np

from curvae import data, job, store
from curvae.figures.interpolation import interpolation
from curvae.figures.style import save
from curvae.settings.model import ModelSettings
from curvae.sweep import open_stack

ROWS, STEPS = 4, 10

with job.start(snakemake.log[0], snakemake.threads):
    stack = open_stack(snakemake.input.weights, ModelSettings)[0].only(snakemake.params.member)
    codes = data.split(store.open_arrays(snakemake.input.latents).isel(member=snakemake.params.member), "test")["mean"]
    test = data.split(store.open_arrays(snakemake.input.data), "test")
    few = len(codes) < 2 * ROWS  # images then stand there more than once
    chosen = np.random.default_rng(0).choice(len(codes), (ROWS, 2), replace=few)
    ends, labels = test["images"].values[chosen], test["factors"].values[chosen, 0]
    share = np.linspace(0, 1, STEPS)[:, None]
    between = codes.values[chosen][:, :1] * (1 - share) + codes.values[chosen][:, 1:] * share
    steps = stack.decode(between.reshape(1, ROWS * STEPS, -1))[0].reshape(ROWS, STEPS, *ends.shape[2:])
    names = [[f"{label:.3g}" for label in pair] for pair in labels]
    save(*interpolation(ends, steps, names), **dict(snakemake.output.items()))
