"""Draw whether the metrics rank the members alike."""

from curvae import job, store
from curvae.figures.metric_agreement import metric_agreement
from curvae.figures.style import save
from curvae.scores.agreement import rank_agreement

with job.start(snakemake.log[0], snakemake.threads):
    save(*metric_agreement(rank_agreement(store.read_table(snakemake.input.scores))), **dict(snakemake.output.items()))
