"""Draw geodesics and straight lines over the latent measure and the codes."""

import numpy as np

from curvae import data, job, store
from curvae.figures.geodesics import geodesics
from curvae.figures.style import save

CODES, PAIRS = 2000, 12

with job.start(snakemake.log[0], snakemake.threads):
    arrays, table = store.open_arrays(snakemake.input.arrays), store.read_table(snakemake.input.table)
    codes = data.split(store.open_arrays(snakemake.input.latents).isel(member=snakemake.params.member), "test")["mean"]
    test = data.split(store.open_arrays(snakemake.input.data), "test")
    drawn = geodesics(
        arrays["magnification"].values,
        arrays["z1"].values,
        arrays["z2"].values,
        codes.values[:CODES],
        test["factors"].values[:CODES, 0].astype(int),
        arrays["curves"].values[:PAIRS],
        arrays["straight"].values[:PAIRS],
        table["converged"].values[:PAIRS],
        {
            p: np.reshape(arrays["film"].sel(path=p)[0].values, (-1, *test["images"].shape[1:]))
            for p in arrays.path.values
        },
    )
    save(*drawn, **dict(snakemake.output.items()))
