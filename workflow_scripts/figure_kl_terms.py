"""Draw the parts of the KL divergence against beta."""

from curvae import job, store
from curvae.figures.kl_terms import kl_terms
from curvae.figures.style import save

with job.start(snakemake.log[0], snakemake.threads):
    save(*kl_terms(store.read_table(snakemake.input.terms)), **dict(snakemake.output.items()))
