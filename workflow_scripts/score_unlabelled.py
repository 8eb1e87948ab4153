"""Measure the codes of every member without factors."""

from curvae import data, job, store
from curvae.scores.unlabelled import measure_unlabelled

with job.start(snakemake.log[0], snakemake.threads):
    stacks = [data.split(store.open_arrays(path), "test") for path in snakemake.input.latents]
    s = snakemake.params.settings
    table = measure_unlabelled(stacks, s["unsupervised"], samples=s["samples"], dead=s["dead"])
    store.write_table(snakemake.output.scores, table)
