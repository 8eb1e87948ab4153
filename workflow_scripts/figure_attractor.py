"""Draw orbits, power spectra and histograms of the truth and of every learner's first seed."""

from pathlib import Path

import numpy as np

from curvae import job, store
from curvae.dynamics.climate import power_spectrum
from curvae.dynamics.orbits import coordinates
from curvae.figures.attractor import attractor
from curvae.figures.style import save

with job.start(snakemake.log[0], snakemake.threads):
    p = snakemake.params
    systems = {Path(path).parent.name: store.open_arrays(path) for path in snakemake.input.orbits}
    scale = store.open_arrays(snakemake.input.data)["images"].attrs
    orbits = {name: coordinates(found, scale, finite=True) for name, found in systems.items()}
    dt = systems["truth"].attrs["dt"]
    spectra = {
        name: np.stack(power_spectrum(paths[..., p.shown[1]], dt, p.segment), -1) for name, paths in orbits.items()
    }
    save(*attractor(orbits, spectra, p.names, p.shown), **dict(snakemake.output.items()))
