"""Roll out a rule that learns nothing, or the true latents (the ceiling), and decode."""

import torch

from curvae import data, job, store
from curvae.dynamics import constant_velocity, film_parts, last_frame, latent_states
from curvae.settings.model import ModelSettings
from curvae.sweep import open_stack

with job.start(snakemake.log[0], snakemake.threads):
    p, s = snakemake.params, snakemake.params.settings
    autoencoder = open_stack(snakemake.input.autoencoder, ModelSettings)[0].only(p.member)
    codes = data.split(store.open_arrays(snakemake.input.latents).isel(member=p.member), "test")
    test = data.split(store.open_arrays(snakemake.input.data), "test")
    known = torch.as_tensor(latent_states(codes, test["trajectory"].values, "means")[: s["trajectories"]])
    begin, frames = s["warmup"], s["horizon"]
    predict = {
        "last_frame": lambda: last_frame(known[:, :begin], frames),
        "constant_velocity": lambda: constant_velocity(known[:, :begin], frames),
        "ceiling": lambda: known[:, begin : begin + frames],
    }[snakemake.wildcards.baseline]
    latents = predict()[None].numpy()
    decode = lambda z: autoencoder.decode(z[None])[0]  # noqa: E731
    store.write_parts(snakemake.output.rollouts, film_parts(latents, decode, [0], begin), "trajectory")
