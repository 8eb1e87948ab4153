"""Draw the posteriors of a few data points over the prior, Gaussian and with a flow."""

import numpy as np

from curvae import data, job, store
from curvae.figures.posteriors import posteriors
from curvae.figures.style import save
from curvae.settings.model import VAE
from curvae.sweep import open_stack
from curvae.sweep.posterior_map import posterior_map

AXIS = np.linspace(-3.5, 3.5, 281)

with job.start(snakemake.log[0], snakemake.threads):
    p = snakemake.params
    images = data.split(store.open_arrays(snakemake.input.data), "test")["images"][: p.points].values
    given = zip((snakemake.input.gaussian, snakemake.input.flow), (p.gaussian, p.flow), strict=True)
    found = [posterior_map(open_stack(path, VAE)[0], member, images, AXIS, AXIS) for path, member in given]
    maps, bounds = zip(*found, strict=True)
    save(*posteriors(*maps, AXIS, AXIS, bounds), **dict(snakemake.output.items()))
