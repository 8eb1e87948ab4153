"""Find all distances between some test codes by the metric, beside the Euclidean ones."""

import torch

from curvae import data, job, store
from curvae.data.classes import classes
from curvae.geometry import compare_distances, open_table

with job.start(snakemake.log[0], snakemake.threads):
    s, table = snakemake.params.settings, open_table(store.open_arrays(snakemake.input.space))
    latents = store.open_arrays(snakemake.input.latents).isel(member=snakemake.params.member)
    codes = torch.as_tensor(data.split(latents, "test")["mean"].values, dtype=torch.float64)
    labels, votes, groups = None, {}, s["groups"]
    if groups:
        truth = store.open_arrays(snakemake.input.data).drop_vars("images")
        truth["label"] = ("sample", classes(truth["factors"].sel(factor=list(groups["factors"])).values))
        labels, votes = data.split(truth, "test")["label"].values, {"neighbours": groups["neighbours"]}
    arrays, found = compare_distances(table, codes, labels, count=s["codes"], seed=s["seed"], table=table, **votes)
    store.write_arrays(snakemake.output.arrays, arrays)
    store.write_table(snakemake.output.table, found)
