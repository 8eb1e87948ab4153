"""Data that a user names are looked at before any work: what their headers say is good, or one line."""

import io
import json
import zipfile

import numpy as np
import pytest
import zarr

from curvae.settings.base import ConfigError
from curvae.settings.check import read_study

MODEL = {"mine": {"data": "mine", "model": {"kind": "vae"}, "train": {"batch": 10}}}
PICTURES, TRUTH = np.zeros((12, 3, 2), np.float32), np.zeros((12, 1))


def group(path, version, **arrays):
    """A zarr group of arrays whose values were never written."""
    made = zarr.open_group(path, mode="w", zarr_format=version)
    for name, array in arrays.items():
        made.create_array(name, shape=array.shape, dtype=array.dtype)
    return path


@pytest.fixture
def place(tmp_path):
    """A folder with arrays in every format, and with what is none."""
    np.savez(tmp_path / "a.npz", pictures=PICTURES, factors=TRUTH)
    np.savez_compressed(tmp_path / "small.npz", pictures=PICTURES, factors=TRUTH)
    np.save(tmp_path / "a.npy", PICTURES)
    for version in (2, 3):
        group(tmp_path / f"{version}.zarr", version, pictures=PICTURES, factors=TRUTH)
    (tmp_path / "a.csv").write_text("1,2")
    (tmp_path / "broken.npz").write_bytes(b"PK and no more")
    (tmp_path / "broken.npy").write_bytes(b"nothing")
    (tmp_path / "half.npy").write_bytes((tmp_path / "a.npy").read_bytes()[:-100])
    (tmp_path / "half.npz").write_bytes((tmp_path / "a.npz").read_bytes()[:-100])
    group(tmp_path / "half.zarr", 3, images=PICTURES)
    (tmp_path / "half.zarr/images/zarr.json").write_text("{")
    (tmp_path / "empty").mkdir()
    return tmp_path


def refusal(path, **settings):
    """The line that a study of such data ends in; None for a good one."""
    try:
        read_study({"data": {"mine": {"kind": "own", "path": str(path), **settings}}, "experiments": MODEL})
    except ConfigError as error:
        return str(error)
    return None


@pytest.mark.parametrize("name", ["a.npz", "small.npz", "2.zarr", "3.zarr"])
def test_arrays_are_found_by_their_names(place, name):
    assert refusal(place / name, images="pictures", factors="factors", factor_names=["x"]) is None
    assert refusal(place / name, images="picture") == (
        "data.mine.images = 'picture': no such array; did you mean 'pictures'? allowed: factors, pictures"
    )
    assert refusal(place / name, images="pictures", factors="truth").endswith("allowed: factors, pictures")


@pytest.mark.parametrize(
    ("name", "settings", "line"),
    [
        ("none.npz", {}, "data.mine.path = '{path}': no such file or folder; allowed: a .npz file"),
        ("x" * 300, {}, "data.mine.path = '{path}': no such file or folder; allowed: a .npz file"),
        ("a.csv", {}, "data.mine.path = '{path}': allowed: a .npz file, a .npy file or a zarr folder"),
        ("broken.npz", {}, "data.mine.path = '{path}': cannot be read: File is not a zip file; allowed: "),
        ("broken.npy", {}, "data.mine.path = '{path}': cannot be read: EOF: reading magic string"),
        ("half.npz", {}, "data.mine.path = '{path}': cannot be read: File is not a zip file; allowed: "),
        ("half.npy", {}, "data.mine.path = '{path}': cannot be read: cut off after 316 bytes; allowed: "),
        ("half.zarr", {}, "allowed: "),
        ("empty", {}, "data.mine.path = '{path}': cannot be read: No group found"),
        ("a.npy", {"factors": "f"}, "data.mine.factors = 'f': a .npy file holds images alone; allowed: .npz or zarr"),
        ("a.npy", {"factor_names": ["x"]}, "factor_names = ['x']: allowed only where `factors` is set"),
    ],
)
def test_what_is_not_there_is_refused_in_one_line(place, name, settings, line):
    said = refusal(place / name, **settings)
    assert line.format(path=place / name) in said
    assert "\n" not in said


