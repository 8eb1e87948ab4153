"""Draw LAND beside a Gaussian mixture, their samples, and the distances between codes."""

from curvae import job, store
from curvae.figures.mixtures import ROWS, mixtures
from curvae.figures.style import save

with job.start(snakemake.log[0], snakemake.threads):
    arrays, distances = store.open_arrays(snakemake.input.arrays), store.open_arrays(snakemake.input.distances)
    table = store.read_table(snakemake.input.table)
    shown = table[table["subset"] == table["subset"].iloc[0]].set_index("model")
    drawn = mixtures(
        {name: arrays["log_density"].sel(model=name).values for name in ROWS},
        arrays["z1"].values,
        arrays["z2"].values,
        arrays["code"].values,
        arrays["label"].values,
        {name: arrays["sample"].sel(model=name).values for name in ROWS},
        {name: distances["length"].sel(distance=name).values for name in ROWS.values()},
        distances["label"].values,
        {name: tuple(shown.loc[name, ["value", "low", "high"]].astype(float)) for name in ROWS},
        snakemake.params.names,
    )
    save(*drawn, **dict(snakemake.output.items()))
