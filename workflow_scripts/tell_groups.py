"""Cluster and classify codes of chosen classes under the metric's distance and the Euclidean one."""

import torch

from curvae import data, job, store
from curvae.data.classes import classes
from curvae.geometry import compare_groups, open_table, regions, summarise_groups

with job.start(snakemake.log[0], snakemake.threads):
    s, seed = snakemake.params.settings, snakemake.params.seed
    table = open_table(store.open_arrays(snakemake.input.space))
    latents = store.open_arrays(snakemake.input.latents).isel(member=snakemake.params.member)
    codes = torch.as_tensor(data.split(latents, "test")["mean"].values, dtype=torch.float64)
    truth = store.open_arrays(snakemake.input.data).drop_vars("images")
    truth["label"] = ("sample", classes(truth["factors"].sel(factor=list(s["factors"])).values))
    labels = data.split(truth, "test")["label"].values
    same = {"count": s["codes"], "neighbours": s["neighbours"], "seed": seed, "table": table}
    scores = compare_groups(table, codes, labels, s["subsets"], repeats=s["repeats"], **same)
    drawn = regions(table, codes, labels, s["subsets"][0], side=s["map"], **same)
    store.write_arrays(snakemake.output.arrays, drawn)
    store.write_table(snakemake.output.table, scores)
    store.write_table(snakemake.output.summary, summarise_groups(scores))
