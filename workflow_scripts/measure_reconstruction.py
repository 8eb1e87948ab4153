"""Measure how well every member holds the ball, and how its codes follow it, one row a member."""

import pandas as pd

from curvae import data, job, store
from curvae.dynamics import by_trajectory
from curvae.dynamics.reconstruction import path_shape, reconstruction_errors
from curvae.settings.model import ModelSettings
from curvae.sweep import open_stack

EVERY = 5  # frames between two that are reconstructed

with job.start(snakemake.log[0], snakemake.threads):
    test = data.split(store.open_arrays(snakemake.input.data), "test")
    images, films = test["images"].values[::EVERY], test["trajectory"].values
    centres, rows = test["factors"].sel(factor=["x", "y"]).values, []
    for weights, latents in zip(snakemake.input.weights, snakemake.input.latents, strict=True):
        stack, codes = open_stack(weights, ModelSettings)[0], data.split(store.open_arrays(latents), "test")
        for index, member in enumerate(stack.members):
            one, mean = stack.only(index), codes["mean"].values[index]
            decode = lambda z, one=one: one.decode(z[None])[0]  # noqa: E731
            found = reconstruction_errors(decode(mean[::EVERY]), images, centres[::EVERY])
            found |= path_shape(by_trajectory(mean, films), by_trajectory(centres, films), decode)
            rows.append({"latent": mean.shape[1], **member, **found})
    store.write_table(snakemake.output.table, pd.DataFrame(rows))
