"""Draw the measure in the latent space and random walks over it."""

from curvae import data, job, store
from curvae.figures.random_walks import random_walks
from curvae.figures.style import save

CODES, PATHS = 2000, 4

with job.start(snakemake.log[0], snakemake.threads):
    space, arrays = store.open_arrays(snakemake.input.space), store.open_arrays(snakemake.input.arrays)
    codes = data.split(store.open_arrays(snakemake.input.latents).isel(member=snakemake.params.member), "test")["mean"]
    empty = store.read_table(snakemake.input.table).groupby("walk")["empty"].mean()
    kinds = ("brownian", "euclidean")
    drawn = random_walks(
        space["magnification"].values,
        space["z1"].values,
        space["z2"].values,
        codes.values[:CODES],
        {name: arrays["walks"].sel(walk=name).values[:PATHS] for name in kinds},
        {name: float(empty[name]) for name in kinds},
    )
    save(*drawn, **dict(snakemake.output.items()))
