"""Importance-weighted bounds on the likelihood of test images under every member."""

import pandas as pd

from curvae import data, job, store
from curvae.scores.bound import bound_table
from curvae.settings.model import ModelSettings
from curvae.sweep import log_weights, open_stack

with job.start(snakemake.log[0], snakemake.threads):
    s, tables = snakemake.params.settings, []
    images = data.split(store.open_arrays(snakemake.input.data), "test")["images"][: s["samples"]].values
    for path in snakemake.input.weights:
        stack, _ = open_stack(path, ModelSettings)
        found = log_weights(stack, images, max(s["counts"]), s["seed"])
        tables.append(bound_table(found, stack.members, s["counts"]))
    store.write_table(snakemake.output.table, pd.concat(tables, ignore_index=True))
