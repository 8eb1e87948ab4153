"""Measure how far what a generator of codes draws is from held-out codes."""

import numpy as np

from curvae import data, job, store
from curvae.generation import code_distances
from curvae.settings.model import ModelSettings
from curvae.sweep import open_stack

with job.start(snakemake.log[0], snakemake.threads):
    arrays, drawn = store.open_arrays(snakemake.input.data), []
    train, test = (data.split(arrays, name)["images"].values for name in ("train", "test"))
    scale = (np.array(arrays["images"].attrs[name]) for name in ("mean", "deviation"))
    for path in snakemake.input.weights:
        stack, _ = open_stack(path, ModelSettings)
        drawn += zip(stack.members, stack.sample(len(test)), strict=True)
    store.write_table(snakemake.output.table, code_distances(drawn, train, test, *scale))
