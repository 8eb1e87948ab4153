"""Seconds and memory that planning a study takes, by members and by what is stacked; nothing is run.

python benchmarks/dag.py [--members 100 1000 10000]
"""

import argparse
import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import yaml

ROOT = Path(__file__).parents[1]
STACKS = {"all": ["beta", "seed"], "seed": ["seed"], "none": []}


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
    """Jobs, seconds and MB of a dry run."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "config.yaml").write_text(yaml.safe_dump(config))
        command = [sys.executable, "-m", "snakemake", "--snakefile", str(ROOT / "Snakefile"), "--directory", folder]
        command += ["--configfile", f"{folder}/config.yaml", "--dry-run", "--quiet", "rules"]
        start = time.perf_counter()
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=ROOT)
        said = process.stdout.read()
        _, status, usage = os.wait4(process.pid, 0)
        if status:
            raise SystemExit(said[-2000:])
        return int(re.search(r"^total\s+(\d+)", said, re.MULTILINE)[1]), time.perf_counter() - start, usage.ru_maxrss


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--members", type=int, nargs="+", default=[100, 1000, 10000])
    print("| members | stack | jobs | planning [s] | memory [MB] |\n|---|---|---|---|---|")
    for members in parser.parse_args().members:
        for name, stack in STACKS.items():
            jobs, seconds, kilobytes = plan(study(members, stack))
            print(f"| {members:,} | {name} | {jobs:,} | {seconds:.1f} | {kilobytes / 1024:.0f} |", flush=True)


if __name__ == "__main__":
    main()
