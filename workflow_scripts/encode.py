"""Encode a whole data set with every member of a stack."""

from curvae import job, store
from curvae.settings.model import ModelSettings
from curvae.sweep import encode, open_stack

with job.start(snakemake.log[0], snakemake.threads):
    stack, _ = open_stack(snakemake.input.weights, ModelSettings)
    store.write_arrays(snakemake.output.latents, encode(stack, store.open_arrays(snakemake.input.data)))
