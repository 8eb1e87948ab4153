"""Score what learns little or nothing as the members are scored, and under both protocols of the score table."""

from pydantic import TypeAdapter

from curvae import data, job, store
from curvae.models import build
from curvae.scores import baselines, published, settings_of
from curvae.settings.model import ModelSettings
from curvae.sweep import Stack

with job.start(snakemake.log[0], snakemake.threads):
    s, seeds = snakemake.params.settings, snakemake.params.seeds
    arrays, first = store.open_arrays(snakemake.input.data), slice(s["samples"])
    train = data.split(arrays, "train")["images"].isel(sample=first).values
    test = data.split(arrays, "test").isel(sample=first)
    images, factors = test["images"].values, test["factors"].sel(factor=s["factors"]).values
    model = build(TypeAdapter(ModelSettings).validate_python(snakemake.params.model), images.shape[1:])
    latents = min(model.settings.latent, images[0].size)

    makers = {
        "ground_truth": lambda: [baselines.ground_truth(factors)],
        "pixels": lambda: [baselines.pixels(images)],
        "pca": lambda: [baselines.pca(train, images, latents)],
        "ica": lambda: [baselines.ica(train, images, latents, seed) for seed in seeds],
        "untrained": lambda: list(Stack.untrained(model, seeds).encode(images)[0]),
    }
    stacks = []
    for name in s["baselines"]:
        codes = makers[name]()
        numbers = seeds if len(codes) == len(seeds) else [0]
        stacks.append(baselines.stacked(codes, representation=[name] * len(codes), seed=numbers))
    shared = {"samples": s["samples"], "seed": s["seed"], "factor_names": s["factors"]}
    chosen = settings_of(s["metrics"], s)
    store.write_table(snakemake.output.scores, baselines.score_baselines(stacks, factors, settings=chosen, **shared))
    higgins = published.plain_settings(s)
    runs = published.run_protocols(stacks, factors, classes=s["classes"], settings=higgins, **shared)
    store.write_table(snakemake.output.protocols, runs)
