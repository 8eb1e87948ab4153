"""Let the truth, or what one learner learned of it, run in closed loop, and measure its orbits."""

import torch
from pydantic import TypeAdapter

from curvae import data, job, learners, store
from curvae.dynamics import by_trajectory
from curvae.dynamics.orbits import measure_orbits, whole_spectrum
from curvae.learners import truth
from curvae.settings.data import DataSettings

with job.start(snakemake.log[0], snakemake.threads):
    p, s = snakemake.params, snakemake.params.settings
    arrays = store.open_arrays(snakemake.input.data)
    test = data.split(arrays, "test")
    known = torch.as_tensor(by_trajectory(test["images"].values, test["trajectory"].values)[: s["starts"]]).double()
    if p.kind is None:
        equation = TypeAdapter(DataSettings).validate_python(p.equation)
        scale = test["images"].attrs
        system = truth.system(equation, scale["mean"], scale["deviation"])
    else:
        system = learners.opened(p.kind, snakemake.input.weights)
    asked = {
        name: s[name] for name in ("warmup", "horizon", "free", "exponents", "orbits", "steps", "discard", "every")
    }
    found = measure_orbits(system.step, system.start, known, len(system.seeds), p.equation["dt"], **asked)
    if s["whole"] and p.kind is not None:
        spectrum = {"steps": s["whole"], "discard": s["discard"], "every": s["every"]}
        place = (system.step, system.start, known[:1, : s["warmup"]], len(system.seeds), p.equation["dt"])
        found["whole"] = (("member", "rank"), whole_spectrum(*place, **spectrum))
    store.write_arrays(snakemake.output.orbits, found.assign_coords(seed=("member", list(system.seeds))))
