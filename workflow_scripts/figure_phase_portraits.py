"""Draw the latent paths of one test film under every predictor that learned."""

from pathlib import Path

from curvae import data, job, store
from curvae.dynamics import latent_states
from curvae.figures.phase_portraits import phase_portraits
from curvae.figures.style import save

with job.start(snakemake.log[0], snakemake.threads):
    films = {Path(path).parent.name: store.open_arrays(path) for path in snakemake.input.rollouts}
    codes = data.split(store.open_arrays(snakemake.input.latents).isel(member=snakemake.params.member), "test")
    test = data.split(store.open_arrays(snakemake.input.data), "test")
    frames = next(iter(films.values()))["frame"].values
    truth = latent_states(codes, test["trajectory"].values, "means")[0, frames]
    learned = {name: film for name, film in films.items() if name not in snakemake.params.baselines}
    paths = {name.replace("_", " "): film["latents"][0, 0].values for name, film in learned.items()}
    save(*phase_portraits(truth, paths, len(films) - len(learned)), **dict(snakemake.output.items()))
