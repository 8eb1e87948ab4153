"""What is written is whole or not there, and reads back as it was."""

import numpy as np
import pandas as pd
import pytest
import torch
import xarray as xr

from curvae import store


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
    assert [p.name for p in tmp_path.iterdir()] == ["table.csv"]


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
