"""What is written is whole or not there, and reads back as it was."""

import subprocess
import sys
import time
from pathlib import Path

import numcodecs
import numpy as np
import pandas as pd
import pytest
import torch
import xarray as xr
from numcodecs.abc import Codec

from curvae import store

ROOT = Path(__file__).parents[1]


def test_failure_leaves_what_was_there(tmp_path):
    path = tmp_path / "table.csv"
    store.write_table(path, pd.DataFrame({"a": [1]}))

    def tear():
        with store.atomic(path) as part:
            part.write_text("half")
            raise RuntimeError("torn")

    with pytest.raises(RuntimeError, match="torn"):
        tear()
    assert store.read_table(path)["a"].tolist() == [1]
    assert sorted(p.name for p in tmp_path.iterdir()) == [".table.csv.sha256", "table.csv"]


class Torn(Codec):
    """Fails at a chunk of zeros, and takes its time with others."""

    codec_id = "torn"

    def encode(self, buf):
        if not np.any(buf):
            raise OSError("no room")
        time.sleep(0.2)
        return buf

    def decode(self, buf, out=None):
        return buf


def test_failure_of_one_chunk_leaves_nothing_of_others(tmp_path):
    numcodecs.register_codec(Torn)
    arrays = xr.Dataset({"a": (("n", "m"), np.repeat(np.arange(4.0), 8).reshape(4, 8))})
    arrays["a"].encoding = {"chunks": (1, 8), "filters": [Torn()]}
    with pytest.raises(OSError, match="no room"):
        store.write_arrays(tmp_path / "a.zarr", arrays)
    time.sleep(0.5)
    assert not list(tmp_path.iterdir())


def test_what_a_killed_writer_left_goes_and_nothing_else(tmp_path):
    killed = "import os; from curvae import store\nwith store.atomic('a.zarr') as part: part.mkdir(); os._exit(9)"
    beside = [tmp_path / name for name in (".a.zarr.txt", ".b.zarr.abcdefgh", ".a.zarr.sha256")]
    for path in beside:
        path.mkdir()
    subprocess.run([sys.executable, "-c", killed], cwd=tmp_path, env={"PYTHONPATH": str(ROOT)}, check=False)
    assert len(list(tmp_path.iterdir())) == 4
    with store.atomic(tmp_path / "a.zarr") as part:
        part.write_text("whole")
    assert set(tmp_path.iterdir()) == {tmp_path / "a.zarr", *beside}


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_tables_read_back(tmp_path, ending):
    table = pd.DataFrame({"a": [1, 2], "b": [0.1, np.pi], "c": ["x", "y"]})
    store.write_table(tmp_path / f"t.{ending}", table)
    pd.testing.assert_frame_equal(store.read_table(tmp_path / f"t.{ending}"), table, check_dtype=False)


def test_an_unknown_ending_is_named(tmp_path):
    with pytest.raises(ValueError, match=r"t\.xls: allowed endings: \.parquet, \.csv"):
        store.write_table(tmp_path / "t.xls", pd.DataFrame())


def test_arrays_replace_a_whole_store(tmp_path):
    path = tmp_path / "a.zarr"
    store.write_arrays(path, xr.Dataset({"x": ("n", np.arange(3.0)), "old": ("n", np.ones(3))}))
    store.write_arrays(path, xr.Dataset({"x": ("n", np.arange(4.0))}))
    back = store.open_arrays(path)
    assert list(back) == ["x"]
    assert back["x"].values.tolist() == [0, 1, 2, 3]


def test_eight_bits_keep_levels_exactly(tmp_path):
    levels = (np.arange(256) / np.float32(255)).astype(np.float32)
    variable = xr.Variable("n", levels, encoding={"filters": store.EIGHT_BIT, "_FillValue": None})
    store.write_arrays(tmp_path / "a.zarr", xr.Dataset({"x": variable}))
    back = store.open_arrays(tmp_path / "a.zarr")["x"].values
    assert back.dtype == np.float32
    assert (back == levels).all()


