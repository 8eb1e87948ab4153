"""Draw the losses of generator and critic by epoch."""

from curvae import job, store
from curvae.figures.adversarial_curves import adversarial_curves
from curvae.figures.style import save
from curvae.objectives.gan import floors
from curvae.sweep.collapse import LEAST

with job.start(snakemake.log[0], snakemake.threads):
    history, objective = store.read_table(snakemake.input.history), snakemake.params.objective
    least = floors(objective["label_noise"], objective["target_noise"]) if objective["kind"] == "gan" else {}
    save(*adversarial_curves(history, least, LEAST), **dict(snakemake.output.items()))
