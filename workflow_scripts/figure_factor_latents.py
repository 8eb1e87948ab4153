"""Draw what every latent of the shown member knows of every factor."""

from curvae import data, job, store
from curvae.figures.factor_latents import factor_latents as draw
from curvae.figures.style import save
from curvae.scores.factor_latents import factor_latents
from curvae.sweep import latent_kl

with job.start(snakemake.log[0], snakemake.threads):
    p = snakemake.params
    s = p.settings
    first = slice(s["samples"])
    codes = store.open_arrays(snakemake.input.latents).isel(member=p.member)
    codes = data.split(codes, "test").isel(sample=first)
    test = data.split(store.open_arrays(snakemake.input.data).drop_vars("images"), "test").isel(sample=first)
    factors = test["factors"].sel(factor=s["factors"]).values
    table = factor_latents(
        codes["mean"].values, factors, seed=s["seed"], factor_names=s["factors"], bootstrap=s["bootstrap"]
    )
    save(*draw(table, latent_kl(codes), s["dead"]), **dict(snakemake.output.items()))
