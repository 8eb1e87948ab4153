"""One row a member: its axes and its losses after the last epoch."""

from curvae import job, store
from curvae.summary import final_losses

with job.start(snakemake.log[0], snakemake.threads):
    histories = [store.read_table(path) for path in snakemake.input.histories]
    store.write_table(snakemake.output.table, final_losses(histories))
