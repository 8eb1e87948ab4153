"""Draw decoded steps between test images under several models, and how good they are on the way."""

from curvae import job, store
from curvae.figures.between import between
from curvae.figures.style import save

with job.start(snakemake.log[0], snakemake.threads):
    images, table = store.open_arrays(snakemake.input.arrays)["images"], store.read_table(snakemake.input.table)
    save(*between(images.values, list(images["experiment"].values), table), **dict(snakemake.output.items()))
