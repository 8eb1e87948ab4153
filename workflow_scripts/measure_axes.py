"""Correlate the two latents of every member with attributes of the images that are decoded on a grid."""

import numpy as np
import pandas as pd

from curvae import job, store
from curvae.generation import axis_correlations
from curvae.settings.model import ModelSettings
from curvae.sweep import open_stack

SIDE, REACH = 15, 2.0
NAMES = ("slant", "thickness", "width")

with job.start(snakemake.log[0], snakemake.threads):
    values, rows = np.linspace(-REACH, REACH, SIDE), []
    grid = np.stack(np.meshgrid(values, values, indexing="ij"), axis=-1).reshape(-1, 2)
    for path in snakemake.input.weights:
        stack, _ = open_stack(path, ModelSettings)
        decoded = stack.decode(np.broadcast_to(grid, (len(stack.members), *grid.shape)))
        for axes, images in zip(stack.members, decoded, strict=True):
            found = axis_correlations(images.reshape(SIDE, SIDE, *images.shape[1:]), values, NAMES)
            rows.append(found.assign(**axes))
    store.write_table(snakemake.output.table, pd.concat(rows, ignore_index=True))
