"""Draw the largest exponents of the truth and of all learners, with intervals and published values."""

from curvae import job, store
from curvae.figures.exponents import exponents
from curvae.figures.style import save

with job.start(snakemake.log[0], snakemake.threads):
    table = store.read_table(snakemake.input.exponents)
    save(*exponents(table, "truth"), **dict(snakemake.output.items()))
