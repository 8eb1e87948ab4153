"""A user's own arrays: every format, every refusal."""

import json

import numpy as np
import pytest
import xarray as xr
import zarr

from curvae import data, store
from curvae.data.own import make
from curvae.settings.data import Own, Sizes, Uniform

RNG = np.random.default_rng(0)
LEVELS = RNG.integers(0, 256, (20, 3, 4), dtype=np.uint8)
LEVELS[0] = 0
FACTORS = RNG.standard_normal((20, 2))


def own(path, **settings):
    return Own(kind="own", path=str(path), **settings)


def zarr_group(path, version, **arrays):
    group = zarr.open_group(path, mode="w", zarr_format=version)
    for name, array in arrays.items():
        group.create_array(name, shape=array.shape, dtype=array.dtype)[...] = array
    return path


@pytest.mark.parametrize("form", ["npz", "zarr2", "zarr3"])
def test_named_arrays(tmp_path, form):
    arrays = {"pictures": LEVELS, "truth": FACTORS}
    path = tmp_path / ("a.npz" if form == "npz" else "a.zarr")
    if form == "npz":
        np.savez(path, **arrays)
    else:
        zarr_group(path, int(form[-1]), **arrays)
    dataset = make(own(path, images="pictures", factors="truth", factor_names=("mass", "age")))
    np.testing.assert_array_equal(dataset["images"], (LEVELS / 255).astype(np.float32))
    np.testing.assert_array_equal(dataset["factors"], FACTORS)
    assert list(dataset["factor"].values) == ["mass", "age"]


def test_npy_holds_the_images_alone(rng, tmp_path):
    images = rng.standard_normal((11, 5)).astype(np.float32)
    np.save(tmp_path / "a.npy", images)
    dataset = make(own(tmp_path / "a.npy"))
    np.testing.assert_array_equal(dataset["images"], images)
    assert dataset["images"].attrs["value_range"] == [float(images.min()), float(images.max())]
    assert dataset["factors"].shape == (11, 0)
    store.write_arrays(tmp_path / "b.zarr", dataset)
    np.testing.assert_array_equal(store.open_arrays(tmp_path / "b.zarr")["images"], images)


def test_a_store_of_this_package_is_read_as_it_was_written(tmp_path):
    first = data.make(Uniform(kind="uniform", samples=Sizes(train=10, validation=2, test=2)))
    store.write_arrays(tmp_path / "a.zarr", first)
    again = make(own(tmp_path / "a.zarr", factors="factors"))
    np.testing.assert_array_equal(again["images"], first["images"])
    np.testing.assert_array_equal(again["factors"], first["factors"])
    assert list(again["factor"].values) == ["factor_1", "factor_2", "factor_3"]


@pytest.mark.parametrize("version", [2, 3])
def test_scale_factors_of_an_xarray_store_are_applied(tmp_path, version):
    values = np.arange(80).reshape(20, 4) / 100
    arrays = xr.Dataset({"images": (("time", "site"), values)}, coords={"time": np.arange(20)})
    encoding = {"images": {"dtype": "int16", "scale_factor": 0.01, "_FillValue": -1}}
    arrays.to_zarr(tmp_path / "a.zarr", zarr_format=version, encoding=encoding, consolidated=False)
    images = make(own(tmp_path / "a.zarr"))["images"]
    assert images.dims == ("sample", "axis_1")
    np.testing.assert_allclose(images, values, rtol=1e-6, atol=0)


def test_the_split_is_a_seeded_permutation_that_keeps_the_order_of_the_samples(tmp_path):
    images = np.linspace(0, 1, 200, dtype=np.float32)[:, None]
    np.save(tmp_path / "a.npy", images)
    one, two = (make(own(tmp_path / "a.npy", seed=s, validation=0.2, test=0.1)) for s in (0, 1))
    assert np.bincount(one["split"]).tolist() == np.bincount(two["split"]).tolist() == [140, 40, 20]
    assert (one["split"].values != two["split"].values).any()
    assert set(one["split"].values[:100]) == set(one["split"].values[100:]) == {0, 1, 2}
    np.testing.assert_array_equal(one["images"], images)


def test_every_split_has_a_sample(tmp_path):
    np.save(tmp_path / "a.npy", np.zeros((10, 2)))
    split = make(own(tmp_path / "a.npy", validation=0.01, test=0.01))["split"]
    assert np.bincount(split).tolist() == [8, 1, 1]
    with pytest.raises(ValueError, match=r"test = 0\.49: beside validation = 0\.5 none of 10 samples is left"):
        make(own(tmp_path / "a.npy", validation=0.5, test=0.49))


def test_levels_of_zero_and_one_are_kept_but_warned_of(tmp_path, caplog):
    np.save(tmp_path / "a.npy", np.ones((10, 2), dtype=np.uint8))
    assert make(own(tmp_path / "a.npy"))["images"].values.max() == np.float32(1 / 255)
    assert "give 0/1 images as floats" in caplog.text


