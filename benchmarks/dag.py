"""Seconds and memory that planning a study takes, by members and by what is stacked; nothing is run.

python benchmarks/dag.py [--members 100 1000 10000] [--write]
"""

import argparse
import re
import subprocess
import sys
import tempfile
from datetime import date
from importlib.metadata import version
from pathlib import Path

import yaml
from page import processor, put

ROOT = Path(__file__).parents[1]
STACKS = {"[beta, seed]": ["beta", "seed"], "[seed]": ["seed"], "[]": []}
# A child's peak memory begins at its parent's, so the planning is measured by a parent that holds nothing itself.
MEASURED = """
import resource, subprocess, sys
status = subprocess.run(sys.argv[1:], stderr=subprocess.STDOUT).returncode
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)
sys.exit(status)
"""
START = 7  # seconds that the start of a job costs on SLURM: two Snakemakes, one in the other


def study(members: int, stack: list[str]) -> dict:
    """A grid of ten weights and as many seeds as are needed, with what the workflow makes of an experiment."""
    return {
        "data": {"square": {"kind": "uniform"}},
        "experiments": {
            "square": {
                "data": "square",
                "model": {"kind": "vae", "likelihood": "gaussian"},
                "grid": {"beta": [round(0.01 * i, 2) for i in range(1, 11)], "seed": list(range(members // 10))},
                "stack": stack,
            }
        },
        "scores": {"square": {"factors": ["x", "y"]}},
        "figures": {"loss_curves": ["square"]},
    }


def plan(config: dict) -> tuple[int, float, float]:
    """Jobs of a dry run, its seconds of the processor and its memory at its peak [MB]."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "config.yaml").write_text(yaml.safe_dump(config))
        command = [sys.executable, "-m", "snakemake", "--snakefile", str(ROOT / "Snakefile"), "--directory", folder]
        command += ["--configfile", f"{folder}/config.yaml", "--dry-run", "--quiet", "rules"]
        run = subprocess.run([sys.executable, "-c", MEASURED, *command], capture_output=True, text=True, cwd=ROOT)
    if run.returncode:
        raise SystemExit(run.stdout[-2000:] + run.stderr)
    seconds, megabytes = run.stdout.split()[-2:]
    return int(re.search(r"^total\s+(\d+)", run.stdout, re.MULTILINE)[1]), float(seconds), float(megabytes)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--members", type=int, nargs="+", default=[100, 1000, 10000])
    parser.add_argument("--write", action="store_true", help="put the table into docs/cluster.md")
    chosen = parser.parse_args()
    lines = [
        f"One core of {processor()}, Snakemake {version('snakemake')}, {date.today()}; "
        "`python benchmarks/dag.py --write`",
        "",
        "| members | `stack` | jobs | planning [CPU s] | memory [MB] | starts on SLURM [core h] |",
        "|---|---|---|---|---|---|",
    ]
    print("\n".join(lines))
    for members in chosen.members:
        for name, stack in STACKS.items():
            jobs, seconds, memory = plan(study(members, stack))
            starts = f"{jobs * START / 3600:.2g}"
            lines.append(f"| {members:,} | {name} | {jobs:,} | {seconds:.1f} | {memory:.0f} | {starts} |")
            print(lines[-1], flush=True)
    if chosen.write:
        put(lines, "cluster.md", "benchmarks/dag.py")


if __name__ == "__main__":
    main()
