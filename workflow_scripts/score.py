"""Score the codes of every member against the true factors."""

from curvae import data, job, store
from curvae.scores import score_members, settings_of

with job.start(snakemake.log[0], snakemake.threads):
    s = snakemake.params.settings
    test = data.split(store.open_arrays(snakemake.input.data).drop_vars("images"), "test")
    factors = test["factors"].sel(factor=s["factors"]).values
    table = score_members(
        [data.split(store.open_arrays(path), "test") for path in snakemake.input.latents],
        factors,
        samples=s["samples"],
        seed=s["seed"],
        factor_names=s["factors"],
        settings=settings_of(s["metrics"], s),
        dead=s["dead"],
    )
    store.write_table(snakemake.output.scores, table)
