"""Data that a user names are looked for before any work."""

import numpy as np
import pytest
import zarr

from curvae.settings.base import ConfigError
from curvae.settings.check import read_study

MODEL = {"mine": {"data": "mine", "model": {"kind": "vae"}}}


@pytest.fixture
def place(tmp_path):
    """A folder with arrays in every format, and with what is none."""
    np.savez(tmp_path / "a.npz", pictures=0, factors=0)
    np.save(tmp_path / "a.npy", 0)
    for version in (2, 3):
        group = zarr.open_group(tmp_path / f"{version}.zarr", mode="w", zarr_format=version)
        for name in ("pictures", "factors"):
            group.create_array(name, shape=(1,), dtype="f4")
    (tmp_path / "a.csv").write_text("1,2")
    (tmp_path / "broken.npz").write_bytes(b"PK and no more")
    (tmp_path / "empty").mkdir()
    return tmp_path


def refusal(path, **settings):
    """The line that a study of such data ends in; None for a good one."""
    try:
        read_study({"data": {"mine": {"kind": "own", "path": str(path), **settings}}, "experiments": MODEL})
    except ConfigError as error:
        return str(error)
    return None


@pytest.mark.parametrize("name", ["a.npz", "2.zarr", "3.zarr"])
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
        ("empty", {}, "data.mine.images = 'images': no such array; allowed: none"),
        ("a.npy", {"factors": "f"}, "data.mine.factors = 'f': a .npy file holds images alone; allowed: .npz or zarr"),
        ("a.npy", {"factor_names": ["x"]}, "factor_names = ['x']: allowed only where `factors` is set"),
    ],
)
def test_what_is_not_there_is_refused_in_one_line(place, name, settings, line):
    said = refusal(place / name, **settings)
    assert line.format(path=place / name) in said
    assert "\n" not in said


def test_images_alone_need_no_name(place):
    assert refusal(place / "a.npy") is None


def test_published_sprites_must_be_there(place):
    data = {"kind": "sprites", "path": str(place / "none.npz"), "samples": {"train": 2, "validation": 1, "test": 1}}
    with pytest.raises(ConfigError, match=r"^data\.mine\.path = .*none\.npz': no such file; allowed: the published"):
        read_study({"data": {"mine": data}, "experiments": MODEL})
