"""Walk randomly by the metric and by the Euclidean one, and count how often the walks leave the data."""

import torch

from curvae import data, job, store
from curvae.geometry import open_table, random_walks

with job.start(snakemake.log[0], snakemake.threads):
    table = open_table(store.open_arrays(snakemake.input.space))
    latents = store.open_arrays(snakemake.input.latents).isel(member=snakemake.params.member)
    codes = torch.as_tensor(data.split(latents, "test")["mean"].values, dtype=torch.float64)
    s, box = snakemake.params.settings, (table.low, table.high)
    arrays, shares = random_walks(table, codes, box, seed=snakemake.params.seed, **s)
    store.write_arrays(snakemake.output.arrays, arrays)
    store.write_table(snakemake.output.table, shares)
