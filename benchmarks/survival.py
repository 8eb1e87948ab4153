"""Kill the whole workflow at random instants and run it again; the end is compared with an undisturbed run.

PYTHONPATH=. python benchmarks/survival.py [--kills 20] [--config FILE] [--folder .scratch/survival] [--write]

The kills are spread over the whole run: of N jobs and K kills, the k-th comes after a random number of jobs between
(k - 1) N / K and k N / K is done, and then a random time up to `DELAY` seconds later, also while Snakemake starts. Each
time Snakemake and all its jobs get SIGKILL at once. Before it is started again, `snakemake --unlock` is called: the one
command that a user needs. A workflow that ends before the next kill is compared, and begun anew. What is done stands in
the folder: the same command goes on with the kills that are left.
"""

import argparse
import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

from page import put

from curvae import store

ROOT = Path(__file__).parents[1]
PARTS = ("Snakefile", "rules", "workflow_scripts", "curvae", "profiles", "envs")
RUNS = ("logs", "benchmarks")  # what a run says of itself
TIMED = ("ro-crate-metadata.json", "index.html")  # hold times and costs among other things
TIMES = ("seconds", "first_log", "last_log", "job_seconds", "cpu_seconds", "jobs")  # in manifests
SEALS = (".manifest.json.sha256", ".ro-crate-metadata.json.sha256")  # of what holds times
DELAY = 6.0  # seconds, about those of a job


def house(folder: Path, config: Path) -> Path:
    """A copy of the workflow with a config."""
    folder.mkdir(parents=True)
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


def processes(folder: Path) -> list[int]:
    """Processes that work in a folder."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if (process / "cwd").resolve() == folder.resolve():
                found.append(int(process.name))
        except OSError:
            continue
    return found


def files(folder: Path, times: bool = False) -> dict[str, bytes]:
    """Content of every result, hidden checksums and all; nothing of a hidden folder, which some writer has left.

    Args:
        folder: in which the workflow ran.
        times: whether times are content; else manifests are taken without, and what else holds them is only named.
    """
    results, found = folder / "results", {}
    for path in results.rglob("*"):
        place, left = path.relative_to(results), path.is_dir() and path.name.startswith(".")
        if place.parts[0] not in RUNS and path.name != ".snakemake_timestamp" and (path.is_file() or left):
            found[str(place)] = b"" if left else path.read_bytes() if times else _untimed(path)
    return found


def _untimed(path: Path) -> bytes:
    if path.name in TIMED or path.name in SEALS:
        return b""
    if path.name != "manifest.json":
        return path.read_bytes()
    return json.dumps({key: said for key, said in json.loads(path.read_text()).items() if key not in TIMES}).encode()


def compare(whole: Path, killed: Path) -> dict:
    """What differs between two finished runs, and what the second left behind that is no result."""
    expected, found = files(whole), files(killed)
    torn = []
    for path in (killed / "results").rglob("*.*"):
        try:
            store.check(path)
        except store.DamagedError:
            torn.append(str(path))
    return {
        "compared": len(expected),
        "differ": sorted(p for p in expected.keys() | found.keys() if expected.get(p) != found.get(p)),
        "torn": torn,
        "left": [str(p) for p in (killed / ".scratch").rglob("*") if p.is_file()],
    }


def done_jobs(folder: Path) -> int:
    """How many jobs have ended well."""
    return len(list((folder / "results/benchmarks").rglob("*.tsv")))


def working(folder: Path) -> list[str]:
    """Rules whose scripts run in a folder."""
    found = []
    for process in processes(folder):
        try:
            found += re.findall(r"/\.snakemake/scripts/\w+\.(\w+)\.py", Path(f"/proc/{process}/cmdline").read_text())
        except OSError:
            continue
    return sorted(set(found))


def kill_once(killed: Path, cores: str, jobs: int, delay: float) -> list[str] | None:
    """Start the workflow, kill it some seconds after some jobs are done; the rules then at work, None if it ended."""
    finish(killed, "--unlock")
    running = snakemake(killed, "--cores", cores)
    try:
        while running.poll() is None and done_jobs(killed) < jobs:
            time.sleep(0.1)
        if running.wait(delay) != 0:
            raise SystemExit(f"{killed}/said: " + (killed / "said").read_text()[-3000:])
        return None
    except subprocess.TimeoutExpired:
        return working(killed)
    finally:
        if running.poll() is None:
            os.killpg(running.pid, signal.SIGKILL)
            running.wait()
            time.sleep(0.5)
            if alive := processes(killed):
                raise SystemExit(f"processes {alive} outlive their group")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=20, help="in all, those done before counted")
    parser.add_argument("--config", type=Path, default=ROOT / "quick/config.yaml")
    parser.add_argument("--folder", type=Path, default=ROOT / ".scratch/survival")
    parser.add_argument("--cores", default="2")
    parser.add_argument("--seed", type=int, default=0, help="of the instants")
    parser.add_argument("--write", action="store_true", help="put the table into docs/reliability.md")
    chosen = parser.parse_args()
    whole, killed, state = chosen.folder / "whole", chosen.folder / "killed", chosen.folder / "state.json"
    if not state.exists():
        shutil.rmtree(chosen.folder, ignore_errors=True)
        seconds = finish(house(whole, chosen.config), "--cores", chosen.cores)
        state.write_text(
            json.dumps({"undisturbed": seconds, "jobs": done_jobs(whole), "kills": [], "ends": [], "over": False})
        )
    said = json.loads(state.read_text())
    print(f"undisturbed: {said['undisturbed']:.0f} s, {said['jobs']} jobs", flush=True)
    rng = random.Random(chosen.seed)
    instants = [
        ((k + rng.random()) * (said["jobs"] - 1) / chosen.kills, rng.uniform(0, DELAY)) for k in range(chosen.kills)
    ]
    while len(said["kills"]) < chosen.kills or not said["over"]:
        if not killed.exists():
            house(killed, chosen.config)
        count = len(said["kills"])
        rules = kill_once(killed, chosen.cores, *instants[count]) if count < chosen.kills else None
        if rules is not None:
            said["kills"].append([done_jobs(killed), rules])
            print(f"kill {count + 1}: {done_jobs(killed)} jobs done, at work: {', '.join(rules)}", flush=True)
        else:
            finish(killed, "--unlock")
            finish(killed, "--cores", chosen.cores)
            said["ends"].append(compare(whole, killed))
            said["over"] = count >= chosen.kills
            shutil.rmtree(killed)
            print(json.dumps(said["ends"][-1]), flush=True)
        state.write_text(json.dumps(said))
    bad = [end for end in said["ends"] if end["differ"] or end["torn"] or end["left"]]
    print(f"{len(said['kills'])} kills of a running workflow, {len(said['ends'])} ends, {len(bad)} not as expected")
    if chosen.write:
        rows = [f"| {done} | {', '.join(rules) or 'Snakemake alone'} |" for done, rules in said["kills"]]
        head = [f"| jobs done, of {said['jobs']} | at work |", "|---|---|"]
        put(head + rows, "reliability.md", "benchmarks/survival.py")
    raise SystemExit(bool(bad))


if __name__ == "__main__":
    main()
