"""What every job of a study will cost, from its config alone: on one core, on CPU nodes, on GPUs under an assumption.

PYTHONPATH=. python benchmarks/predict.py [config.yaml ...] [--seeds 50] [--cores 16] [--write]
PYTHONPATH=. python benchmarks/predict.py --beside results [--cores 2] [--write]

The jobs and what each waits for are those of a dry run. Seconds on a core are what the rule's request is made from
(rules/requests.smk), without its margin; where that is a number and no function of the settings, the mean of the rule
in docs/benchmarks.md, if it stands there. GPU rates were not measured: a card is assumed to sustain `--flops`, and a
step of a stack to take `--step` seconds at least, so that training takes the larger of

    6 x multiplications x members x epochs x samples / flops    and    epochs x batches x step

(two operations a multiplication; backward twice forward). What asks for a card waits for one, all else for a core. A
job begins when what it waits for is done and a worker is free, the longest of those first.
"""

import argparse
import copy
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from heapq import heappop, heappush
from math import ceil
from pathlib import Path
from types import SimpleNamespace

import pandas as pd
import yaml
from costs import markdown, used
from page import put, rows
from planned import ROOT, name_of, named, planned

from curvae.cost import multiplications, with_pretraining
from curvae.spent import read_benchmarks

NODES = 64
START = 7  # seconds that the start of a job costs on SLURM


@dataclass(frozen=True)
class Job:
    """Seconds on a core and, of what asks for one, on a card; whether settings tell them; networks; jobs before it."""

    core: float
    card: float | None
    told: bool
    networks: int
    after: tuple[str, ...]


def means() -> dict[str, float]:
    """CPU seconds of a job of every rule that docs/benchmarks.md has."""
    table = rows("benchmarks.md", "benchmarks/costs.py")
    return {row["rule"]: float(row["CPU [s]"]) / int(row["jobs"]) for row in table}


def jobs(config: dict, flops: float, step: float) -> dict[str, Job]:
    """Every job of a study by its name."""
    found, mean = {}, means()
    with planned(config) as workflow:
        for name, job in named(workflow).items():
            needed = job.rule.resources["runtime"]._evaluator.needed
            if told := callable(needed):
                core = 60 * needed(job.wildcards)
            else:
                core = mean.get(name.partition("/")[0], 60 * needed)
            card, networks = None, 0
            if job.resources.get("gpu"):
                card, networks = core, len(job.params.get("members") or job.params.get("seeds"))
            if job.rule.name == "train":
                card = on_card(workflow.globals, job.wildcards, flops, step)
            found[name] = Job(core, card, told, networks, tuple(map(name_of, workflow.dag.dependencies[job])))
    return found


def on_card(rules: dict, wildcards: SimpleNamespace, flops: float, step: float) -> float:
    """Seconds of training a stack on a card, as assumed."""
    size, model, objective, members = rules["trained"](wildcards)
    budget = with_pretraining(model, rules["STUDY"].experiments[wildcards.experiment].train)
    operations = 6 * multiplications(model, objective, size.features) * members * budget.epochs * size.train
    return max(operations / flops, budget.epochs * ceil(size.train / budget.batch) * step)


def ends(tasks: Mapping[str, tuple[float, str, Iterable[str]]], workers: Mapping[str, int]) -> float:
    """When the last of some tasks ends.

    Each begins when those before it are done and a worker of its kind is free, the longest of such first.

    Args:
        tasks: seconds, kind of worker and names of the tasks before it, of each by name.
        workers: how many of each kind there are.
    """
    left = {name: set(after) for name, (_, _, after) in tasks.items()}
    followers = defaultdict(list)
    for name, before in left.items():
        for other in before:
            followers[other].append(name)
    free, running, now = dict(workers), [], 0.0
    waiting = {kind: [] for kind in workers}

    def wait(name: str) -> None:
        seconds, kind, _ = tasks[name]
        heappush(waiting[kind], (-seconds, name))

    for name in (name for name, before in left.items() if not before):
        wait(name)
    while True:
        for kind, queue in waiting.items():
            while queue and free[kind]:
                seconds, name = heappop(queue)
                free[kind] -= 1
                heappush(running, (now - seconds, name))
        if not running:
            return now
        now, name = heappop(running)
        free[tasks[name][1]] += 1
        for follower in followers[name]:
            left[follower].remove(name)
            if not left[follower]:
                wait(follower)


def with_seeds(config: dict, count: int) -> dict:
    """A config whose every grid, prediction and climate has as many seeds."""
    config, seeds = copy.deepcopy(config), list(range(count))
    for experiment in config["experiments"].values():
        experiment["grid"] = {**experiment.get("grid", {}), "seed": seeds}
    for section in ("dynamics", "climate"):
        for part in config.get(section, {}).values():
            part["seeds"] = seeds
    return config


def alone(config: dict) -> dict:
    """A config that trains every network in a job of its own."""
    config = copy.deepcopy(config)
    for experiment in config["experiments"].values():
        experiment["stack"] = []
    return config


