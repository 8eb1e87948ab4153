"""Compare the misfit of the same network with and without pretraining."""

import pandas as pd

from curvae import job, store
from curvae.scores.pretraining import compare_pretraining

with job.start(snakemake.log[0], snakemake.threads):
    found = [pd.concat(map(store.read_table, snakemake.input[name])) for name in ("pretrained", "scratch")]
    store.write_table(snakemake.output.table, compare_pretraining(*found, snakemake.params.passes))
