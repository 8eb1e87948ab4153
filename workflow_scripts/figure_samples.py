"""Draw 36 samples of the shown member."""

from curvae import job
from curvae.figures.samples import samples
from curvae.figures.style import save
from curvae.settings.model import ModelSettings
from curvae.sweep import open_stack

SIDE = 6

with job.start(snakemake.log[0], snakemake.threads):
    stack = open_stack(snakemake.input.weights, ModelSettings)[0].only(snakemake.params.member)
    drawn = stack.sample(SIDE**2, temperature=snakemake.params.temperature)[0]
    title = f"Drawn at random by {snakemake.wildcards.experiment}"
    if snakemake.params.temperature != 1:
        title += f", temperature {snakemake.params.temperature:g}"
    save(*samples(drawn.reshape(SIDE, SIDE, *drawn.shape[1:]), title), **dict(snakemake.output.items()))
