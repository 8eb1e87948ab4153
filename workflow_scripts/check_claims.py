"""Check every claim that has results to be checked on."""

import numpy as np
import pandas as pd

from curvae import claims, data, job, store

with job.start(snakemake.log[0], snakemake.threads):
    results, rows = dict(snakemake.input.items()), []
    if "square" in results:
        rows += claims.square_claims(pd.concat([store.read_table(path) for path in snakemake.input.square]))
    if "digits" in results:
        test = data.split(store.open_arrays(results["digits_data"]).drop_vars("images"), "test")
        stacks = [store.open_arrays(path) for path in snakemake.input.digits_latents]
        codes = np.concatenate([data.split(stack, "test")["mean"].values for stack in stacks])
        rows += claims.digits_claims(
            store.read_table(results["digits"]), codes, test["factors"].values[:, 0].astype(int)
        )
    if "ball" in results:
        rows += claims.ball_claims(store.read_table(results["ball"]))
    if "climate" in results:
        rows += claims.climate_claims(*map(store.read_table, snakemake.input.climate))
    parts = ("geodesics", "groups", "mixtures", "walks")
    if geometry := {p: store.read_table(results[f"geometry_{p}"]) for p in parts if f"geometry_{p}" in results}:
        rows += claims.geometry_claims(**geometry)
    if "directions" in results:
        rows += claims.directions_claims(store.read_table(results["directions"]))
    if "generation" in results:
        rows += claims.generation_claims(store.read_table(results["generation"]))
    if "disentanglement_members" in results:
        found = (snakemake.input[f"disentanglement_{part}"] for part in ("members", "baselines", "terms"))
        rows += claims.disentanglement_claims(*(pd.concat(map(store.read_table, paths)) for paths in found))
    if "posterior" in results:
        rows += claims.posterior_claims(*map(store.read_table, snakemake.input.posterior))
    store.write_table(snakemake.output.table, claims.gather(rows))
