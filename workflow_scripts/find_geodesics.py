"""Map a decoder's magnification and find geodesics between random pairs of test codes."""

import torch

from curvae import data, job, store
from curvae.geometry import open_metric, open_table, survey
from curvae.settings.model import ModelSettings
from curvae.sweep import open_stack

with job.start(snakemake.log[0], snakemake.threads):
    member, space = snakemake.params.member, store.open_arrays(snakemake.input.space)
    stack, _ = open_stack(snakemake.input.weights, ModelSettings)
    decoder = stack.decoder(member, torch.float64)
    codes = data.split(store.open_arrays(snakemake.input.latents).isel(member=member), "test")["mean"].values
    arrays, table = survey(
        decoder,
        torch.as_tensor(codes, dtype=torch.float64),
        std=open_metric(space, decoder).std,
        table=open_table(space),
        **snakemake.params.settings,
    )
    store.write_arrays(snakemake.output.arrays, arrays)
    store.write_table(snakemake.output.table, table)
