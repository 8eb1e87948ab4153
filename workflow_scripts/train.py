"""Train every member of one stack: weights, history and a manifest of how they came about."""

import time

import torch

from curvae import data, job, store
from curvae.models import build
from curvae.settings.model import VAE
from curvae.settings.train import Budget
from curvae.sweep import Stack, save_stack, train

with job.start(snakemake.log[0], snakemake.threads):
    device = job.device(snakemake.resources.get("gpu", 0))
    arrays = store.open_arrays(snakemake.input.data)
    images = {name: data.split(arrays, name)["images"].values for name in ("train", "validation")}
    settings, budget = VAE(**snakemake.params.model), Budget(**snakemake.params.budget)
    model, members = build(settings, images["train"].shape[1:]), snakemake.params.members
    began = time.monotonic()
    trained = train(
        model,
        {name: torch.as_tensor(x).flatten(1) for name, x in images.items()},
        members,
        budget,
        device,
        title=f"{snakemake.wildcards.experiment} {snakemake.wildcards.instance}",
        scratch=".scratch/train",
        identity=snakemake.params.code,
    )
    seconds = time.monotonic() - began
    save_stack(snakemake.output.weights, settings, Stack(model, trained.weights, members))
    store.write_table(snakemake.output.history, trained.history)
    store.write_json(
        snakemake.output.manifest,
        {
            "settings": {"model": settings.model_dump(), "train": budget.model_dump(), "members": members},
            "diverged": [vars(member) for member in trained.diverged],
            "environment": job.environment(device),
            "seconds": seconds,
        },
    )
    trained.discard()
