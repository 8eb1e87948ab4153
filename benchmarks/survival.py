"""Kill the whole workflow at random instants and run it again; the end is compared with an undisturbed run.

python benchmarks/survival.py [--kills 20] [--config quick/config.yaml] [--cores 2]

Every time Snakemake and all its jobs get SIGKILL at once. Before it is started again, `snakemake --unlock` is called:
the one command that a user needs.
"""

import argparse
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]
PARTS = ("Snakefile", "rules", "workflow_scripts", "curvae", "profiles", "envs")
COMPARED = ("data", "train", "encode", "dynamics", "scores", "measures", "summary", "density", "geometry")


def house(folder: Path, config: Path) -> Path:
    """A copy of the workflow with a config."""
    folder.mkdir()
    for part in PARTS:
        copy = shutil.copytree if (ROOT / part).is_dir() else shutil.copy2
        copy(ROOT / part, folder / part)
    shutil.copy2(config, folder / "config.yaml")
    return folder


def snakemake(folder: Path, *arguments: str) -> subprocess.Popen:
    """Snakemake in a session of its own, so that one signal reaches all that it starts."""
    environment = {**os.environ, "PYTHONPATH": str(folder), "PYTHONDONTWRITEBYTECODE": "1"}
    with (folder / "said").open("a") as said:
        command = [sys.executable, "-m", "snakemake", *arguments]
        return subprocess.Popen(command, cwd=folder, env=environment, stdout=said, stderr=said, start_new_session=True)


def finish(folder: Path, *arguments: str) -> float:
    """Seconds until it ends well."""
    start = time.monotonic()
    if snakemake(folder, *arguments).wait() != 0:
        raise SystemExit(f"{folder}/said: {' '.join(arguments)} failed: " + (folder / "said").read_text()[-3000:])
    return time.monotonic() - start


def files(folder: Path) -> dict[Path, bytes]:
    """Content of every result that a seed determines; logs, times and manifests with times are none."""
    found = [p for room in COMPARED for p in (folder / "results" / room).rglob("*") if p.is_file()]
    named = [p for p in found if p.name != ".snakemake_timestamp" and "manifest.json" not in p.name]
    return {path.relative_to(folder): path.read_bytes() for path in named}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--config", type=Path, default=ROOT / "quick/config.yaml")
    parser.add_argument("--cores", default="2")
    parser.add_argument("--seed", type=int, default=0, help="of the instants")
    chosen = parser.parse_args()
    rng = random.Random(chosen.seed)
    with tempfile.TemporaryDirectory() as room:
        whole, killed = (house(Path(room) / name, chosen.config) for name in ("whole", "killed"))
        seconds = finish(whole, "--cores", chosen.cores)
        print(f"undisturbed: {seconds:.0f} s", flush=True)
        during = 0
        for kill in range(1, chosen.kills + 1):
            running = snakemake(killed, "--cores", chosen.cores)
            wait = rng.uniform(3, 3 + 2 * seconds / chosen.kills)
            try:
                running.wait(wait)
            except subprocess.TimeoutExpired:
                os.killpg(running.pid, signal.SIGKILL)
                running.wait()
                during += 1
            print(f"kill {kill} after {wait:.1f} s", flush=True)
            finish(killed, "--unlock")
        finish(killed, "--cores", chosen.cores)
        left = [p for p in (killed / "results").rglob(".*") if p.is_dir() and p.name.startswith(".")]
        left = [p for p in left if p.name.count(".") > 1]
        expected, found = files(whole), files(killed)
        differ = sorted(str(p) for p in expected.keys() | found.keys() if expected.get(p) != found.get(p))
        print(f"{during} of {chosen.kills} kills hit a running workflow; {len(expected)} files compared")
        print(f"files that differ: {differ or 'none'}; half-written folders left: {[str(p) for p in left] or 'none'}")
        raise SystemExit(bool(differ))


if __name__ == "__main__":
    main()
