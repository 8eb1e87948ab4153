"""Draw the losses of a stack by epoch."""

from curvae import job, store
from curvae.figures.loss_curves import loss_curves
from curvae.figures.style import save

with job.start(snakemake.log[0], snakemake.threads):
    history = store.read_table(snakemake.input.history)
    unit = {"bernoulli": "nats", "gaussian": "squared error"}[snakemake.params.likelihood]
    save(*loss_curves(history, unit), **dict(snakemake.output.items()))
