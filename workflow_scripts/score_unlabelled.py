"""Measure the codes of every member without factors."""

from curvae import data, job, store
from curvae.scores.unlabelled import measure_unlabelled

with job.start(snakemake.log[0], snakemake.threads):
    stacks = [data.split(store.open_arrays(path), "test") for path in snakemake.input.latents]
    s = snakemake.params.settings
    given = {key: s[key] for key in ("samples", "dead", "seed", "bootstrap")}
    table = measure_unlabelled(stacks, s["unsupervised"], **given)
    store.write_table(snakemake.output.scores, table)
