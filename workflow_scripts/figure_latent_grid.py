"""Decode a 15 x 15 grid of two latents."""

import numpy as np

from curvae import job
from curvae.figures.latent_grid import latent_grid
from curvae.figures.style import save
from curvae.settings.model import ModelSettings
from curvae.sweep import open_stack

SIDE, REACH = 15, 2.0

with job.start(snakemake.log[0], snakemake.threads):
    stack = open_stack(snakemake.input.weights, ModelSettings)[0].only(snakemake.params.member)
    values = np.linspace(-REACH, REACH, SIDE)
    z2, z1 = np.meshgrid(values, values, indexing="ij")
    images = stack.decode(np.stack([z1, z2], axis=-1).reshape(1, -1, 2))[0]
    save(*latent_grid(images.reshape(SIDE, SIDE, *images.shape[1:]), values), **dict(snakemake.output.items()))
