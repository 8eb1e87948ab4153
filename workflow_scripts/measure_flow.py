"""Bits per dimension, and edits along directions of attributes, of every member of a flow of images."""

import numpy as np
import pandas as pd
import xarray as xr

from curvae import data, job, store
from curvae.generation import attribute_edits, bits_table, pixel_nats
from curvae.scores.bound import bound_table
from curvae.settings.model import Glow
from curvae.sweep import log_weights, open_stack

SHOWN = 3  # edited images that are kept

with job.start(snakemake.log[0], snakemake.threads):
    s, arrays, bounds, edits, drawn = snakemake.params.settings, store.open_arrays(snakemake.input.data), [], [], []
    train, test = (data.split(arrays, name)["images"] for name in ("train", "test"))
    known, judged, edited = train[: s["codes"]].values, test[: s["samples"]].values, test[: s["edited"]].values
    for path in snakemake.input.weights:
        stack, _ = open_stack(path, Glow)
        found = log_weights(stack, judged, s["draws"], s["seed"])
        bounds.append(bound_table(found, stack.members, sorted({1, s["draws"]})))
        for index, axes in enumerate(stack.members):
            one = stack.only(index)
            codes = [one.encode(images)[0][0] for images in (known, edited)]
            table, images = attribute_edits(
                lambda z, one=one: one.decode(z[None])[0], (codes[0], known), codes[1], s["strengths"], s["attributes"]
            )
            edits.append(table.assign(**axes))
            drawn.append(images[:, :, :SHOWN])
    nats = pixel_nats(train.values, judged, stack.model.settings.grey)
    store.write_table(snakemake.output.bits, bits_table(pd.concat(bounds), nats, judged[0].size))
    store.write_table(snakemake.output.edits, pd.concat(edits, ignore_index=True))
    dims = ("member", "attribute", "strength", "sample", "row", "column")
    coordinates = {"attribute": np.array(s["attributes"], dtype=np.str_), "strength": s["strengths"]}
    store.write_arrays(snakemake.output.arrays, xr.Dataset({"images": (dims, np.stack(drawn))}, coordinates))
