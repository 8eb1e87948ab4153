"""Train predictors of the latent statistics of trajectories, all seeds and settings of a stack side by side."""

import torch

from curvae import data, device, job, store
from curvae.dynamics import Scale, latent_states, windows
from curvae.models import build
from curvae.settings.model import Predictor
from curvae.settings.train import Budget
from curvae.sweep import Stack, record, train

with (
    job.start(snakemake.log[0], snakemake.threads),
    device.claim(snakemake.resources.get("gpu", 0)) as place,
):
    p = snakemake.params
    codes = store.open_arrays(snakemake.input.latents).isel(member=p.member)
    arrays, sequences = store.open_arrays(snakemake.input.data), {}
    for name in ("train", "validation"):
        seen = latent_states(data.split(codes, name), data.split(arrays, name)["trajectory"].values, p.cut["inputs"])
        sequences[name] = windows(seen, p.cut["window"], p.cut["stride"])
    scale = Scale.of(sequences["train"])
    cut = {name: torch.as_tensor(scale.apply(x)) for name, x in sequences.items()}
    settings, budget = Predictor(**p.model), Budget(**p.budget)
    model = build(settings, cut["train"].shape[1:])
    said = {
        "title": f"{snakemake.wildcards.dynamics} {p.names}",
        "scratch": ".scratch/train",
        "identity": p.code,
        "board": p.board if snakemake.config.get("tensorboard", True) else None,
    }
    trained = train(model, cut, p.members, budget, place, images=0, **said)
    stack = Stack(model, trained.weights, p.members)
    about = {"mean": scale.mean.tolist(), "deviation": scale.deviation.tolist(), "inputs": p.cut["inputs"]}
    record(trained, settings, budget, stack, device.environment(place), **dict(snakemake.output.items()), **about)
