"""What every stage writes with, on a full disk: the cause is named, nothing is lost, and room is all it takes."""

import subprocess

import numpy as np
import pandas as pd
import pytest
import torch
import xarray as xr
from safetensors import SafetensorError

from curvae import store
from curvae.figures import style
from curvae.figures.film import film
from curvae.sweep.checkpoint import Checkpoint

ROOM = 8192  # bytes that are left


def noise(count):
    """Numbers that no compression makes smaller."""
    return np.random.default_rng(count).random(count)


def arrays(count):
    return xr.Dataset({"x": ("n", noise(count))})


def table(count):
    return pd.DataFrame({"x": noise(count)})


def figure(folder, count):
    drawn = style.new_figure(2, 2)
    drawn.add_subplot().imshow(noise(count).reshape(10, -1), aspect="auto")
    style.save(drawn, table(count), *(folder / f"f.{ending}" for ending in ("png", "pdf", "csv")))


def films(folder, count):
    frames = max(1, count // 60)
    film({"truth": noise(64 * frames).reshape(frames, 8, 8)}, folder / "f.gif", folder / "f.mp4")


def page(folder, count):
    with store.atomic(folder / "index.html") as part:
        part.write_text(str(noise(count).tolist()))


WRITERS = {
    "data, codes, geometry": lambda folder, count: store.write_arrays(folder / "a.zarr", arrays(count)),
    "rollouts": lambda folder, count: store.write_parts(folder / "p.zarr", [arrays(count), arrays(count)], "n"),
    "weights": lambda folder, count: store.write_weights(folder / "w.safetensors", {"w": torch.ones(count)}, {}),
    "state of a training": lambda folder, count: Checkpoint(folder, 0.0).save({"w": torch.ones(count)}),
    "history": lambda folder, count: store.write_table(folder / "h.parquet", table(count)),
    "scores, claims": lambda folder, count: store.write_table(folder / "s.csv", table(count)),
    "figures": figure,
    "films": films,
    "explorer, page": page,
    "manifest": lambda folder, count: store.write_json(folder / "m.json", noise(count).tolist()),
}


@pytest.fixture
def disk(tmp_path):
    """A file system of a megabyte."""
    command = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(tmp_path)]
    if subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("mount: not allowed for this user")
    yield tmp_path
    subprocess.run(["umount", str(tmp_path)], check=True)


def files(folder):
    return {path.relative_to(folder): path.is_file() and path.read_bytes() for path in folder.rglob("*")}


def fill(path):
    """Takes all but a few pages of the disk."""
    with path.open("wb", buffering=0) as file:
        with pytest.raises(OSError, match="No space left on device"):
            file.writelines([bytes(4096)] * 1000)
        file.truncate(file.tell() - ROOM)


@pytest.mark.parametrize("stage", WRITERS)
def test_a_full_disk_is_named_and_what_was_written_before_stays_whole(disk, stage):
    write, results, filler = WRITERS[stage], disk / "results", disk / "filler"
    write(results, 10)
    before = files(results)
    fill(filler)
    with pytest.raises((OSError, SafetensorError), match="No space left on device"):
        write(results, 10_000)
    assert files(results) == before
    filler.unlink()
    write(results, 10_000)
    assert sum(map(len, filter(None, files(results).values()))) > ROOM
    for path in results.iterdir():
        store.check(path)
