"""Draw codes and reconstructions over the beta x lam grid at one seed."""

from curvae import data, job, store
from curvae.figures.regularisation import regularisation
from curvae.figures.style import save
from curvae.settings.model import ModelSettings
from curvae.sweep import open_stack

with job.start(snakemake.log[0], snakemake.threads):
    test = data.split(store.open_arrays(snakemake.input.data), "test")
    quadrant = test["factors"].sel(factor="quadrant").values.astype(int)
    panels = []
    for weights, latents in zip(snakemake.input.weights, snakemake.input.latents, strict=True):
        stack, _ = open_stack(weights, ModelSettings)
        codes = data.split(store.open_arrays(latents), "test")["mean"].values
        outputs = stack.decode(codes)
        for index, member in enumerate(stack.members):
            if member["seed"] == snakemake.params.seed:
                axes = {name: member[name] for name in ("beta", "lam")}
                arrays = {"codes": codes[index], "reconstruction": outputs[index], "quadrant": quadrant}
                panels.append(axes | arrays)
    save(*regularisation(panels), **dict(snakemake.output.items()))
