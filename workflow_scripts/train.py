"""Train every member of one stack: weights, history and a manifest of how they came about."""

import torch
from pydantic import TypeAdapter

from curvae import data, device, job, objectives, store
from curvae.models import build
from curvae.settings.base import within
from curvae.settings.model import ModelSettings
from curvae.settings.objective import ObjectiveSettings
from curvae.settings.train import Budget
from curvae.sweep import Stack, record, train
from curvae.sweep.lines import lines_for
from curvae.sweep.runs import films_for

with (
    job.start(snakemake.log[0], snakemake.threads),
    device.claim(snakemake.resources.get("gpu", 0)) as place,
    within(f"experiments.{snakemake.wildcards.experiment}"),
):
    p = snakemake.params
    arrays = store.open_arrays(snakemake.input.data)
    splits = {name: data.split(arrays, name) for name in ("train", "validation")}
    images = {name: split["images"].values for name, split in splits.items()}
    settings, budget = TypeAdapter(ModelSettings).validate_python(p.model), Budget(**p.budget)
    model = build(settings, images["train"].shape[1:])
    chosen = TypeAdapter(ObjectiveSettings).validate_python(p.objective)
    flat = {name: torch.as_tensor(x).flatten(1) for name, x in images.items()}
    said = {
        "title": f"{snakemake.wildcards.experiment} {snakemake.wildcards.instance}",
        "scratch": ".scratch/train",
        "identity": p.code,
        "objective": objectives.build(chosen, model.judged, len(images["train"])),
        "lines": lines_for(chosen, splits["train"]),
        "films": films_for(chosen, splits),
        "board": p.board if snakemake.config.get("tensorboard", True) else None,
    }
    trained = train(model, flat, p.members, budget, place, **said)
    stack = Stack(model, trained.weights, p.members)
    record(trained, settings, budget, stack, device.environment(place), **dict(snakemake.output.items()))
