"""Draw clusters and regions of nearest neighbours under both distances."""

from curvae import job, store
from curvae.figures.clusters import DISTANCES, clusters
from curvae.figures.style import save

with job.start(snakemake.log[0], snakemake.threads):
    arrays, table = store.open_arrays(snakemake.input.arrays), store.read_table(snakemake.input.table)
    shown = table[(table["subset"] == table["subset"].iloc[0]) & (table["method"] == "k-means")]
    scores = shown[shown["score"] == "F-measure"].set_index("distance")[["value", "low", "high"]].astype(float)
    drawn = clusters(
        arrays["code"].values,
        arrays["truth"].values,
        {name: arrays["cluster"].sel(distance=name).values for name in DISTANCES},
        {name: arrays["region"].sel(distance=name).values for name in DISTANCES},
        arrays["z1"].values,
        arrays["z2"].values,
        {name: tuple(scores.loc[name]) for name in DISTANCES},
        snakemake.params.names,
    )
    save(*drawn, **dict(snakemake.output.items()))
