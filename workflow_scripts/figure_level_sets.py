"""Draw the misfit of one image over the latent plane, and what noise does to two inverses of the decoder."""

import numpy as np

from curvae import data, job, store
from curvae.figures.level_sets import level_sets
from curvae.figures.style import save
from curvae.geometry.inversion import inverted
from curvae.settings.model import VAE
from curvae.sweep import open_stack

CODES, AXIS, NOISES = 50, np.linspace(-3, 3, 101), (0, 1e-8, 1e-6, 1e-4, 1e-3, 1e-2, 0.1)

with job.start(snakemake.log[0], snakemake.threads):
    p = snakemake.params
    codes = data.split(store.open_arrays(snakemake.input.latents).isel(member=p.member), "test")["mean"][:CODES]
    layers = open_stack(snakemake.input.weights, VAE)[0].decoder_layers(p.member)
    found = inverted(layers, codes.values, p.activation, p.output, NOISES, AXIS)
    drawn = dict(snakemake.output.items())
    store.write_table(drawn.pop("pixels"), found.pop("pixels"))
    save(*level_sets(**found), **drawn)
