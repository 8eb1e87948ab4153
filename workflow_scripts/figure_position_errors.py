"""Draw how the position error of every predictor grows with the horizon."""

from curvae import job, store
from curvae.figures.position_errors import position_errors
from curvae.figures.style import save

with job.start(snakemake.log[0], snakemake.threads):
    errors = store.read_table(snakemake.input.errors).replace({"predictor": r"_"}, {"predictor": " "}, regex=True)
    baselines = [name.replace("_", " ") for name in snakemake.params.baselines]
    save(*position_errors(errors, baselines), **dict(snakemake.output.items()))
