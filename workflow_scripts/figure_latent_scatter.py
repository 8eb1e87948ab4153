"""Draw the test codes of one member, coloured by the first factor."""

from curvae import data, job, store
from curvae.figures.latent_scatter import latent_scatter
from curvae.figures.style import save

with job.start(snakemake.log[0], snakemake.threads):
    codes = data.split(store.open_arrays(snakemake.input.latents).isel(member=snakemake.params.member), "test")
    test = data.split(store.open_arrays(snakemake.input.data).drop_vars("images"), "test")
    factor = "quadrant" if "quadrant" in test["factor"].values else test["factor"].values[0]
    labels = test["factors"].sel(factor=factor).values
    few = len(set(labels)) <= 10
    drawn = latent_scatter(codes["mean"].values[:, :2], labels.astype(int) if few else labels, str(factor), few)
    save(*drawn, **dict(snakemake.output.items()))
