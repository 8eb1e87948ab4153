"""Map a decoder's magnification and find geodesics between random pairs of test codes."""

import torch

from curvae import data, job, store
from curvae.geometry import survey
from curvae.settings.model import ModelSettings
from curvae.sweep import open_stack

with job.start(snakemake.log[0], snakemake.threads):
    s, member = snakemake.params.settings, snakemake.params.member
    stack, _ = open_stack(snakemake.input.weights, ModelSettings)
    codes = data.split(store.open_arrays(snakemake.input.latents).isel(member=member), "test")["mean"].values
    arrays, table = survey(
        stack.decoder(member, torch.float64),
        torch.as_tensor(codes, dtype=torch.float64),
        **{name: s[name] for name in ("pairs", "grid", "pieces", "seed")},
    )
    store.write_arrays(snakemake.output.arrays, arrays)
    store.write_table(snakemake.output.table, table)
