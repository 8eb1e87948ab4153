"""Learn a chaotic system from its training trajectories, with every seed of one learner."""

from pydantic import TypeAdapter

from curvae import data, device, job, learners, store
from curvae.dynamics import by_trajectory
from curvae.settings.climate import Learner

with (
    job.start(snakemake.log[0], snakemake.threads),
    device.claim(snakemake.resources.get("gpu", 0)) as place,
):
    p, w = snakemake.params, snakemake.wildcards
    arrays, sequences = store.open_arrays(snakemake.input.data), {}
    for name in ("train", "validation"):
        films = data.split(arrays, name)
        sequences[name] = by_trajectory(films["images"].values, films["trajectory"].values)
    said = {
        "title": f"{w.climate} {w.learner}",
        "scratch": ".scratch/train",
        "identity": p.code,
        "board": p.board if snakemake.config.get("tensorboard", True) else None,
    }
    settings = TypeAdapter(Learner).validate_python(p.settings)
    learners.learn(settings, sequences, p.seeds, dict(snakemake.output.items()), place, **said)
