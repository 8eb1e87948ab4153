"""Draw images edited along directions of attributes, and how far each attribute moves."""

from curvae import job, store
from curvae.figures.attribute_edits import attribute_edits
from curvae.figures.style import save

with job.start(snakemake.log[0], snakemake.threads):
    images = store.open_arrays(snakemake.input.arrays)["images"].isel(member=snakemake.params.member)
    table = store.read_table(snakemake.input.edits)
    figure = attribute_edits(images.values, list(images["attribute"].values), images["strength"].values, table)
    save(*figure, **dict(snakemake.output.items()))
