"""Fit LAND and Gaussian mixtures to training codes of chosen classes and judge them on test codes."""

import torch

from curvae import data, job, store
from curvae.data.classes import classes
from curvae.geometry import compare_mixtures, open_table

with job.start(snakemake.log[0], snakemake.threads):
    s, table = snakemake.params.settings, open_table(store.open_arrays(snakemake.input.space))
    latents = store.open_arrays(snakemake.input.latents).isel(member=snakemake.params.member)
    truth = store.open_arrays(snakemake.input.data).drop_vars("images")
    truth["label"] = ("sample", classes(truth["factors"].sel(factor=list(s["factors"])).values))
    train, test = (
        (
            torch.as_tensor(data.split(latents, split)["mean"].values, dtype=torch.float64),
            data.split(truth, split)["label"].values,
        )
        for split in ("train", "test")
    )
    wanted = {"count" if name == "codes" else name: value for name, value in s["mixtures"].items()}
    found = compare_mixtures(
        table,
        train,
        test,
        s["subsets"],
        side=s["map"],
        seed=snakemake.params.seed,
        table=table,
        **wanted,
    )
    store.write_arrays(snakemake.output.arrays, found[0])
    store.write_table(snakemake.output.table, found[1])
