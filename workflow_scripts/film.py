"""Film one test trajectory beside the rollout of every predictor and baseline."""

from pathlib import Path

from curvae import data, job, store
from curvae.dynamics import by_trajectory
from curvae.figures.film import film

with job.start(snakemake.log[0], snakemake.threads):
    test = data.split(store.open_arrays(snakemake.input.data), "test")
    rollouts = {Path(path).parent.name: store.open_arrays(path) for path in snakemake.input.rollouts}
    frames = next(iter(rollouts.values()))["frame"].values
    shown = {"truth": by_trajectory(test["images"].values, test["trajectory"].values)[0, frames]}
    shown |= {name.replace("_", " "): rollout["frames"][0, 0].values for name, rollout in rollouts.items()}
    film(shown, snakemake.output.gif, snakemake.output.mp4)
