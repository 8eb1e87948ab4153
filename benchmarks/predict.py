"""What training a study will cost, from its config alone: on one core, on CPU nodes, and on GPUs under an assumption.

PYTHONPATH=. python benchmarks/predict.py [config.yaml ...] [--seeds 50] [--cores 16] [--write]

CPU rates were measured (curvae/cost.py). GPU rates were not: a card is assumed to sustain `--flops`, and a step of a
stack to take `--step` seconds at least, so that a job takes the larger of

    6 x multiplications x members x epochs x samples / flops    and    epochs x batches x step

(two operations a multiplication; backward twice forward). Jobs go to whoever is free first, the longest first.
"""

import argparse
import copy
import heapq
from dataclasses import dataclass
from math import ceil
from pathlib import Path

import yaml
from page import put

from curvae.cost import multiplications, sequence_seconds, size_of, training, with_pretraining
from curvae.settings.check import read_study
from curvae.settings.study import Study

ROOT = Path(__file__).parents[1]
NODES = 64
START = 7  # seconds that the start of a job costs on SLURM


@dataclass(frozen=True)
class Job:
    """Seconds of one training job on a core and on a card, and the networks that it trains."""

    core: float
    card: float
    networks: int


def jobs(study: Study, flops: float, step: float, alone: bool = False) -> list[Job]:
    """The training jobs of a study; where `alone`, every network is a job of its own."""
    found = []
    for experiment in study.experiments.values():
        size = size_of(study, experiment.data)
        if alone:
            experiment = experiment.model_copy(update={"stack": ()})
        for job in experiment.jobs():
            members, model = len(experiment.members(job)), experiment.model_of(job)
            core, _ = training(size, model, experiment.objective, members, experiment.train)
            budget = with_pretraining(model, experiment.train)
            count = multiplications(model, experiment.objective, size.features)
            operations = 6 * count * members * budget.epochs * size.train
            card = max(operations / flops, budget.epochs * ceil(size.train / budget.batch) * step)
            found.append(Job(core, card, members))
    for dynamics in study.dynamics.values():
        data = study.data[study.experiments[dynamics.experiment].data]
        found += [_recurrent(data, p, dynamics.seeds) for p in dynamics.predictors.values() if hasattr(p, "train")]
    for climate in study.climate.values():
        data = study.data[climate.data]
        found += [_recurrent(data, p, climate.seeds) for p in climate.learners.values() if hasattr(p, "train")]
    return found


def _recurrent(data, settings, seeds) -> Job:
    """Frame after frame: a card is taken to be no faster than a core."""
    seconds = sequence_seconds(data.trajectories.train, data.frames, settings)
    return Job(seconds, seconds, len(seeds))


def ends(seconds: list[float], workers: int) -> float:
    """When the last of some jobs ends, each going to the first free worker, the longest first."""
    free = [0.0] * workers
    for job in sorted(seconds, reverse=True):
        heapq.heappush(free, heapq.heappop(free) + job)
    return max(free)


def with_seeds(config: dict, count: int) -> dict:
    """A config whose every grid, prediction and climate has as many seeds."""
    seeds = list(range(count))
    for experiment in config["experiments"].values():
        experiment["grid"] = {**experiment.get("grid", {}), "seed": seeds}
    for section in ("dynamics", "climate"):
        for part in config.get(section, {}).values():
            part["seeds"] = seeds
    return config


def shown(seconds: float) -> str:
    unit, name = next((u, n) for u, n in ((86400, "d"), (3600, "h"), (60, "min"), (0, "s")) if seconds >= u)
    value = seconds / (unit or 1)
    return f"{value:.0f} {name}" if value >= 100 else f"{value:.2g} {name}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("configs", type=Path, nargs="*", default=[ROOT / "config.yaml", ROOT / "full/config.yaml"])
    parser.add_argument("--seeds", type=int, default=50, help="a row more: the first config with so many seeds")
    parser.add_argument("--cores", type=int, default=16, help="of a CPU node; a job takes one")
    parser.add_argument("--flops", type=float, default=1e13, help="assumed of a card, sustained in single precision")
    parser.add_argument("--step", type=float, default=1e-3, help="seconds, assumed: the shortest step on a card")
    parser.add_argument("--write", action="store_true", help="put the table into docs/cluster.md")
    chosen = parser.parse_args()
    read = [yaml.safe_load(path.read_text()) for path in chosen.configs]
    names = [f"`{path.resolve().relative_to(ROOT)}`" for path in chosen.configs]
    rows = list(zip(names, read, strict=True))
    rows.append((f"{names[0]}, {chosen.seeds} seeds", with_seeds(copy.deepcopy(read[0]), chosen.seeds)))
    lines = [
        f"`PYTHONPATH=. python benchmarks/predict.py --cores {chosen.cores} --flops {chosen.flops:.0e} "
        f"--step {chosen.step:.0e} --write`; not measured, but predicted",
        "",
        f"| study | `stack` | jobs | networks | one core | longest job | {NODES} CPU nodes of {chosen.cores} cores "
        "| 1 GPU, assumed | 8 GPUs, assumed |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for name, config in rows:
        for alone in (False, True):
            found = jobs(read_study(config), chosen.flops, chosen.step, alone)
            core, card = [job.core for job in found], [job.card + START for job in found]
            nodes = ends([seconds + START for seconds in core], NODES * chosen.cores)
            cells = [
                name,
                "`[]`" if alone else "as it is",
                f"{len(found):,}",
                f"{sum(job.networks for job in found):,}",
            ]
            cells += [shown(s) for s in (sum(core), max(core), nodes, ends(card, 1), ends(card, 8))]
            lines.append("| " + " | ".join(cells) + " |")
    print("\n".join(lines))
    if chosen.write:
        put(lines, "cluster.md", "benchmarks/predict.py")


if __name__ == "__main__":
    main()
