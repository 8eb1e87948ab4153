"""Find the likely and the unlikely directions at a member's test codes."""

import torch

from curvae import data, job, store
from curvae.dynamics import Scale, latent_states
from curvae.geometry import likely_moves
from curvae.settings.model import ModelSettings, Predictor
from curvae.sweep import open_stack

with job.start(snakemake.log[0], snakemake.threads):
    member = snakemake.params.member
    stack, _ = open_stack(snakemake.input.weights, ModelSettings)
    codes = data.split(store.open_arrays(snakemake.input.latents).isel(member=member), "test")
    frames = data.split(store.open_arrays(snakemake.input.data).drop_vars("images"), "test")
    predicted = None
    if path := snakemake.input.get("predictor"):
        network, about = open_stack(path, Predictor)
        first = network.only(0, torch.float64)
        scale = Scale(*(torch.tensor(about[name], dtype=torch.float64) for name in ("mean", "deviation")))
        seen = torch.as_tensor(latent_states(codes, frames["trajectory"].values, about["inputs"]))
        spread = first.model.covariance(first.weights, scale.apply(seen)[None])[0].flatten(0, 1)
        own = slice(codes.sizes["latent"])
        predicted = (spread * scale.deviation[:, None] * scale.deviation)[:, own, own]
    arrays, table = likely_moves(
        stack.decoder(member, torch.float64),
        torch.as_tensor(codes["mean"].values, dtype=torch.float64),
        likelihood=snakemake.params.likelihood,
        beta=stack.members[member]["beta"],
        trajectory=frames["trajectory"].values if "trajectory" in frames.coords else None,
        predicted=predicted,
        **snakemake.params.settings,
    )
    store.write_arrays(snakemake.output.arrays, arrays)
    store.write_table(snakemake.output.table, table)
