"""Draw our scores of the beta-VAE metric beside the published ones."""

import pandas as pd

from curvae import job, store
from curvae.figures.score_table import score_table
from curvae.figures.style import save
from curvae.scores import published

with job.start(snakemake.log[0], snakemake.threads):
    baselines = published.baseline_names(store.read_table(snakemake.input.baselines))
    runs = pd.concat([baselines, *map(store.read_table, snakemake.input.members)], ignore_index=True)
    table = published.beside_published(published.summarise_protocols(runs))
    chance = {"paper": 1 / len(snakemake.params.classes), "dlib": 1 / len(snakemake.params.factors)}
    save(*score_table(table, chance), **dict(snakemake.output.items()))
