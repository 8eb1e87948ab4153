"""Draw geodesics and straight lines over the latent measure and the codes."""

import numpy as np

from curvae import data, job, store
from curvae.data.classes import classes
from curvae.figures.geodesics import geodesics
from curvae.figures.style import save

CODES, PAIRS = 2000, 10

with job.start(snakemake.log[0], snakemake.threads):
    arrays, table = store.open_arrays(snakemake.input.arrays), store.read_table(snakemake.input.table)
    codes = data.split(store.open_arrays(snakemake.input.latents).isel(member=snakemake.params.member), "test")["mean"]
    test = data.split(store.open_arrays(snakemake.input.data), "test")
    # The film of the drawn pair whose geodesic differs most from the straight line.
    filmed = int((table["straight_length"] - table["length"])[:PAIRS].argmax())
    onward = arrays["film_onward"].values[:, :, 2::2]  # a quarter and a half of the length beyond the end
    films = np.concatenate([arrays["film"].values, onward], axis=2)[:, filmed]
    shape = (-1, *test["images"].shape[1:])
    columns = {"geodesic": "length", "straight": "straight_length", "spherical": "spherical_length"}
    factors = snakemake.params.factors or test["factor"].values[:2]
    drawn = geodesics(
        arrays["magnification"].values,
        arrays["z1"].values,
        arrays["z2"].values,
        codes.values[:CODES],
        classes(test["factors"].sel(factor=factors).values)[:CODES],
        arrays["curves"].sel(way="geodesic").values[:PAIRS],
        arrays["curves"].sel(way="straight").values[:PAIRS],
        table["converged"].values[:PAIRS],
        {way: film.reshape(shape) for way, film in zip(arrays["way"].values.tolist(), films, strict=True)},
        filmed,
        {way: float(table[column].iloc[filmed]) for way, column in columns.items()},
        snakemake.params.names,
        onward.shape[2],
    )
    save(*drawn, **dict(snakemake.output.items()))
