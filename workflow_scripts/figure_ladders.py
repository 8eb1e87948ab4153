"""Draw the bounds of autoencoders of one layer of latents and of several, and which layers they use."""

import pandas as pd

from curvae import job, store
from curvae.figures.ladders import ladders
from curvae.figures.style import save
from curvae.scores.bound import bound_gains, named
from curvae.scores.layers import layer_table

with job.start(snakemake.log[0], snakemake.threads):
    p, histories = snakemake.params, iter(snakemake.input.histories)
    bounds = [named(store.read_table(path), name) for path, name in zip(snakemake.input.bounds, p.names, strict=True)]
    layers = []
    for name, jobs, sizes in zip(p.names, p.jobs, p.sizes, strict=True):
        own = pd.concat([store.read_table(next(histories)) for _ in range(jobs)])
        layers.append(layer_table(named(own, name), sizes))
    save(*ladders(pd.concat(layers), bound_gains(pd.concat(bounds))), **dict(snakemake.output.items()))
