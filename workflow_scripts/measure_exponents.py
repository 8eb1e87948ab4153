"""Measure the largest Lyapunov exponents of all trained predictors of a film in closed loop, per frame."""

from pathlib import Path

import pandas as pd
import torch

from curvae import data, job, store
from curvae.dynamics import Scale, latent_states
from curvae.dynamics.orbits import exponent_table, measure_orbits
from curvae.settings.model import Predictor
from curvae.sweep import open_stack

ASKED = {"free": 100, "exponents": 3, "orbits": 20, "steps": 500, "discard": 200, "every": 5}

with job.start(snakemake.log[0], snakemake.threads):
    p, tables = snakemake.params, []
    codes = data.split(store.open_arrays(snakemake.input.latents).isel(member=p.member), "test")
    films = data.split(store.open_arrays(snakemake.input.data), "test")["trajectory"].values
    for path in snakemake.input.weights:
        stack, about = open_stack(path, Predictor)
        scale = Scale(*(torch.tensor(about[name], dtype=torch.float64) for name in ("mean", "deviation")))
        known = scale.apply(torch.as_tensor(latent_states(codes, films, about["inputs"])[: ASKED["orbits"]]).double())
        ahead = {"warmup": p.warmup, "horizon": known.shape[1] - p.warmup}
        found = measure_orbits(*stack.closed_loop(), known, len(stack.members), 1.0, **ahead, **ASKED)
        tables.append(exponent_table(Path(path).parent.name, found, [member["seed"] for member in stack.members]))
    store.write_table(snakemake.output.table, pd.concat(tables, ignore_index=True))