@pytest.mark.parametrize("form", ["npz", "npy", "zarr2", "zarr3"])
@pytest.mark.parametrize(
    ("images", "said"),
    [
        (np.zeros(()), "shape () in {path}; allowed: (sample, ...), at least two dimensions, none empty"),
        (np.zeros(12), "shape (12,) in {path}; allowed: (sample, ...), at least two dimensions, none empty"),
        (np.zeros((12, 0)), "shape (12, 0) in {path}; allowed: (sample, ...), at least two dimensions, none empty"),
        (np.zeros((9, 2)), "9 samples in {path}; allowed: at least 10"),
        (np.zeros((12, 2), int), "dtype int64 in {path}; allowed: uint8 or floating point"),
        (np.zeros((12, 2), bool), "dtype bool in {path}; allowed: uint8 or floating point"),
        (np.zeros((12, 2), complex), "dtype complex128 in {path}; allowed: uint8 or floating point"),
    ],
)
def test_images_of_a_wrong_type_or_shape_are_refused_before_any_work(tmp_path, form, images, said):
    path = tmp_path / f"a.{form.rstrip('23')}"
    if form == "npz":
        np.savez(path, images=images)
    elif form == "npy":
        np.save(path, images)
    else:
        group(path, int(form[-1]), images=images)
    assert refusal(path) == f"data.mine.images = 'images': {said.format(path=repr(str(path)))}"


@pytest.mark.parametrize("form", ["npz", "zarr2", "zarr3"])
@pytest.mark.parametrize(
    ("factors", "names", "said"),
    [
        (np.zeros(12), None, "factors = 'f': shape (12,) in {path}; allowed: (sample, factor)"),
        (np.zeros((11, 2)), None, "factors = 'f': 11 rows in {path}; allowed: 12, one for every image"),
        (np.zeros((12, 2), complex), None, "factors = 'f': dtype complex128 in {path}; allowed: numbers"),
        (np.zeros((12, 2)), ["x"], "factor_names = ('x',): 2 factors in {path}; allowed: 2 different names"),
        (np.zeros((12, 2)), ["x"] * 2, "factor_names = ('x', 'x'): 2 factors in {path}; allowed: 2 different names"),
    ],
)
def test_factors_that_do_not_fit_the_images_are_refused_before_any_work(tmp_path, form, factors, names, said):
    path = tmp_path / f"a.{form.rstrip('23')}"
    if form == "npz":
        np.savez(path, images=PICTURES, f=factors)
    else:
        group(path, int(form[-1]), images=PICTURES, f=factors)
    assert refusal(path, factors="f", factor_names=names) == f"data.mine.{said.format(path=repr(str(path)))}"


def test_no_sample_left_for_training_is_refused_before_any_work(tmp_path):
    np.save(tmp_path / "a.npy", np.zeros((10, 2)))
    said = "beside validation = 0.5 none of 10 samples is left"
    assert refusal(tmp_path / "a.npy", validation=0.5, test=0.49).startswith(f"data.mine.test = 0.49: {said}")


def test_a_batch_of_more_than_the_training_samples_is_refused_before_any_work(tmp_path):
    np.save(tmp_path / "a.npy", np.zeros((11, 2)))
    assert refusal(tmp_path / "a.npy") == "experiments.mine.train.batch = 10: allowed: at most 9, the training samples"


def test_scaled_whole_numbers_of_xarray_are_floats(tmp_path):
    path = group(tmp_path / "a.zarr", 2, images=np.zeros((12, 2), np.int16))
    assert "dtype int16" in refusal(path)
    (path / "images/.zattrs").write_text(json.dumps({"_ARRAY_DIMENSIONS": ["sample", "x"], "scale_factor": 0.5}))
    assert refusal(path) is None


def test_tables_of_fields_are_refused(tmp_path):
    for name in ("x", "\u4e00"):  # the second needs a newer version of the format
        np.savez(tmp_path / "a.npz", images=np.zeros((12, 2), np.dtype([(name, "f4")])))
        said = refusal(tmp_path / "a.npz")
        assert said.startswith("data.mine.images = 'images': ")
        assert "\n" not in said


