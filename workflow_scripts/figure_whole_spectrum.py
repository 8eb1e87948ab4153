"""Draw all exponents of every learner, with intervals over seeds, beside those of the truth."""

from pathlib import Path

from curvae import job, store
from curvae.dynamics.orbits import whole_table
from curvae.figures.style import save
from curvae.figures.whole_spectrum import whole_spectrum

with job.start(snakemake.log[0], snakemake.threads):
    systems = {Path(path).parent.name: store.open_arrays(path) for path in snakemake.input.orbits}
    save(*whole_spectrum(whole_table(systems)), **dict(snakemake.output.items()))
