"""Decode what happens when one latent moves and the others stay at the code of the first test image."""

import numpy as np

from curvae import data, job, store
from curvae.figures.style import save
from curvae.figures.traversals import traversals
from curvae.settings.model import ModelSettings
from curvae.sweep import latent_kl, open_stack

STEPS, REACH = 11, 2.5

with job.start(snakemake.log[0], snakemake.threads):
    stack = open_stack(snakemake.input.weights, ModelSettings)[0].only(snakemake.params.member)
    codes = data.split(store.open_arrays(snakemake.input.latents).isel(member=snakemake.params.member), "test")
    values, latents = np.linspace(-REACH, REACH, STEPS), codes.sizes["latent"]
    moved = np.tile(codes["mean"].values[0], (latents, STEPS, 1))
    moved[range(latents), :, range(latents)] = values
    images = stack.decode(moved.reshape(1, -1, latents))[0]
    notes = [f"KL {kl:.1f} nats" for kl in latent_kl(codes)]
    drawn = traversals(images.reshape(latents, STEPS, *images.shape[1:]), values, notes)
    save(*drawn, **dict(snakemake.output.items()))
