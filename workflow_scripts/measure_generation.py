"""Measure what every member draws, beside real images."""

from curvae import data, job, store
from curvae.generation import fit_classifier, generation_table, median_leap
from curvae.settings.model import ModelSettings
from curvae.sweep import open_stack

WAYS = 100  # between two draws

with job.start(snakemake.log[0], snakemake.threads):
    s, arrays = snakemake.params.settings, store.open_arrays(snakemake.input.data)
    parts = {}
    for name, most in (("train", s["train"]), ("test", s["samples"])):
        part = data.split(arrays, name).isel(sample=slice(most))
        parts[name] = part["images"].values, part["factors"].sel(factor=s["label"]).values.astype(int)
    classifier = fit_classifier(parts["train"], parts["test"], s["epochs"], seed=s["seed"])
    train, test, drawn = parts["train"][0][: s["samples"]], parts["test"][0], []
    told = zip(snakemake.params.names, snakemake.params.epochs, snakemake.input.weights, strict=True)
    for name, epochs, path in told:
        stack, _ = open_stack(path, ModelSettings)
        images, codes = stack.sample(s["samples"], s["seed"]), stack.draw_codes(test, s["seed"])
        leap = median_leap(stack.decode, stack.draws(2 * WAYS, s["seed"]))
        for index, member in enumerate(stack.members):
            axes = {
                "experiment": name,
                "network": stack.model.settings.network,
                "epochs": epochs,
                "leap": leap[index],
                **member,
            }
            drawn.append((axes, images[index], None if codes is None else codes[index]))
    table = generation_table(drawn, train, test, classifier, s["seed"])
    store.write_table(snakemake.output.table, table.assign(accuracy=classifier.accuracy))
