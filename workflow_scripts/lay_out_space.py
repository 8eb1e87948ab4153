"""Tabulate the metric of a decoder around its codes, with a standard deviation where one is asked for."""

import numpy as np
import torch

from curvae import data, job, store
from curvae.geometry import lay_out
from curvae.settings.model import ModelSettings
from curvae.sweep import open_stack

with job.start(snakemake.log[0], snakemake.threads):
    settings, member = snakemake.params.settings, snakemake.params.member
    precision = dict(settings["precision"] or {})
    stack, _ = open_stack(snakemake.input.weights, ModelSettings)
    latents = store.open_arrays(snakemake.input.latents).isel(member=member)
    images = data.split(store.open_arrays(snakemake.input.data), "train")["images"]
    rows = np.linspace(0, len(images) - 1, min(len(images), precision.pop("samples", 1))).astype(int)
    codes = np.concatenate([data.split(latents, "train")["mean"].values[rows], latents["mean"].values])
    arrays = lay_out(
        stack.decoder(member, torch.float64),
        torch.as_tensor(codes, dtype=torch.float64),
        torch.as_tensor(images[rows].values, dtype=torch.float64).flatten(1),
        precision=precision or None,
        grid=settings["grid"],
        accuracy=settings["accuracy"],
    )
    store.write_arrays(snakemake.output.space, arrays)