def test_images_alone_need_no_name(place):
    assert refusal(place / "a.npy") is None


@pytest.mark.parametrize(
    ("imgs", "said"),
    [
        (None, "no such file; allowed: the published dSprites .npz"),
        (np.zeros((5, 64, 64)), "imgs: dtype float64; allowed: uint8"),
        (np.zeros((5, 64, 64), np.uint16), "imgs: dtype uint16; allowed: uint8"),
        (np.zeros((5, 32, 32), np.uint8), "imgs: shape (5, 32, 32); allowed: (image, 64, 64)"),
        (np.zeros((4, 64, 64), np.uint8), "latents_classes: shape (5, 6); allowed: (4, 6)"),
    ],
)
def test_published_sprites_must_be_there(tmp_path, imgs, said):
    path = tmp_path / "d.npz"
    if imgs is not None:
        np.savez(path, imgs=imgs, latents_classes=np.zeros((5, 6), int), latents_values=np.zeros((5, 6)))
    data = {"kind": "sprites", "path": str(path), "samples": {"train": 2, "validation": 1, "test": 1}}
    with pytest.raises(ConfigError) as caught:
        read_study({"data": {"mine": data}, "experiments": MODEL})
    assert str(caught.value) == f"data.mine.path = {str(path)!r}: {said}"


def test_a_cut_off_array_of_published_sprites_is_refused_with_the_path(tmp_path):
    path, whole = tmp_path / "d.npz", io.BytesIO()
    np.save(whole, np.zeros((5, 64, 64), np.uint8))
    with zipfile.ZipFile(path, "w") as file:
        for name in ("imgs", "latents_classes", "latents_values"):
            file.writestr(f"{name}.npy", whole.getvalue()[:1000])
    data = {"kind": "sprites", "path": str(path), "samples": {"train": 2, "validation": 1, "test": 1}}
    with pytest.raises(ConfigError) as caught:
        read_study({"data": {"mine": data}, "experiments": MODEL})
    said = "cannot be read: cut off after 1000 bytes; allowed: the published dSprites .npz"
    assert str(caught.value) == f"data.mine.path = {str(path)!r}: {said}"


@pytest.mark.parametrize(
    ("shape", "parts", "line"),
    [
        ((200, 5), {"figures": {"reconstructions": ["mine"]}}, "figures.reconstructions[0] = 'mine': .* not on points"),
        ((200, 5), {"figures": {"samples": ["mine"]}}, "figures.samples[0] = 'mine': .* not on points"),
        ((200, 5), {"explorer": ["mine"]}, "explorer[0] = 'mine': .* not of shape (5,)"),
        ((200, 4, 4, 3), {"figures": {"latent_grid": ["mine"]}}, "latent_grid[0] = 'mine': .* of shape (4, 4, 3)"),
        ((200, 4, 4, 3), {"explorer": ["mine"]}, "explorer[0] = 'mine': .* not of shape (4, 4, 3)"),
        ((200, 4, 4), {"scores": {"mine": {"factors": ["x"]}}}, "scores.mine.factors[0] = 'x': allowed: factor_1"),
        ((200, 4, 4), {"generation": {"g": {"experiments": ["mine"]}}}, "generation.g.label = 'digit': .*factor_1"),
        ((200, 4, 6), {"data": {"kind": "pooled", "source": "mine", "block": 4}}, "data.less.block = 4: .* of 4 and 6"),
    ],
)
def test_what_is_asked_of_arrays_is_compared_with_their_headers(tmp_path, shape, parts, line):
    np.savez(tmp_path / "mine.npz", images=np.zeros(shape), factors=np.zeros((200, 1)))
    data = {"mine": {"kind": "own", "path": str(tmp_path / "mine.npz"), "factors": "factors"}}
    if "data" in parts:
        data["less"] = parts["data"]
    with pytest.raises(ConfigError) as caught:
        read_study({**parts, "data": data, "experiments": MODEL})
    key, _, allowed = line.partition(".*")
    assert key in str(caught.value)
    assert allowed in str(caught.value)
