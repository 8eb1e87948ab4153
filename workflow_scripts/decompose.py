"""Split the KL divergence of every member."""

from curvae import data, job, store
from curvae.scores.decomposition import decompose_members

with job.start(snakemake.log[0], snakemake.threads):
    stacks = [data.split(store.open_arrays(path), "test") for path in snakemake.input.latents]
    p = snakemake.params
    store.write_table(
        snakemake.output.terms, decompose_members(stacks, samples=p.samples, seed=p.seed).assign(objective=p.objective)
    )
