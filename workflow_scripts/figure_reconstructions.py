"""Draw test images and their reconstructions by one member."""

import numpy as np

from curvae import data, job, store
from curvae.figures.reconstructions import reconstructions
from curvae.figures.style import save
from curvae.settings.model import ModelSettings
from curvae.sweep import open_stack

IMAGES = 8

with job.start(snakemake.log[0], snakemake.threads):
    stack = open_stack(snakemake.input.weights, ModelSettings)[0].only(snakemake.params.member)
    codes = data.split(store.open_arrays(snakemake.input.latents).isel(member=snakemake.params.member), "test")["mean"]
    test = data.split(store.open_arrays(snakemake.input.data), "test")
    chosen = np.sort(np.random.default_rng(0).choice(len(codes), min(IMAGES, len(codes)), replace=False))
    outputs = stack.decode(codes.values[None, chosen])[0]
    titles = [f"test {index}" for index in chosen]
    save(*reconstructions(test["images"].values[chosen], outputs, titles), **dict(snakemake.output.items()))
