"""Draw how much of the ball every size of the latent space keeps."""

from curvae import job, store
from curvae.figures.latent_sizes import latent_sizes
from curvae.figures.style import save

with job.start(snakemake.log[0], snakemake.threads):
    save(*latent_sizes(store.read_table(snakemake.input.table)), **dict(snakemake.output.items()))
