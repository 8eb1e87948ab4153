"""Draw geodesics and straight lines over the latent measure and the codes."""

from curvae import data, job, store
from curvae.figures.geodesics import geodesics
from curvae.figures.style import save

CODES, PAIRS = 2000, 10

with job.start(snakemake.log[0], snakemake.threads):
    arrays, table = store.open_arrays(snakemake.input.arrays), store.read_table(snakemake.input.table)
    codes = data.split(store.open_arrays(snakemake.input.latents).isel(member=snakemake.params.member), "test")["mean"]
    test = data.split(store.open_arrays(snakemake.input.data), "test")
    # The film of the drawn pair whose geodesic differs most from the straight line.
    filmed = int((table["straight_length"] - table["length"])[:PAIRS].argmax())
    films = arrays["film"].isel(pair=filmed)
    shape = (-1, *test["images"].shape[1:])
    drawn = geodesics(
        arrays["magnification"].values,
        arrays["z1"].values,
        arrays["z2"].values,
        codes.values[:CODES],
        test["factors"].values[:CODES, 0].astype(int),
        arrays["curves"].values[:PAIRS],
        arrays["straight"].values[:PAIRS],
        table["converged"].values[:PAIRS],
        {path: films.sel(path=path).values.reshape(shape) for path in ("geodesic", "straight")},
        filmed,
    )
    save(*drawn, **dict(snakemake.output.items()))
