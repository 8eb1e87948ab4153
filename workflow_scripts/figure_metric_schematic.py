"""Draw how the beta-VAE metric works, from images and codes of the shown member."""

import numpy as np

from curvae import data, job, store
from curvae.figures.metric_schematic import metric_schematic
from curvae.figures.style import save
from curvae.scores.steps import higgins_steps
from curvae.sweep import latent_kl

with job.start(snakemake.log[0], snakemake.threads):
    p = snakemake.params
    s = p.settings
    first = slice(s["samples"])
    codes = store.open_arrays(snakemake.input.latents).isel(member=p.member)
    codes = data.split(codes, "test").isel(sample=first)
    test = data.split(store.open_arrays(snakemake.input.data), "test").isel(sample=first)
    means = codes["mean"].values
    means = np.where(latent_kl(codes) < s["dead"], means.mean(axis=0), means)  # as the scores have it
    factors = test["factors"].sel(factor=s["factors"]).values
    points = {name: s[name] for name in ("train", "test", "batch")}
    steps = higgins_steps(means, factors, seed=s["seed"], factor_names=s["factors"], **points)
    drawn = {name: value for name, value in vars(steps).items() if name != "pairs"}
    images = test["images"].values[steps.pairs].astype(float)
    save(*metric_schematic(pairs=images, **drawn), **dict(snakemake.output.items()))
