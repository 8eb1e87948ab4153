"""Score the codes of every member against the true factors."""

from curvae import data, job, store
from curvae.scores import score_members

with job.start(snakemake.log[0], snakemake.threads):
    s = snakemake.params.settings
    test = data.split(store.open_arrays(snakemake.input.data).drop_vars("images"), "test")
    factors = test["factors"].sel(factor=s["factors"]).values
    shared = {"preset": s["preset"], "bootstrap": s["bootstrap"], "permutations": s["permutations"]}
    settings = {"mig": shared, "higgins": {**shared, **{name: s[name] for name in ("train", "test", "batch")}}}
    table = score_members(
        [data.split(store.open_arrays(path), "test") for path in snakemake.input.latents],
        factors,
        samples=s["samples"],
        seed=s["seed"],
        factor_names=s["factors"],
        settings={name: settings[name] for name in s["metrics"]},
    )
    store.write_table(snakemake.output.scores, table)
