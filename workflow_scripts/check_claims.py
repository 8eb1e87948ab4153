"""Check every claim that has results to be checked on."""

import numpy as np
import pandas as pd

from curvae import data, job, store
from curvae.claims import (
    ball_claims,
    climate_claims,
    digits_claims,
    disentanglement_claims,
    gather,
    geometry_claims,
    posterior_claims,
    square_claims,
)

with job.start(snakemake.log[0], snakemake.threads):
    results, rows = dict(snakemake.input.items()), []
    if "square" in results:
        rows += square_claims(pd.concat([store.read_table(path) for path in snakemake.input.square]))
    if "digits" in results:
        test = data.split(store.open_arrays(results["digits_data"]).drop_vars("images"), "test")
        stacks = [store.open_arrays(path) for path in snakemake.input.digits_latents]
        codes = np.concatenate([data.split(stack, "test")["mean"].values for stack in stacks])
        rows += digits_claims(store.read_table(results["digits"]), codes, test["factors"].values[:, 0].astype(int))
    if "ball" in results:
        rows += ball_claims(store.read_table(results["ball"]))
    if "climate" in results:
        rows += climate_claims(*map(store.read_table, snakemake.input.climate))
    if "geometry" in results:
        rows += geometry_claims(store.read_table(results["geometry"]))
    if "disentanglement" in results:
        rows += disentanglement_claims(*map(store.read_table, snakemake.input.disentanglement))
    if "posterior" in results:
        rows += posterior_claims(*map(store.read_table, snakemake.input.posterior))
    store.write_table(snakemake.output.table, gather(rows))
