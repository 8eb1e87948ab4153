"""Score every member by the beta-VAE metric under both protocols of the score table."""

from curvae import data, job, store
from curvae.scores import published

with job.start(snakemake.log[0], snakemake.threads):
    s = snakemake.params.settings
    test = data.split(store.open_arrays(snakemake.input.data).drop_vars("images"), "test")
    runs = published.run_protocols(
        [data.split(store.open_arrays(path), "test") for path in snakemake.input.latents],
        test["factors"].sel(factor=s["factors"]).values,
        factor_names=s["factors"],
        classes=s["classes"],
        samples=s["samples"],
        seed=s["seed"],
        settings=published.plain_settings(s),
        dead=s["dead"],
    )
    store.write_table(snakemake.output.protocols, published.named(runs, snakemake.params.objective))
