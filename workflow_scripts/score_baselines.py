"""Score what learns little or nothing as the members are scored, and under both protocols of the score table."""

import torch

from curvae import data, job, store
from curvae.models import build
from curvae.nets.linear import initial_weights
from curvae.scores import baselines, published, settings_of
from curvae.settings.model import VAE
from curvae.sweep import Stack
from curvae.sweep.streams import Purpose, stream

with job.start(snakemake.log[0], snakemake.threads):
    s, seeds = snakemake.params.settings, snakemake.params.seeds
    arrays, first = store.open_arrays(snakemake.input.data), slice(s["samples"])
    train = data.split(arrays, "train")["images"].isel(sample=first).values
    test = data.split(arrays, "test").isel(sample=first)
    images, factors = test["images"].values, test["factors"].sel(factor=s["factors"]).values
    model = build(VAE(**snakemake.params.model), images.shape[1:])
    latents = min(model.settings.latent, images[0].size)

    def codes_of(name):
        """Codes of one baseline, one array a seed where seeds matter."""
        match name:
            case "ground_truth":
                return [baselines.ground_truth(factors)]
            case "pixels":
                return [baselines.pixels(images)]
            case "pca":
                return [baselines.pca(train, images, latents)]
            case "ica":
                return [baselines.ica(train, images, latents, seed) for seed in seeds]
        drawn = [initial_weights(model.shapes, stream(seed, Purpose.WEIGHTS)) for seed in seeds]
        weights = {name: torch.stack([own[name] for own in drawn]) for name in model.shapes}
        return list(Stack(model, weights, [{"seed": seed} for seed in seeds]).encode(images)[0])

    stacks = []
    for name in s["baselines"]:
        codes = codes_of(name)
        numbers = seeds if len(codes) == len(seeds) else [0]
        stacks.append(baselines.stacked(codes, representation=[name] * len(codes), seed=numbers))
    shared = {"samples": s["samples"], "seed": s["seed"], "factor_names": s["factors"]}
    chosen = settings_of(s["metrics"], s)
    store.write_table(snakemake.output.scores, baselines.score_baselines(stacks, factors, settings=chosen, **shared))
    higgins = published.plain_settings(s)
    runs = published.run_protocols(stacks, factors, classes=s["classes"], settings=higgins, **shared)
    store.write_table(snakemake.output.protocols, runs)
