"""What all data sets share: layout, splits, identical files for identical settings, no torch."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from curvae import data, store
from curvae.data.layout import unit_interval
from curvae.settings.data import BouncingBall, Own, Sizes, Uniform

COUNTS = Sizes(train=4, validation=3, test=2)


@pytest.fixture(params=["bouncing_ball", "uniform", "own"])
def settings(request, tmp_path):
    if request.param == "bouncing_ball":
        return BouncingBall(kind="bouncing_ball", trajectories=COUNTS, frames=700, test_frames=20)
    if request.param == "uniform":
        return Uniform(kind="uniform", seed=5, samples=COUNTS)
    rng = np.random.default_rng(0)
    np.savez(tmp_path / "a.npz", images=rng.integers(0, 256, (20, 3, 4), dtype=np.uint8), f=rng.random((20, 2)))
    return Own(kind="own", path=str(tmp_path / "a.npz"), factors="f", factor_names=("a", "b"))


def files(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def test_the_layout(settings):
    dataset = data.make(settings)
    assert dataset["images"].dims[0] == "sample"
    assert dataset["images"].dtype == np.float32
    assert dataset["factors"].dims == ("sample", "factor")
    assert dataset["factors"].dtype == np.float64
    assert len(dataset["factors"].attrs["units"]) == dataset.sizes["factor"]
    assert dataset["split"].dtype == np.int8
    assert dataset["split"].attrs == {"flag_values": [0, 1, 2], "flag_meanings": "train validation test"}
    assert dataset.attrs["kind"] == settings.kind
    assert dataset.attrs["seed"] == settings.seed
    assert type(settings).model_validate_json(dataset.attrs["parameters"]) == settings
    json.dumps(dataset.attrs)


def test_the_same_settings_give_the_same_files(settings, tmp_path):
    for name in ("one.zarr", "two.zarr"):
        store.write_arrays(tmp_path / name, data.make(settings))
    one, two = files(tmp_path / "one.zarr"), files(tmp_path / "two.zarr")
    assert one.keys() == two.keys()
    assert len(one) > 10
    assert one == two


def test_reading_back_changes_no_bit(settings, tmp_path):
    dataset = data.make(settings)
    store.write_arrays(tmp_path / "a.zarr", dataset)
    again = store.open_arrays(tmp_path / "a.zarr")
    assert again.attrs == dataset.attrs
    assert set(again.variables) == set(dataset.variables)
    for name, variable in dataset.variables.items():
        assert again[name].dtype == variable.dtype
        np.testing.assert_array_equal(again[name].values, variable.values)


def test_the_splits_part_the_samples(settings, tmp_path):
    dataset = data.make(settings)
    store.write_arrays(tmp_path / "a.zarr", dataset)
    lazy = store.open_arrays(tmp_path / "a.zarr")
    parts = [data.split(lazy, name) for name in ("train", "validation", "test")]
    assert sum(part.sizes["sample"] for part in parts) == dataset.sizes["sample"]
    for flag, part in enumerate(parts):
        assert (part["split"].values == flag).all()
        expected = dataset["images"].values[dataset["split"].values == flag]
        np.testing.assert_array_equal(part["images"].values, expected)


def test_eight_bit_images_take_a_byte_a_pixel(tmp_path):
    settings = BouncingBall(kind="bouncing_ball", trajectories=COUNTS)
    dataset = data.make(settings)
    levels = dataset["images"].values.astype(np.float64) * 255
    np.testing.assert_allclose(levels, np.rint(levels), rtol=0, atol=1e-4)
    dataset["images"].encoding["compressors"] = None
    store.write_arrays(tmp_path / "a.zarr", dataset)
    chunks = [p for p in (tmp_path / "a.zarr" / "images").iterdir() if not p.name.startswith(".")]
    rows = dataset["images"].encoding["chunks"][0]
    assert sum(p.stat().st_size for p in chunks) == len(chunks) * rows * 28 * 28


def test_every_level_is_the_float32_nearest_to_its_share():
    levels = np.arange(256, dtype=np.uint8)
    exact = np.array([k / 255 for k in range(256)])
    values = unit_interval(levels)
    assert values.dtype == np.float32
    np.testing.assert_array_equal(values, exact.astype(np.float32))
    assert values[-1] == 1.0


def test_an_unknown_split_names_the_choices():
    dataset = data.make(Uniform(kind="uniform", samples=COUNTS))
    with pytest.raises(ValueError, match=r"split = 'dev': allowed: train, validation, test"):
        data.split(dataset, "dev")


def test_an_unknown_kind_names_the_choices():
    assert data.module("uniform") == "curvae.data.uniform"
    with pytest.raises(ValueError, match=r"kind = 'cifar': allowed: bouncing_ball, uniform, mnist, own"):
        data.module("cifar")


def test_making_a_data_set_imports_neither_torch_nor_its_siblings():
    code = (
        "import sys; from curvae import data; from curvae.settings.data import DATA_KINDS, Uniform\n"
        "data.make(Uniform(kind='uniform'))\n"
        "assert 'curvae.data.uniform' in sys.modules\n"
        "others = ['torch', 'pooch', *(data.module(k) for k in DATA_KINDS if k != 'uniform')]\n"
        "sys.exit(', '.join(name for name in others if name in sys.modules) or 0)"
    )
    root = Path(data.__file__).parents[2]
    outcome = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=False)
    assert outcome.returncode == 0, outcome.stderr
