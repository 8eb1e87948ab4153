"""Draw importance-weighted bounds against the number of draws."""

import pandas as pd

from curvae import job, store
from curvae.figures.bound_curves import bound_curves
from curvae.figures.style import save
from curvae.scores.bound import bound_gains, named

with job.start(snakemake.log[0], snakemake.threads):
    told = zip(snakemake.input.tables, snakemake.params.names, strict=True)
    tables = [named(store.read_table(path), name) for path, name in told]
    save(*bound_curves(bound_gains(pd.concat(tables))), **dict(snakemake.output.items()))
