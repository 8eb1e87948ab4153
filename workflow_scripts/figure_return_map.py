"""Draw successive maxima of the orbits of the truth and of every learner's first seed."""

from pathlib import Path

from curvae import job, store
from curvae.dynamics.climate import return_map
from curvae.dynamics.orbits import coordinates
from curvae.figures import return_map as figure
from curvae.figures.style import save

with job.start(snakemake.log[0], snakemake.threads):
    systems = {Path(path).parent.name: store.open_arrays(path) for path in snakemake.input.orbits}
    scale = store.open_arrays(snakemake.input.data)["images"].attrs
    pairs = {
        name: return_map(coordinates(found, scale, finite=True)[..., snakemake.params.coordinate])
        for name, found in systems.items()
    }
    truth = pairs.pop("truth")
    save(*figure.return_map(truth, pairs, snakemake.params.name), **dict(snakemake.output.items()))