def spoilt(index, value, dtype=np.float64):
    array = np.zeros((12, 3, 2), dtype=dtype)
    array[index] = value
    return array


GOOD = np.zeros((12, 2))


@pytest.mark.parametrize(
    ("arrays", "settings", "message"),
    [
        ({"a": GOOD, "b": GOOD}, {}, r"images = 'images': no such array; allowed: a, b"),
        ({"images": GOOD}, {"factors": "truth"}, r"factors = 'truth': no such array; allowed: images"),
        ({"images": np.full((12, 2), None)}, {}, r"images = 'images': dtype object in .*a\.npz'; allowed: uint8 or"),
        ({"images": GOOD.astype(int)}, {}, r"images = 'images': dtype int64 in .*; allowed: uint8 or floating point"),
        ({"images": GOOD.astype(complex)}, {}, r"images = .*: dtype complex128"),
        ({"images": GOOD[:, 0]}, {}, r"images = .*: shape \(12,\) in .*; allowed: \(sample, ...\)"),
        ({"images": GOOD[:, :0]}, {}, r"images = .*: shape \(12, 0\)"),
        ({"images": GOOD[:9]}, {}, r"images = .*: 9 samples in .*; allowed: at least 10"),
        ({"images": spoilt((4, 2, 1), np.nan)}, {}, r"images = .*: nan at index \(4, 2, 1\) in .*; allowed: finite"),
        ({"images": spoilt((0, 1, 0), -np.inf)}, {}, r"images = .*: -inf at index \(0, 1, 0\)"),
        ({"images": spoilt((3, 0, 0), 1e39)}, {}, r"images = .*: inf at index \(3, 0, 0\)"),
        (
            {"images": GOOD, "f": GOOD[:11]},
            {"factors": "f"},
            r"factors = 'f': 11 rows in .*; allowed: 12, one for every image",
        ),
        (
            {"images": GOOD, "f": GOOD[:, 0]},
            {"factors": "f"},
            r"factors = 'f': shape \(12,\) in .*; allowed: \(sample, factor\)",
        ),
        (
            {"images": GOOD, "f": GOOD.astype(str)},
            {"factors": "f"},
            r"factors = 'f': dtype <U32 in .*; allowed: numbers",
        ),
        (
            {"images": GOOD, "f": spoilt((5, 0, 0), np.nan)[:, 0]},
            {"factors": "f"},
            r"factors = 'f': nan at index \(5, 0\)",
        ),
        (
            {"images": GOOD, "f": GOOD},
            {"factors": "f", "factor_names": ("x",)},
            r"factor_names = \('x',\): 2 factors in .*; allowed: 2 different names",
        ),
        (
            {"images": GOOD, "f": GOOD},
            {"factors": "f", "factor_names": ("x", "x")},
            r"factor_names = \('x', 'x'\): 2 factors in .*; allowed: 2 different names",
        ),
    ],
)
def test_refusals_take_one_line(tmp_path, arrays, settings, message):
    np.savez(tmp_path / "a.npz", **arrays)
    with pytest.raises(ValueError, match=message) as caught:
        make(own(tmp_path / "a.npz", **settings))
    assert "\n" not in str(caught.value)


def test_refused_paths(tmp_path):
    (tmp_path / "a.csv").write_text("1,2")
    (tmp_path / "broken.npz").write_bytes(b"PK\x03\x04 and no more")
    (tmp_path / "broken.npy").write_bytes(b"nothing")
    (tmp_path / "folder").mkdir()
    np.save(tmp_path / "objects.npy", np.full(12, None))
    np.save(tmp_path / "good.npy", GOOD)
    zarr_group(tmp_path / "a.zarr", 3, first=GOOD)
    for name, settings, message in [
        ("none.npz", {}, r"none\.npz': no such file or folder"),
        ("a.csv", {}, r"a\.csv': allowed: a \.npz file, a \.npy file or a zarr folder"),
        ("broken.npz", {}, r"broken\.npz': cannot be read"),
        ("broken.npy", {}, r"broken\.npy': cannot be read"),
        ("objects.npy", {}, r"images = .*: dtype object"),
        ("folder", {}, r"folder': cannot be read: No group found"),
        ("good.npy", {"factors": "f"}, r"factors = 'f': a \.npy file holds images alone"),
        ("a.zarr", {}, r"images = 'images': no such array; allowed: first"),
    ]:
        with pytest.raises(ValueError, match=message):
            make(own(tmp_path / name, **settings))


def test_a_zarr_array_that_asks_for_pickle_is_refused(tmp_path):
    path = zarr_group(tmp_path / "a.zarr", 2, images=GOOD)
    header = path / "images" / ".zarray"
    header.write_text(json.dumps(json.loads(header.read_text()) | {"filters": [{"id": "pickle"}]}))
    with pytest.raises(ValueError, match=r"cannot be read: .*pickle"):
        make(own(path))
