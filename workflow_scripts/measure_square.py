"""Measure what the claims on the uniform square are about, one row a member."""

import numpy as np
import pandas as pd

from curvae import data, job, store
from curvae.claims import measure_square, roughness
from curvae.settings.model import ModelSettings
from curvae.sweep import latent_kl, open_stack

REACH, STEPS = 3.0, 601

with job.start(snakemake.log[0], snakemake.threads):
    test = data.split(store.open_arrays(snakemake.input.data), "test")
    points, quadrant = test["images"].values, test["factors"].sel(factor="quadrant").values.astype(int)
    rows = []
    for weights, latents in zip(snakemake.input.weights, snakemake.input.latents, strict=True):
        stack, codes = open_stack(weights, ModelSettings)[0], data.split(store.open_arrays(latents), "test")
        means, outputs = codes["mean"].values, stack.decode(codes["mean"].values)
        line = np.tile(np.linspace(-REACH, REACH, STEPS)[:, None], (len(means), 1, 1))
        rough = roughness(stack.decode, *means.shape[::2])
        lines = stack.decode(line) if codes.sizes["latent"] == 1 else [None] * len(means)
        for index, member in enumerate(stack.members):
            kl = latent_kl(codes.isel(member=index))
            noise = np.random.default_rng(index).standard_normal(means[index].shape)
            drawn = means[index] + np.exp(codes["logvar"].values[index] / 2) * noise
            found = measure_square(means[index], kl, outputs[index], points, quadrant, lines[index], drawn)
            rows.append({"latent": codes.sizes["latent"], **member, **found, "roughness": rough[index]})
    store.write_table(snakemake.output.table, pd.DataFrame(rows))
