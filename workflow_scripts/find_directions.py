"""Find the likely and the unlikely directions at a member's test codes."""

import torch

from curvae import data, job, store
from curvae.geometry import likely_moves
from curvae.settings.model import ModelSettings
from curvae.sweep import open_stack

with job.start(snakemake.log[0], snakemake.threads):
    member = snakemake.params.member
    stack, _ = open_stack(snakemake.input.weights, ModelSettings)
    codes = data.split(store.open_arrays(snakemake.input.latents).isel(member=member), "test")["mean"].values
    frames = data.split(store.open_arrays(snakemake.input.data).drop_vars("images"), "test")
    arrays, table = likely_moves(
        stack.decoder(member, torch.float64),
        torch.as_tensor(codes, dtype=torch.float64),
        likelihood=snakemake.params.likelihood,
        beta=stack.members[member]["beta"],
        trajectory=frames["trajectory"].values if "trajectory" in frames.coords else None,
        **snakemake.params.settings,
    )
    store.write_arrays(snakemake.output.arrays, arrays)
    store.write_table(snakemake.output.table, table)
