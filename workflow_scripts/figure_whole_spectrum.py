"""Draw all exponents of the first seed of every learner beside those of the truth."""

from pathlib import Path

from curvae import job, store
from curvae.figures.style import save
from curvae.figures.whole_spectrum import whole_spectrum

with job.start(snakemake.log[0], snakemake.threads):
    systems = {Path(path).parent.name: store.open_arrays(path) for path in snakemake.input.orbits}
    known = systems.pop("truth")["exponent"][0].mean("orbit").values
    spectra = {"truth": known, **{name: found["whole"].values for name, found in systems.items()}}
    save(*whole_spectrum(spectra), **dict(snakemake.output.items()))
