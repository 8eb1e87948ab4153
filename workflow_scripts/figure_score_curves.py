"""Draw scores against beta, averaged over seeds."""

from curvae import job, store
from curvae.figures.score_curves import score_curves
from curvae.figures.style import save
from curvae.scores import over_seeds

with job.start(snakemake.log[0], snakemake.threads):
    save(*score_curves(over_seeds(store.read_table(snakemake.input.scores))), **dict(snakemake.output.items()))
