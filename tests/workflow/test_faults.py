"""What a small study outlives: a full disk, a read-only one, damaged files, two runs at once."""

import os
import shutil
import subprocess
import sys
import time

import pytest
import yaml

STUDY = {
    "data": {"square": {"kind": "uniform", "samples": {"train": 400, "validation": 100, "test": 100}}},
    "experiments": {
        "square": {
            "data": "square",
            "model": {"kind": "vae", "hidden": [8], "likelihood": "gaussian"},
            "train": {"epochs": 2},
            "grid": {"seed": [0, 1]},
        }
    },
    "figures": {"loss_curves": ["square"]},
    "tensorboard": False,
}


@pytest.fixture
def small(house):
    (house.folder / "config.yaml").write_text(yaml.safe_dump(STUDY))
    return house


def made(folder):
    """What a seed determines."""
    results = folder / "results"
    found = [p for room in ("data", "train", "encode", "summary") for p in (results / room).rglob("*") if p.is_file()]
    named = [p for p in found if p.name != ".snakemake_timestamp" and "manifest.json" not in p.name]
    return {str(p.relative_to(folder)): p.read_bytes() for p in named}


@pytest.fixture
def disk(small):
    """`results` on a file system of its own, and a way to change its size or its rights."""
    (small.folder / "results").mkdir()

    def mount(*options):
        command = ["mount", "-t", "tmpfs", "-o", ",".join(options), "tmpfs", str(small.folder / "results")]
        if subprocess.run(command, capture_output=True, check=False).returncode:
            pytest.skip("mount: not allowed for this user")

    mount("size=48k")
    yield lambda *options: mount("remount", *options)
    subprocess.run(["umount", str(small.folder / "results")], check=True)


def test_a_full_disk_is_named_and_nothing_finished_is_lost(small, disk):
    stages, size, kept = set(), 48, {}
    while (done := small.run("--keep-going")).returncode:
        assert size < 4096, done.stdout[-3000:]
        assert "No space left on device" in done.stdout, done.stdout[-3000:]
        stages |= {line.split()[3].rstrip(":") for line in done.stdout.splitlines() if line.startswith("Error in rule")}
        now = made(small.folder)
        assert {path: now.get(path) for path in kept} == kept
        kept = {path: content for path, content in now.items() if "/." not in path}
        size = int(size * 1.6)
        disk(f"size={size}k")
    assert {"make_data", "encode"} <= stages, stages
    assert stages & {"summarise", "figure_loss_curves"}, stages
    assert small.planned() == set()


@pytest.fixture
def lone(tmp_path, small):
    """The small study, with Snakemake's own records and all, on a file system of its own."""
    place = tmp_path / "disk"
    place.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=64m", "tmpfs", str(place)]
    if subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("mount: not allowed for this user")
    (place / "house").mkdir()
    house = type(small)(place / "house")
    shutil.copy2(small.folder / "config.yaml", house.folder)
    yield house
    subprocess.run(["umount", str(place)], check=True)


def fill(path, room):
    """Takes all of a disk but some bytes."""
    with path.open("wb", buffering=0) as file:
        with pytest.raises(OSError, match="No space left on device"):
            file.writelines(bytes(4096) for _ in range(100_000))
        file.truncate(file.tell() - room)


def test_where_snakemake_too_finds_no_room_the_same_command_goes_on_when_there_is_some(lone):
    assert lone.run().returncode == 0
    whole, filler = made(lone.folder), lone.folder.parent / "filler"
    for room in (0, 16384):
        (lone.folder / "results/summary/square.csv").unlink()
        (lone.folder / "results/summary/.square.csv.sha256").unlink()
        before = made(lone.folder)
        fill(filler, room)
        done = lone.run("results/summary/square.csv")
        assert done.returncode != 0
        assert "No space left on device" in done.stdout
        assert made(lone.folder) == before
        filler.unlink()
        assert lone.run().returncode == 0
        assert made(lone.folder) == whole


def test_a_read_only_disk_is_named_and_keeps_what_is_there(small, disk):
    disk("size=100m")
    assert small.run("results/train/square/stack~all/weights.safetensors").returncode == 0
    before = made(small.folder)
    disk("ro")
    done = small.run()
    assert done.returncode != 0
    assert "Read-only file system" in done.stdout
    assert made(small.folder) == before
    disk("rw")
    assert small.run().returncode == 0


@pytest.fixture(scope="module")
def whole(shared):
    """The small study with a figure of its codes, run to its end; every test leaves it as it was."""
    figures = {**STUDY["figures"], "latent_scatter": ["square"]}
    (shared.folder / "config.yaml").write_text(yaml.safe_dump(STUDY | {"figures": figures}))
    done = shared.run()
    assert done.returncode == 0, done.stdout[-3000:]
    return shared


TRAINED, CODES = "results/train/square/stack~all", "results/encode/square/stack~all/latents.zarr"
SCATTER = "results/figures/latent_scatter/square.png"


def flipped(content):
    """One bit is another."""
    middle = len(content) // 2
    return content[:middle] + bytes([content[middle] ^ 4]) + content[middle + 1 :]


def halved(content):
    return content[: len(content) // 2]


@pytest.mark.parametrize(
    ("path", "damage", "reader"),
    [
        ("results/data/square.zarr/images/0.0", flipped, f"{TRAINED}/weights.safetensors"),
        (f"{TRAINED}/weights.safetensors", flipped, CODES),
        (f"{TRAINED}/weights.safetensors", halved, CODES),
        (f"{TRAINED}/history.parquet", halved, "results/summary/square.csv"),
        (f"{TRAINED}/manifest.json", flipped, "results/run/manifest.json"),
        (f"{CODES}/mean/0.0.0", halved, SCATTER),
        ("results/summary/square.csv", flipped, "results/index.html"),
    ],
)
def test_a_damaged_file_is_found_before_use_and_made_again_by_the_command_it_names(whole, path, damage, reader):
    before, place = made(whole.folder), whole.folder / path
    content, date = place.read_bytes(), place.stat()
    place.write_bytes(damage(content))
    os.utime(place, ns=(date.st_atime_ns, date.st_mtime_ns))
    done = whole.run("--force", "--", reader)
    assert done.returncode != 0
    assert "Traceback" not in done.stdout
    said = next(line for line in done.stdout.splitlines() if "make it again" in line)
    command = said.split("make it again: snakemake --cores 1 ")[1].split()
    assert command[-1].strip("'") in path
    assert whole.run(*[word.strip("'") for word in command]).returncode == 0
    assert whole.run(reader).returncode == 0
    assert made(whole.folder) == before


def test_a_second_run_on_the_same_results_is_refused_and_changes_nothing(small, whole):
    command, locks = [sys.executable, "-m", "snakemake", "--cores", "1"], small.folder / ".snakemake/locks"
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    environment = {**os.environ, "PYTHONPATH": str(small.folder)}
    with subprocess.Popen(command, cwd=small.folder, env=environment, **quiet) as first:
        while not (locks.is_dir() and any(locks.iterdir())):
            assert first.poll() is None
            time.sleep(0.02)
        second = small.run()
    assert second.returncode != 0
    assert "cannot be locked" in second.stdout
    assert first.returncode == 0
    assert small.planned() == set()
    assert made(small.folder) == made(whole.folder), "the bytes of a run that was alone"
