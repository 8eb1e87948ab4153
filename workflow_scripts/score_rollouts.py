"""Score the rollouts of every predictor and baseline against the true ball."""

from pathlib import Path

from curvae import data, job, store
from curvae.dynamics import compare
from curvae.settings.data import BouncingBall

with job.start(snakemake.log[0], snakemake.threads):
    box = BouncingBall(**snakemake.params.box)
    truth = data.split(store.open_arrays(snakemake.input.data), "test")
    rollouts = {Path(path).parent.name: store.open_arrays(path) for path in snakemake.input.rollouts}
    walls = {"low": box.margin, "high": box.size - 1 - box.margin}
    scores, errors = compare(rollouts, truth, **walls, radius=box.radius)
    store.write_table(snakemake.output.scores, scores)
    store.write_table(snakemake.output.errors, errors)
