"""Measure the largest Lyapunov exponents of all predictors of a film that have steps, in closed loop, per frame."""

import numpy as np
import pandas as pd
import torch

from curvae import data, job, store
from curvae.dynamics import Scale, latent_states
from curvae.dynamics.fitted import fit
from curvae.dynamics.orbits import exponent_table, measure_orbits
from curvae.settings.model import Predictor
from curvae.sweep import open_stack

ASKED = {"free": 100, "exponents": 3, "orbits": 20, "steps": 500, "discard": 200, "every": 5}

with job.start(snakemake.log[0], snakemake.threads):
    p, tables = snakemake.params, []
    codes = store.open_arrays(snakemake.input.latents).isel(member=p.member)
    films, systems = store.open_arrays(snakemake.input.data), {}

    def states(name, inputs):
        return latent_states(data.split(codes, name), data.split(films, name)["trajectory"].values, inputs)

    for name, path in zip(p.trained, snakemake.input.weights, strict=True):
        stack, about = open_stack(path, Predictor)
        stack = stack.having(predictor=name)
        scale = Scale(*(np.array(about[name]) for name in ("mean", "deviation")))
        members = [member["seed"] for member in stack.members]
        systems[name] = (about["inputs"], scale, *stack.closed_loop(), members)
    for name, settings in p.fitted.items():
        learned = states("train", inputs := settings.pop("inputs"))
        scale = Scale.of(learned)
        systems[name] = (inputs, scale, *fit(settings, scale.apply(learned), p.warmup, p.seeds))
    for name, (inputs, scale, step, start, seeds) in systems.items():
        known = torch.as_tensor(scale.apply(states("test", inputs)[: ASKED["orbits"]].astype(np.float64)))
        ahead = {"warmup": p.warmup, "horizon": known.shape[1] - p.warmup}
        found = measure_orbits(step, start, known, len(seeds), 1.0, **ahead, **ASKED)
        tables.append(exponent_table(name, found, seeds))
    store.write_table(snakemake.output.table, pd.concat(tables, ignore_index=True))
