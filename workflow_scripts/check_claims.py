"""Check every claim that has results to be checked on."""

import json
from pathlib import Path

import numpy as np
import pandas as pd

from curvae import claims, data, job, store


def judge(role, *tables, **asked):
    """Rows of a role's claims, with the runs that it stands for."""
    return claims.used(getattr(claims, f"{role}_claims")(*tables, **asked), snakemake.params.runs[role])


def codes_of(name):
    """Codes of the test images, one array a seed, and their digits."""
    test = data.split(store.open_arrays(snakemake.input[f"{name}_data"]).drop_vars("images"), "test")
    stacks = [data.split(store.open_arrays(path), "test")["mean"] for path in snakemake.input[f"{name}_latents"]]
    return np.concatenate([stack.values for stack in stacks]), test["factors"].values[:, 0].astype(int)


with job.start(snakemake.log[0], snakemake.threads):
    results, rows = dict(snakemake.input.items()), []
    if "square" in results:
        rows += judge("square", pd.concat(map(store.read_table, snakemake.input.square)))
    if "digits" in results:
        rows += judge("digits", store.read_table(results["digits"]), *codes_of("digits"))
    if "convolutional_data" in results:
        rows += judge("convolutional", *codes_of("convolutional"))
    if "ball" in results:
        rows += judge("ball", store.read_table(results["ball"]), recurrent=snakemake.params.recurrent)
    for name in ("axes", "sizes", "ring", "directions", "generation", "flow", "pretraining", "codes"):
        if name in results:
            rows += judge(name, store.read_table(results[name]))
    if "density" in results:
        rows += judge("density", {Path(path).stem: store.read_table(path) for path in snakemake.input.density})
    for name in ("joint", "climate", "posterior"):
        if name in results:
            rows += judge(name, *map(store.read_table, snakemake.input[name]))
    parts = ("geodesics", "groups", "mixtures", "walks", "distances")
    if geometry := {p: store.read_table(results[f"geometry_{p}"]) for p in parts if f"geometry_{p}" in results}:
        trained = json.loads(Path(results["geometry_manifest"]).read_text())
        rows += judge("geometry", **geometry, collapsed=claims.collapse_of(trained, snakemake.params.member))
    if "disentanglement_members" in results:
        found = (snakemake.input[f"disentanglement_{part}"] for part in ("members", "baselines", "terms"))
        rows += judge("disentanglement", *(pd.concat(map(store.read_table, paths)) for paths in found))
    store.write_table(snakemake.output.table, claims.account(claims.gather(rows)))
