"""Decode straight lines between codes of test images under every member of some experiments, and measure them."""

import numpy as np
import pandas as pd
import xarray as xr

from curvae import data, job, store
from curvae.generation.between import Neighbours, between_table, pairs_of_classes, straight
from curvae.settings.model import ModelSettings
from curvae.sweep import open_stack

SHOWN = 3  # pairs whose images are kept, under the first member of every experiment

with job.start(snakemake.log[0], snakemake.threads):
    s, arrays, rows, drawn = snakemake.params.settings, store.open_arrays(snakemake.input.data), [], {}
    test, train = (data.split(arrays, name) for name in ("test", "train"))
    chosen = pairs_of_classes(test["factors"].sel(factor=s["label"]).values, s["pairs"], s["seed"])
    images, neighbours = test["images"].values, Neighbours(train["images"][: s["train"]].values)
    for name, path in zip(snakemake.params.names, snakemake.input.weights, strict=True):
        stack, _ = open_stack(path, ModelSettings)
        ends = [stack.encode(images[side])[0] for side in chosen.T]
        codes = straight(*ends, s["steps"])
        decoded = stack.decode(codes.reshape(len(codes), -1, codes.shape[-1]))
        decoded = decoded.reshape(*codes.shape[:3], *images.shape[1:])
        rows += [
            between_table(steps, neighbours).assign(experiment=name, model=stack.model.settings.kind, **axes)
            for axes, steps in zip(stack.members, decoded, strict=True)
        ]
        drawn.setdefault(name, decoded[0, :SHOWN])
    store.write_table(snakemake.output.table, pd.concat(rows, ignore_index=True))
    dims, shown = ("pair", "experiment", "step", "row", "column"), np.stack(list(drawn.values()), axis=1)
    names = {"experiment": np.array(list(drawn), dtype=np.str_)}
    store.write_arrays(snakemake.output.arrays, xr.Dataset({"images": (dims, shown)}, names))
