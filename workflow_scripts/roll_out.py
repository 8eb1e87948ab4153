"""Warm predictors up on test trajectories, let them run in closed loop, decode what they predict."""

import numpy as np
import torch

from curvae import data, job, store
from curvae.dynamics import Scale, film_parts, latent_states, rollout
from curvae.settings.model import ModelSettings, Predictor
from curvae.sweep import open_stack

with job.start(snakemake.log[0], snakemake.threads), torch.no_grad():
    p, s = snakemake.params, snakemake.params.settings
    stack, about = open_stack(snakemake.input.weights, Predictor)
    predictor = stack.having(predictor=snakemake.wildcards.predictor)
    autoencoder = open_stack(snakemake.input.autoencoder, ModelSettings)[0].only(p.member)
    codes = data.split(store.open_arrays(snakemake.input.latents).isel(member=p.member), "test")
    test = data.split(store.open_arrays(snakemake.input.data), "test")
    seen = latent_states(codes, test["trajectory"].values, about["inputs"])
    scale = Scale(*(torch.tensor(about[name], dtype=torch.float32) for name in ("mean", "deviation")))
    known = torch.as_tensor(seen[: s["trajectories"], : s["warmup"]])
    inputs = scale.apply(known).expand(len(predictor.members), *known.shape)
    state = predictor.model.start(predictor.weights, len(known))
    predicted, _ = rollout(lambda h, x: predictor.model.step(predictor.weights, h, x), state, inputs, s["horizon"])
    latents = scale.undo(predicted)[..., : codes.sizes["latent"]].numpy()
    seeds = [member["seed"] for member in predictor.members]
    decode = lambda z: autoencoder.decode(z[None])[0]  # noqa: E731
    about = {name: np.array(about[name]) for name in ("mean", "deviation")}
    store.write_parts(
        snakemake.output.rollouts, film_parts(latents, decode, seeds, s["warmup"], Scale(**about)), "trajectory"
    )
