"""The whole study on a SLURM of two nodes on this machine; every file is compared with a run without SLURM.

PYTHONPATH=. python benchmarks/slurm.py [--whole FOLDER] [--config FILE] [--folder .scratch/slurm] [--write]

The cluster is that of the tests (tests/workflow/slurm_cluster.py; Debian's slurmctld, slurmd, slurm-client and munge):
nodes of one processor and a stand-in for a card each. Nothing of the study changes but the profile. `--whole` is a
folder in which it has run to its end here (`benchmarks/survival.py` leaves one); without it that run comes first. What
is compared is what `benchmarks/survival.py` compares. The same command goes on with a run that was stopped.
"""

import argparse
import os
import sys
from collections import Counter
from datetime import date
from pathlib import Path

from page import put
from survival import ROOT, compare, done_jobs, finish, house

sys.path.append(str(ROOT / "tests/workflow"))
from slurm_cluster import Cluster

PROFILE = ["--profile", "profiles/slurm", "--latency-wait", "5", "--slurm-init-seconds-before-status-checks", "1"]
PORT = 31817  # beside clusters of the tests


def on_slurm(folder: Path, cluster: Path, memory: int) -> tuple[float, Counter]:
    """Seconds that the study in a folder takes on a cluster, and how its SLURM jobs ended."""
    with Cluster(cluster, cpus=1, memory=memory, port=PORT) as slurm:
        os.environ.update(slurm.environment)
        finish(folder, "--unlock")
        seconds = finish(folder, *PROFILE)
        return seconds, Counter(job["JobState"] for job in slurm.records(folder))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--whole", type=Path, help="a folder in which the study has run to its end")
    parser.add_argument("--config", type=Path, default=ROOT / "quick/config.yaml")
    parser.add_argument("--folder", type=Path, default=ROOT / ".scratch/slurm")
    parser.add_argument("--memory", type=int, default=16000, help="MB that a node claims to have")
    parser.add_argument("--write", action="store_true", help="put the outcome into docs/cluster.md")
    chosen = parser.parse_args()
    folder = chosen.folder.resolve()
    whole, submitted = chosen.whole or folder / "whole", folder / "submitted"
    if not (whole / "results/index.html").exists():
        finish(whole if whole.exists() else house(whole, chosen.config), "--cores", "2")
    if not submitted.exists():
        house(submitted, chosen.config)
    seconds, states = on_slurm(submitted, folder / "cluster", chosen.memory)
    found = compare(whole, submitted)
    ends = ", ".join(f"{count} {state}" for state, count in states.most_common())
    lines = [
        f"{date.today()}, `PYTHONPATH=. python benchmarks/slurm.py --write`, {os.cpu_count()} cores:",
        f"{done_jobs(submitted)} jobs in {seconds:,.0f} s ({sum(states.values())} submitted: {ends}).",
        f"{found['compared']:,} files compared, {len(found['differ'])} differ, {len(found['torn'])} torn, "
        f"{len(found['left'])} left behind.",
    ]
    print(*lines, *found["differ"], *found["torn"], *found["left"], sep="\n")
    if chosen.write:
        put(lines, "cluster.md", "benchmarks/slurm.py")
    raise SystemExit(any(found[wrong] for wrong in ("differ", "torn", "left")))


if __name__ == "__main__":
    main()
