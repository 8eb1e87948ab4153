"""Train every member of one stack: weights, history and a manifest of how they came about."""

import torch

from curvae import data, job, store
from curvae.models import build
from curvae.settings.model import VAE
from curvae.settings.train import Budget
from curvae.sweep import Stack, record, train

with job.start(snakemake.log[0], snakemake.threads):
    p, device = snakemake.params, job.device(snakemake.resources.get("gpu", 0))
    arrays = store.open_arrays(snakemake.input.data)
    images = {name: data.split(arrays, name)["images"].values for name in ("train", "validation")}
    settings, budget = VAE(**p.model), Budget(**p.budget)
    model = build(settings, images["train"].shape[1:])
    flat = {name: torch.as_tensor(x).flatten(1) for name, x in images.items()}
    title = f"{snakemake.wildcards.experiment} {snakemake.wildcards.instance}"
    trained = train(model, flat, p.members, budget, device, title=title, scratch=".scratch/train", identity=p.code)
    stack = Stack(model, trained.weights, p.members)
    record(trained, settings, budget, stack, job.environment(device), **dict(snakemake.output.items()))
