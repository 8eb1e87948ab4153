"""Measure how weird and how sparse the codes of every member are."""

import pandas as pd
import torch

from curvae import data, job, store
from curvae.flows.code_shape import code_shape

with job.start(snakemake.log[0], snakemake.threads):
    s, tables = snakemake.params.settings, []
    for path in snakemake.input.latents:
        codes = store.open_arrays(path)
        for member in range(codes.sizes["member"]):
            own = codes.isel(member=member)
            train, test = (torch.as_tensor(data.split(own, name)["mean"].values) for name in ("train", "test"))
            axes = {axis: own[axis].item() for axis in own.coords if axis in ("beta", "lam", "seed")}
            tables.append(code_shape(train, test, **s).assign(**axes))
    store.write_table(snakemake.output.table, pd.concat(tables, ignore_index=True))
