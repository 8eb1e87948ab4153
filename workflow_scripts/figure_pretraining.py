"""Draw the misfit of the same network with and without pretraining."""

import pandas as pd

from curvae import job, store
from curvae.figures.pretraining import pretraining
from curvae.figures.style import save

with job.start(snakemake.log[0], snakemake.threads):
    found = [pd.concat(map(store.read_table, snakemake.input[name])) for name in ("pretrained", "scratch")]
    save(*pretraining(*found, snakemake.params.passes), **dict(snakemake.output.items()))
