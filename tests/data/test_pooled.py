"""Pooled images: means of blocks, of the first samples of every split."""

import numpy as np
import pytest
import xarray as xr

from curvae import store
from curvae.data import make, split
from curvae.settings.data import Pooled, Sprites

SPRITES = Sprites(kind="sprites", samples={"train": 30, "validation": 10, "test": 12})


def pooled(source, **about):
    return make(Pooled(kind="pooled", source="sprites", **about), source=source)


def test_means_of_blocks_with_their_factors(tmp_path):
    source = make(SPRITES)
    store.write_arrays(tmp_path / "source.zarr", source)
    small = pooled(
        store.open_arrays(tmp_path / "source.zarr"), block=4, samples={"train": 20, "validation": 99, "test": 5}
    )
    store.write_arrays(tmp_path / "small.zarr", small)
    small = store.open_arrays(tmp_path / "small.zarr")
    assert [split(small, name).sizes["sample"] for name in ("train", "validation", "test")] == [20, 10, 5]
    for name, count in (("train", 20), ("validation", 10), ("test", 5)):
        whole, part = split(source, name), split(small, name)
        images = whole["images"].values[:count].astype(float)
        np.testing.assert_array_equal(part["factors"], whole["factors"][:count])
        rows = [[images[:, i : i + 4, j : j + 4].mean((1, 2)) for j in range(0, 64, 4)] for i in range(0, 64, 4)]
        np.testing.assert_array_equal(part["images"], np.moveaxis(np.array(rows), 2, 0))
    assert set((small["images"].values * 16 % 1).ravel()) == {0.0}
    assert small.attrs["kind"] == "pooled"


def test_blocks_that_do_not_fit_are_refused():
    with pytest.raises(ValueError, match=r"block = 5: allowed: a divisor of both sides .* \(64, 64\)"):
        pooled(make(SPRITES), block=5)
    points = xr.Dataset({"images": (("sample", "axis"), np.zeros((3, 2)))})
    with pytest.raises(ValueError, match=r"block = 2: allowed"):
        pooled(points)
