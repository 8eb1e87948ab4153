"""Fit densities to the training codes of one member and judge them on its test codes."""

import torch

from curvae import data, job, store
from curvae.flows.density import densities

with job.start(snakemake.log[0], snakemake.threads):
    s = snakemake.params.settings
    codes = store.open_arrays(snakemake.input.latents).isel(member=snakemake.params.member)
    train, test = (torch.as_tensor(data.split(codes, name)["mean"].values) for name in ("train", "test"))
    store.write_table(snakemake.output.table, densities(train, test, steps=s["steps"], seed=s["seed"]))
