"""A full disk under every rule: its job must fail and say why, and end well once there is room again.

PYTHONPATH=. python benchmarks/full_disk.py FINISHED [--folder .scratch/full_disk] [--rules NAME ...] [--write]

FINISHED is a folder in which the workflow has run to its end (`benchmarks/survival.py` leaves one, `whole`). A copy of
its results, and the folder in which training keeps its state, lie on a file system of their own in memory, for which
one must be allowed to mount. Of every rule one job loses its outputs; the disk is filled but for half of what these
took, and Snakemake runs the job. Looked at are: that it fails; that what Snakemake prints says "No space left on
device"; that all other results are the same bytes, and nothing else is there, hidden or not. Then the disk is freed and
the same command run again, after which all results must be the same bytes as at first, the job's own among them. What
is done stands in the folder: the same command goes on with the rules that are left. Of a job with several outputs the
checksum of a first one may stay, which Snakemake removes without it; the next run writes it anew.
"""

import argparse
import io
import json
import shutil
import subprocess
from pathlib import Path

import pandas as pd
from page import put
from survival import ROOT, files, snakemake

CAUSE = "No space left on device"
PAGE = 4096  # bytes that a file takes at least
ROOMS = ("results", ".scratch")
SPARE = 64 * 2**20  # bytes beyond the results


def copy(finished: Path, folder: Path) -> Path:
    """A copy of a finished study, with links to where its results shall lie: on `mount`'s disk, which is returned."""
    shutil.copytree(finished, folder, ignore=shutil.ignore_patterns("results", ".scratch", "said"))
    disk = folder / "disk"
    disk.mkdir()
    for room in ROOMS:
        (folder / room).symlink_to(Path("disk", room))
    return disk


def mount(disk: Path, results: Path) -> None:
    """Put the results on a disk that holds little more."""
    size = taken(results) + SPARE
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(disk)], check=True)
    shutil.copytree(results, disk / "results")
    (disk / ".scratch").mkdir()


def run(folder: Path, *arguments: str) -> tuple[int, str]:
    """Exit status of Snakemake, and what it printed."""
    (folder / "said").unlink(missing_ok=True)
    status = snakemake(folder, "--cores", "1", *arguments).wait()
    return status, (folder / "said").read_text()


def jobs(folder: Path) -> dict[str, tuple[list[str], str]]:
    """Outputs and log of one job of every rule."""
    status, said = run(folder, "--summary")
    if status:
        raise SystemExit(said)
    table = pd.read_csv(io.StringIO(said[said.index("output_file\t") :]), sep="\t")
    found = {}
    for (rule, log), outputs in table.groupby(["rule", "log-file(s)"])["output_file"]:
        found.setdefault(rule, (list(outputs), log))
    return found


def taken(*paths: Path) -> int:
    """Bytes that files, and those in folders, take on the disk."""
    inside = [file for path in paths for file in (path, *path.rglob("*")) if file.is_file()]
    return sum(-(-file.stat().st_size // PAGE) * PAGE for file in inside)


def fill(path: Path, room: int) -> None:
    """Take all of the disk but some bytes."""
    with path.open("wb", buffering=0) as file:
        try:
            while file.write(bytes(PAGE)):
                pass
        except OSError:
            file.truncate(file.tell() // PAGE * PAGE - room)


def differing(before: dict[str, bytes], after: dict[str, bytes]) -> list[str]:
    return sorted(path for path in before.keys() | after.keys() if before.get(path) != after.get(path))


def trial(folder: Path, disk: Path, outputs: list[str], log: str) -> dict:
    """What one job does on a full disk, and after it. In the end its outputs are those of before, dates and all."""
    own, kept = [folder / output for output in outputs], folder / "kept"
    seals = [seal for path in own if (seal := path.parent / f".{path.name}.sha256").exists()]
    own += seals
    whole, size = files(folder), taken(*own)
    kept.mkdir()
    for number, path in enumerate(own):
        shutil.move(path, kept / str(number))
    (folder / log).unlink()
    others, room = files(folder, times=True), size // 2 // PAGE * PAGE
    fill(disk / "filler", room)
    status, said = run(folder, "--", outputs[0])
    found = {"job": outputs[0], "size": size, "room": room, "failed": status != 0, "named": CAUSE in said}
    left = {str(seal.relative_to(folder / "results")) for seal in seals}
    found["changed"] = [path for path in differing(others, files(folder, times=True)) if path not in left]
    (disk / "filler").unlink()
    found["again"], again = run(folder, "--", outputs[0])
    found["said"] = [said[-2000:], again[-2000:]]
    found["differ"] = differing(whole, files(folder))
    for number, path in enumerate(own):
        shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
        shutil.move(kept / str(number), path)
    kept.rmdir()
    return found


def verdict(found: dict) -> str:
    """What is not as it should be; nothing otherwise."""
    wrong = {
        "ends well without room": not found["failed"],
        "does not say why it fails": found["failed"] and not found["named"],
        f"touches {', '.join(found['changed'])}": found["changed"],
        "fails with room too": found["again"],
        f"makes other bytes of {', '.join(found['differ'])}": found["differ"],
    }
    return "; ".join(said for said, so in wrong.items() if so)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("finished", type=Path)
    parser.add_argument("--folder", type=Path, default=ROOT / ".scratch/full_disk")
    parser.add_argument("--rules", nargs="+", help="all if not given; those given are tried again")
    parser.add_argument("--write", action="store_true", help="put the table into docs/reliability.md")
    chosen = parser.parse_args()
    house, state = chosen.folder / "house", chosen.folder / "state.json"
    if (house / "disk").is_mount():  # of a run that was killed
        subprocess.run(["umount", str(house / "disk")], check=True)
    shutil.rmtree(house, ignore_errors=True)
    done = json.loads(state.read_text()) if state.exists() else {}
    disk = copy(chosen.finished, house)
    mount(disk, chosen.finished / "results")
    try:
        found = jobs(house)
        wanted = chosen.rules or [rule for rule in found if rule not in done]
        for rule in wanted:
            done[rule] = trial(house, disk, *found[rule])
            print(f"{rule}: {verdict(done[rule]) or 'as it should be'}", flush=True)
            if verdict(done[rule]):
                print(*done[rule]["said"], sep="\n", flush=True)
            state.write_text(json.dumps(done))
    finally:
        subprocess.run(["umount", str(disk)], check=True)
    bad = {rule: said for rule, found in done.items() if (said := verdict(found))}
    print(f"{len(done)} rules, {len(bad)} not as they should be")
    if chosen.write:
        lines = ["| rule | writes [KB] | room [KB] | what is wrong |", "|---|---|---|---|"]
        for rule, found in sorted(done.items()):
            size, room = (round(found[name] / 1024) for name in ("size", "room"))
            lines.append(f"| {rule} | {size} | {room} | {bad.get(rule, '')} |")
        put(lines, "reliability.md", "benchmarks/full_disk.py")
    raise SystemExit(bool(bad))


if __name__ == "__main__":
    main()
