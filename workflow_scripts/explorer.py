"""Put an experiment's members, their codes and the ball's rollouts into one page for a browser."""

from pathlib import Path

from curvae import data, explorer, job, store
from curvae.figures.style import evenly
from curvae.settings.model import VAE
from curvae.sweep import open_stack

SAMPLES = 1500

with job.start(snakemake.log[0], snakemake.threads):
    p = snakemake.params
    test = data.split(store.open_arrays(snakemake.input.data), "test")
    few = evenly(test.sizes["sample"], SAMPLES)
    members, rollouts = [], None
    for path, latents in zip(snakemake.input.weights, snakemake.input.latents, strict=True):
        stack = open_stack(path, VAE)[0]
        codes = data.split(store.open_arrays(latents), "test")["mean"].values
        for k, axes in enumerate(stack.members):
            weights = {name: weight[k] for name, weight in stack.weights.items()}
            members.append(explorer.Member.of(axes, weights, stack.model.settings, codes[k, few]))
            if len(members) == p.shown + 1 and snakemake.input.get("rollouts"):
                films = {Path(path).parent.name: store.open_arrays(path) for path in snakemake.input.rollouts}
                rollouts = explorer.Rollouts.of(films, test, codes[k])
    page = explorer.page(
        snakemake.wildcards.experiment,
        f"{test.attrs['title']}: {p.about}",
        members,
        test["factors"].isel(sample=few),
        shape=test["images"].shape[1:],
        span=test["images"].attrs.get("value_range", (0.0, 1.0)),
        shown=p.shown,
        rollouts=rollouts,
    )
    with store.atomic(snakemake.output.page) as part:
        part.write_text(page)