def times(found: Mapping[str, Job], cores: int) -> list[float]:
    """Seconds on one core, those of training among them, of the longest chain; on nodes, and on one and eight cards."""

    def on(start: float, **workers: int) -> float:
        tasks = {}
        for name, job in found.items():
            kind = "card" if "card" in workers and job.card is not None else "core"
            tasks[name] = start + (job.core if kind == "core" else job.card), kind, job.after
        return ends(tasks, workers)

    return [
        sum(job.core for job in found.values()),
        sum(job.core for job in found.values() if job.card is not None),
        on(0, core=len(found)),
        on(START, core=NODES * cores),
        on(START, core=cores, card=1),
        on(START, core=cores, card=8),
    ]


def beside(found: Mapping[str, Job], results: Path) -> pd.DataFrame:
    """What was predicted of the jobs of a finished study beside what they took, CPU seconds."""
    records = [(name, job.core, job.card is not None, job.told) for name, job in found.items()]
    frame = pd.DataFrame(records, columns=["job", "core", "training", "told"]).set_index("job")
    both = frame.join(used(results), how="inner")
    groups = {
        "training, from the settings": both["training"],
        "other rules, from the settings": ~both["training"] & both["told"],
        "other rules, by their means": ~both["told"],
        "all": both["core"] > 0,
    }
    table = {}
    for name, chosen in groups.items():
        part = both[chosen]
        each = part["core"] / part["cpu"]
        table[name] = {
            "jobs": f"{len(part)}",
            "predicted [CPU s]": f"{part['core'].sum():,.0f}",
            "measured [CPU s]": f"{part['cpu'].sum():,.0f}",
            "predicted / measured": f"{part['core'].sum() / part['cpu'].sum():.2f}",
            "of each job": f"{each.min():.2f} to {each.max():.2f}",
        }
    return pd.DataFrame(table).T


def lists(found: Mapping[str, Job], results: Path, cores: int) -> str:
    """When a finished study ends on some cores, as predicted, and by the seconds that its jobs took."""
    took = read_benchmarks(results / "benchmarks").set_index("job")["s"]
    predicted = ends({name: (job.core, "core", job.after) for name, job in found.items()}, {"core": cores})
    measured = ends({name: (took[name], "core", job.after) for name, job in found.items()}, {"core": cores})
    return (
        f"On {cores} cores the last job ends after {predicted / 60:.1f} min by these predictions, and after "
        f"{measured / 60:.1f} by the seconds that each job took, elapsed."
    )


def shown(seconds: float) -> str:
    unit, name = next((u, n) for u, n in ((86400, "d"), (3600, "h"), (60, "min"), (0, "s")) if seconds >= u)
    value = seconds / (unit or 1)
    return f"{value:.0f} {name}" if value >= 100 else f"{value:.2g} {name}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("configs", type=Path, nargs="*", default=[ROOT / "config.yaml", ROOT / "full/config.yaml"])
    parser.add_argument("--seeds", type=int, default=50, help="a row more: the first config with so many seeds")
    parser.add_argument("--cores", type=int, default=16, help="of a node, with cards or without; a job takes one")
    parser.add_argument("--flops", type=float, default=1e13, help="assumed of a card, sustained in single precision")
    parser.add_argument("--step", type=float, default=1e-3, help="seconds, assumed: the shortest step on a card")
    parser.add_argument("--beside", type=Path, metavar="RESULTS", help="of a finished study: predicted beside measured")
    parser.add_argument("--write", action="store_true", help="put the table into docs/cluster.md")
    chosen = parser.parse_args()
    rates = chosen.flops, chosen.step
    if chosen.beside:
        config = yaml.safe_load((chosen.beside / "run/config.yaml").read_text())
        found, mark = jobs(config, *rates), " --beside"
        lines = [*markdown(beside(found, chosen.beside)), "", lists(found, chosen.beside, chosen.cores)]
    else:
        read = {f"`{path.resolve().relative_to(ROOT)}`": yaml.safe_load(path.read_text()) for path in chosen.configs}
        first, config = next(iter(read.items()))
        read[f"{first}, {chosen.seeds} seeds"] = with_seeds(config, chosen.seeds)
        lines, mark = predictions(read, chosen.cores, *rates), ""
    print("\n".join(lines))
    if chosen.write:
        put(lines, "cluster.md", f"benchmarks/predict.py{mark}")


def predictions(configs: Mapping[str, dict], cores: int, flops: float, step: float) -> list[str]:
    """The table of some studies by name, each as it is and with nothing stacked."""
    lines = [
        f"`PYTHONPATH=. python benchmarks/predict.py --cores {cores} --flops {flops:.0e} --step {step:.0e} --write`; "
        "not measured, but predicted",
        "",
        f"| study | `stack` | jobs | networks | one core | training of it | longest chain | {NODES} CPU nodes of "
        f"{cores} cores | {cores} cores and 1 GPU, assumed | {cores} cores and 8 GPUs, assumed |",
        "|---" * 10 + "|",
    ]
    for name, config in configs.items():
        for stack, each in (("as it is", config), ("`[]`", alone(config))):
            found = jobs(each, flops, step)
            counts = len(found), sum(job.networks for job in found.values())
            cells = [name, stack, *(f"{count:,}" for count in counts), *map(shown, times(found, cores))]
            lines.append("| " + " | ".join(cells) + " |")
    return lines


if __name__ == "__main__":
    main()