def test_a_missing_store_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"gone\.zarr: no zarr store here"):
        store.open_arrays(tmp_path / "gone.zarr")


def test_weights_keep_views_and_words(tmp_path):
    weights = {"a": torch.arange(12.0).view(3, 4).T, "b": torch.ones(2, requires_grad=True)}
    store.write_weights(tmp_path / "w.safetensors", weights, {"members": [1, 2]})
    back, about = store.read_weights(tmp_path / "w.safetensors")
    assert about == {"members": [1, 2]}
    assert torch.equal(back["a"], weights["a"])


def written(folder, kind):
    """Something of a kind on disk, and how it is read."""
    rng = np.random.default_rng(0)
    if kind == "zarr":
        store.write_arrays(folder / "made.zarr", xr.Dataset({"x": (("n", "m"), rng.random((50, 40)))}))
        return folder / "made.zarr", store.open_arrays
    if kind == "json":
        store.write_json(folder / "made.json", {"x": rng.random(50).tolist()})
        return folder / "made.json", store.read_json
    if kind == "safetensors":
        weights = {"w": torch.as_tensor(rng.random((30, 20)))}
        store.write_weights(folder / "made.safetensors", weights, {})
        return folder / "made.safetensors", store.read_weights
    store.write_table(folder / f"made.{kind}", pd.DataFrame({"x": rng.random(200)}))
    return folder / f"made.{kind}", store.read_table


def every_bit_flip(path, count):
    """Files of a store with one bit flipped at places spread over all of them; put back afterwards."""
    files = [path] if path.is_file() else [p for p in sorted(path.rglob("*")) if p.is_file()]
    for file in files:
        whole = file.read_bytes()
        for place in np.linspace(0, len(whole) - 1, count).astype(int):
            broken = bytearray(whole)
            broken[place] ^= 1
            file.write_bytes(broken)
            yield
        file.write_bytes(whole)


@pytest.mark.parametrize("kind", ["zarr", "safetensors", "parquet", "csv", "json"])
def test_a_flipped_bit_anywhere_is_found_before_use(tmp_path, kind):
    path, read = written(tmp_path, kind)
    for _ in every_bit_flip(path, 20):
        with pytest.raises(store.DamagedError, match=rf"made\.{kind}: damaged.*snakemake --cores 1 --force -- .*made"):
            read(path)
    read(path)


@pytest.mark.parametrize("kind", ["zarr", "safetensors", "parquet", "csv", "json"])
def test_what_is_cut_off_is_found_before_use(tmp_path, kind):
    path, read = written(tmp_path, kind)
    last = path if path.is_file() else path / "x/0.0"
    last.write_bytes(last.read_bytes()[:-1])
    with pytest.raises(store.DamagedError):
        read(path)
    last.unlink()  # zarr would read a missing chunk as zeros
    with pytest.raises((store.DamagedError, FileNotFoundError)):
        read(path)


def test_snakemakes_mark_in_a_folder_is_no_damage(tmp_path):
    path, read = written(tmp_path, "zarr")
    (path / ".snakemake_timestamp").touch()
    assert read(path).sizes == {"n": 50, "m": 40}


def test_copies_of_what_lies_in_a_storage_have_no_sum(tmp_path):
    folder = tmp_path / ".snakemake/storage/s3/bucket"
    path, read = written(folder, "csv")
    assert [path.name for path in folder.iterdir()] == ["made.csv"]
    pd.DataFrame({"x": [1.0]}).to_csv(path, index=False)  # another machine's
    assert read(path)["x"].tolist() == [1.0]


def test_what_came_without_a_sum_is_read(tmp_path):
    pd.DataFrame({"a": [1]}).to_csv(tmp_path / "t.csv", index=False)
    assert store.read_table(tmp_path / "t.csv")["a"].tolist() == [1]


def test_an_empty_sum_is_damage(tmp_path):
    path, read = written(tmp_path, "csv")
    (tmp_path / ".made.csv.sha256").write_text("")
    with pytest.raises(store.DamagedError):
        read(path)
