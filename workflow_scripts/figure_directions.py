"""Draw likely and unlikely directions of a latent space."""

from curvae import job, store
from curvae.figures.directions import directions
from curvae.figures.style import save

with job.start(snakemake.log[0], snakemake.threads):
    film = store.open_arrays(snakemake.input.arrays)["film"]
    shape = store.open_arrays(snakemake.input.data)["images"].shape[1:]
    table = store.read_table(snakemake.input.table)
    drawn = directions(table, film.values.reshape(*film.shape[:2], *shape), film["move"].values)
    save(*drawn, **dict(snakemake.output.items()))
