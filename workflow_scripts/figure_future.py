"""Draw the predicted future of one test trajectory beside the true one, and the errors of all."""

from pathlib import Path

import numpy as np

from curvae import data, job, store
from curvae.dynamics import by_trajectory
from curvae.figures.future import future
from curvae.figures.style import save

SHOWN = 10

with job.start(snakemake.log[0], snakemake.threads):
    test = data.split(store.open_arrays(snakemake.input.data), "test")
    films = {Path(path).parent.name.replace("_", " "): store.open_arrays(path) for path in snakemake.input.rollouts}
    baselines = [name.replace("_", " ") for name in snakemake.params.baselines]
    learned = {name: film for name, film in films.items() if name not in baselines}
    frames = next(iter(films.values()))["frame"].values
    chosen = np.unique(np.geomspace(1, len(frames), SHOWN).round().astype(int)) - 1
    truth = by_trajectory(test["images"].values, test["trajectory"].values)[0, frames[chosen]]
    predictions = {name: film["frames"][0, 0].values[chosen] for name, film in learned.items()}
    errors = store.read_table(snakemake.input.errors).replace({"predictor": r"_"}, {"predictor": " "}, regex=True)
    drawn = future(truth, predictions, chosen + 1, errors, baselines=baselines)
    save(*drawn, **dict(snakemake.output.items()))
