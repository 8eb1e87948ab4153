"""Draw the ring, what an autoencoder and a flow draw of it, and the density of the flow."""

from curvae import job, store
from curvae.figures.ring import ring
from curvae.figures.style import save

with job.start(snakemake.log[0], snakemake.threads):
    arrays, table = store.open_arrays(snakemake.input.arrays), store.read_table(snakemake.input.table)
    drawn = ring(arrays["points"].values, arrays["density"].values, arrays["x"].values, table)
    save(*drawn, **dict(snakemake.output.items()))
