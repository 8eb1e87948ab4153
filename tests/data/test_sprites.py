"""The sprites against their outlines, the published areas and order, and a file of the published layout."""

import hashlib
import logging
import re

import numpy as np
import pytest
from matplotlib.path import Path as Outline
from pydantic import TypeAdapter, ValidationError

from curvae import data, store
from curvae.data import sprites
from curvae.data.packed import Packed
from curvae.data.sprites import COUNT, LEVELS, SHAPES, factors_of, index_of, packed, render
from curvae.settings.data import SPRITE_LEVELS, DataSettings, Sizes, Sprites

SMALL = Sizes(train=40, validation=10, test=6)
SCALES = LEVELS["scale"]
PUBLISHED_AREAS = {
    "square": [100, 144, 196, 256, 324, 400],
    "ellipse": [76, 104, 144, 184, 228, 288],
    "heart": [58, 84, 108, 140, 181, 222],
}
SHA256 = "560670cd24302a3efcd71eab56da2dd58a57305a8d5b8fe07a18b7d0d13b17bb"


@pytest.fixture(scope="module")
def whole():
    return packed()


@pytest.fixture(scope="module")
def areas(whole):
    """Pixels of every image: (shape, scale, orientation, pos_x, pos_y)."""
    counts = np.bitwise_count(whole.bits.reshape(COUNT, -1).view(np.uint64)).sum(axis=1, dtype=int)
    return counts.reshape(tuple(SPRITE_LEVELS.values()))


def outline(shape: int, points: int = 4001) -> np.ndarray:
    """The closed curve of a shape at scale 1 and orientation 0, v downwards."""
    t = np.linspace(0, 2 * np.pi, points)
    if shape == 0:
        return 10.0 * np.array([[-1, -1], [1, -1], [1, 1], [-1, 1], [-1, -1]])
    if shape == 1:
        return np.column_stack([13 * np.cos(t), 7 * np.sin(t)])
    v = -0.66 * (13 * np.cos(t) - 5 * np.cos(2 * t) - 2 * np.cos(3 * t) - np.cos(4 * t)) - 1.5
    return np.column_stack([0.61 * 16 * np.sin(t) ** 3, v])


def polygon_area(curve: np.ndarray) -> float:
    x, y = curve.T
    return abs(x[:-1] @ y[1:] - x[1:] @ y[:-1]) / 2


def sprite(**changes) -> Sprites:
    return Sprites(**{"kind": "sprites", "samples": SMALL, **changes})


@pytest.mark.parametrize("shape", range(3))
def test_pixels_are_those_within_the_outline(shape):
    rng = np.random.default_rng(shape)
    rows, columns = np.mgrid[:64, :64]
    for _ in range(6):
        scale, angle, pos_x, pos_y = rng.uniform([0.3, -7, 0, 0], [1.4, 7, 1, 1])
        # The screen's y points down: counter-clockwise takes (1, 0) to (cos, -sin).
        turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
        curve = scale * outline(shape) @ turn + 15.5 + 32 * np.array([pos_x, pos_y])
        inside = Outline(curve).contains_points(np.column_stack([columns.ravel(), rows.ravel()]))
        np.testing.assert_array_equal(render(shape, scale, angle, pos_x, pos_y), inside.reshape(64, 64))


def test_orientation_turns_counter_clockwise_and_the_heart_points_down():
    upright, turned = render(2, 1, [0, np.pi / 2], 0.5, 0.5)
    rows, columns = (np.flatnonzero(upright.any(axis=axis)) for axis in (1, 0))
    assert (len(columns), len(rows)) == (20, 17)
    assert upright[rows[-1]].sum() < 4 < upright[rows[0]].sum()
    np.testing.assert_array_equal(turned, np.rot90(upright))
    assert render(1, 1, 0, 0.5, 0.5)[31].sum() == 26


def test_positions_go_right_and_down_by_32_pixels():
    corner, right, below = render(0, 0.5, 0, [0, 1, 0], [0, 0, 1])
    assert np.argwhere(corner).mean(axis=0).tolist() == [15.5, 15.5]
    np.testing.assert_array_equal(np.roll(corner, 32, axis=1), right)
    np.testing.assert_array_equal(np.roll(corner, 32, axis=0), below)


def test_render_broadcasts_and_what_lies_outside_is_cut_off():
    images = render([[0], [1]], 1, 0, [0, 0.5, 1], 0)
    assert images.shape == (2, 3, 64, 64)
    assert images.dtype == bool
    np.testing.assert_array_equal(images[1, 2], render(1, 1, 0, 1, 0))
    assert render(0, 1, 0, -15.5 / 32, 0.5).sum() == 11 * 20
    assert not render(0, 1, 0, 3, 0).any()
    assert render([], 1, 0, 0, 0).shape == (0, 64, 64)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ((3, 1, 0), r"shape = 3: allowed: 0, 1, 2 \(square, ellipse, heart\)"),
        ((0.5, 1, 0), r"shape = 0\.5: allowed"),
        (([0, 1], [1, 0], 0), r"scale = 0: allowed: above 0"),
        ((0, np.nan, 0), r"scale = nan: allowed"),
        ((0, 1, np.inf), r"orientation = inf: allowed: finite numbers"),
    ],
)
def test_no_shape_or_size_is_named(values, message):
    with pytest.raises(ValueError, match=message):
        render(*values, 0, 0)


def test_the_index_is_mixed_radix_with_pos_y_fastest():
    assert COUNT == 737280
    everything = np.arange(COUNT)
    levels = factors_of(everything)
    np.testing.assert_array_equal(index_of(levels), everything)
    np.testing.assert_array_equal(levels @ [245760, 40960, 1024, 32, 1], everything)
    assert factors_of(0).tolist() == [0, 0, 0, 0, 0]
    assert factors_of(COUNT - 1).tolist() == [2, 5, 39, 31, 31]
    for bad, message in [
        ([3, 0, 0, 0, 0], r"shape = 3: allowed: levels from 0 to 2"),
        ([[0, 0, 0, 0, 0], [0, 0, 0, 0, -1]], r"pos_y = -1: allowed: levels from 0 to 31"),
    ]:
        with pytest.raises(ValueError, match=message):
            index_of(bad)
    with pytest.raises(ValueError, match=r"index = 737280: allowed: 0 to 737279"):
        factors_of([0, COUNT])
    with pytest.raises(ValueError, match=r"index = -1: allowed"):
        packed([-1])


def test_the_whole_set_is_the_same_everywhere(whole):
    assert len(whole) == COUNT
    assert hashlib.sha256(whole.bits).hexdigest() == SHA256


def test_the_whole_set_is_what_render_gives(whole):
    index = np.random.default_rng(0).choice(COUNT, 400, replace=False)
    values = [LEVELS[name][levels] for name, levels in zip(LEVELS, factors_of(index).T, strict=True)]
    np.testing.assert_array_equal(whole[index], render(*values))
    np.testing.assert_array_equal(packed(index).bits, whole.bits[index])


def test_no_outline_passes_so_near_a_pixel_that_rounding_could_matter():
    index = np.arange(0, COUNT, 617)
    shape, scale, *others = (LEVELS[name][levels] for name, levels in zip(LEVELS, factors_of(index).T, strict=True))
    smaller, larger = (render(shape, scale * factor, *others) for factor in (1 - 1e-9, 1 + 1e-9))
    np.testing.assert_array_equal(smaller, larger)


def test_first_and_last_orientation_are_the_same(whole):
    bits = whole.bits.reshape(18, 40, -1)
    np.testing.assert_array_equal(bits[:, 0], bits[:, 39])


def test_no_shape_reaches_the_border(whole):
    rows = np.bitwise_or.reduce(whole.bits.reshape(COUNT, 64, 8), axis=0)
    drawn = np.unpackbits(rows, axis=-1)
    assert not drawn[[0, 1, -2, -1]].any()
    assert not drawn[:, [0, 1, -2, -1]].any()
    assert drawn[2:-2, 2:-2].any(axis=0).all()


def test_mean_areas_are_those_of_the_outlines(areas):
    # The 31 x 31 phases of the centre sample a shape on a lattice of 1/31 pixel.
    for shape in range(3):
        exact = polygon_area(outline(shape)) * SCALES**2
        for orientation in (0, 5, 23):
            mean = areas[shape, :, orientation, :31, :31].mean(axis=(1, 2))
            np.testing.assert_allclose(mean, exact, rtol=0.006)


def test_published_areas_at_orientation_0(areas):
    published = np.array([PUBLISHED_AREAS[name] for name in SHAPES])
    upright = areas[:, :, 0]
    assert (upright[0] == published[0][:, None, None]).all()
    # Areas depend on where the centre lies between pixels: some positions have all of them within 4 %.
    assert (np.abs(upright / published[..., None, None] - 1) < 0.04).all(axis=(0, 1)).any()
    # At the first position all have but one: 13 x 7 semi-axes at half size enclose 71.5, not 76.
    off = np.abs(upright[:, :, 0, 0] / published - 1) > 0.04
    assert np.argwhere(off).tolist() == [[1, 0]]


def test_bits_unpack_to_the_images_they_were(whole):
    images = np.random.default_rng(0).integers(0, 2, (50, 5, 11), dtype=np.uint8)
    bits = Packed.of(images, at_once=7)
    assert len(bits) == 50
    assert bits.bits.shape == (50, 5, 2)
    np.testing.assert_array_equal(bits[:], images)
    np.testing.assert_array_equal(bits[3], images[3])
    batch = bits.batch([4, 4, 49])
    assert batch.dtype == np.float32
    np.testing.assert_array_equal(batch, images[[4, 4, 49]])
    assert whole[[0]].dtype == np.uint8


def test_what_is_no_image_of_bits_is_refused():
    with pytest.raises(ValueError, match=r"images\[2:4\] hold other values than 0 and 1"):
        Packed.of(np.arange(4)[:, None, None] // 3 * 2, at_once=2)
    with pytest.raises(ValueError, match=r"images of shape \(3, 4\): allowed"):
        Packed.of(np.zeros((3, 4)))
    with pytest.raises(ValueError, match=r"bits of uint8 \(2, 3, 1\): allowed: uint8 \(image, row, 2\)"):
        Packed(np.zeros((2, 3, 1), dtype=np.uint8), 11)


def test_the_data_set(tmp_path):
    dataset = data.make(sprite(seed=3))
    assert list(dataset["factor"].values) == ["shape", "scale", "orientation", "pos_x", "pos_y"]
    assert dataset["factors"].attrs["units"] == ["1", "1", "rad", "1", "1"]
    assert dataset["factors"].attrs["long_name"][0] == "shape (0 square, 1 ellipse, 2 heart)"
    assert np.bincount(dataset["split"]).tolist() == [40, 10, 6]
    assert dataset["images"].dtype == np.uint8
    np.testing.assert_array_equal(dataset["images"], render(*dataset["factors"].values.T))
    assert len(np.unique(dataset["index"])) == 56
    store.write_arrays(tmp_path / "a.zarr", dataset)
    again = store.open_arrays(tmp_path / "a.zarr")
    assert again["images"].dtype == np.uint8
    assert again.attrs == dataset.attrs
    np.testing.assert_array_equal(again["images"], dataset["images"])
    train = data.split(again, "train")
    np.testing.assert_array_equal(Packed.of(train["images"])[:], train["images"])
    np.testing.assert_array_equal(train["index"], dataset["index"][:40])


def test_images_take_a_bit_a_pixel_on_disk(tmp_path):
    dataset = data.make(sprite())
    dataset["images"].encoding["compressors"] = None
    store.write_arrays(tmp_path / "a.zarr", dataset)
    (chunk,) = (p for p in (tmp_path / "a.zarr/images").iterdir() if not p.name.startswith("."))
    assert chunk.stat().st_size == 56 * 64 * 64 // 8 + 1


def test_more_training_images_leave_the_others_alone():
    before, after = (data.make(sprite(samples=Sizes(train=n, validation=10, test=6)))["index"] for n in (40, 100))
    np.testing.assert_array_equal(after[:40], before[:40])
    np.testing.assert_array_equal(after[100:], before[40:])
    other = data.make(sprite(seed=1))["index"]
    assert (other.values != before.values).any()


def test_subsets_hold_the_chosen_levels_alone():
    chosen = sprite(
        samples=Sizes(train=30, validation=10, test=8),
        shape=[2, 0],
        scale=[5],
        orientation={"every": 13},
        pos_x={"every": 16},
        pos_y=[0, 31, 7],
    )
    index = sprites.subset(chosen)
    levels = [np.unique(column).tolist() for column in factors_of(index).T]
    assert levels == [[0, 2], [5], [0, 13, 26, 39], [0, 16], [0, 7, 31]]
    assert len(index) == len(np.unique(index)) == 48
    assert (np.diff(index) > 0).all()
    whole = sprite(
        shape=[1], scale=[0], orientation=[0], pos_x={"every": 4}, samples=Sizes(train=250, validation=5, test=1)
    )
    assert sorted(data.make(whole)["index"].values) == sprites.subset(whole).tolist()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"shape": [3]}, r"allowed: a list of different levels from 0 to 2, or \{every: n\} with n from 1 to 3"),
        ({"shape": []}, r"levels from 0 to 2"),
        ({"shape": "square"}, r"levels from 0 to 2"),
        ({"scale": [0, 0]}, r"different levels from 0 to 5"),
        ({"scale": [0.5]}, r"levels from 0 to 5"),
        ({"pos_x": {"each": 2}}, r"levels from 0 to 31"),
        ({"pos_y": {"every": 33}}, r"n from 1 to 32"),
        ({"orientation": 4}, r"levels from 0 to 39"),
        (
            {"shape": [0], "scale": [0], "orientation": [0], "pos_x": [3]},
            r"samples = 56 in all: allowed: at most 32, the images of these levels",
        ),
    ],
)
def test_refused_settings(changes, message):
    with pytest.raises(ValidationError, match=message) as caught:
        TypeAdapter(DataSettings).validate_python({"kind": "sprites", "samples": SMALL.model_dump(), **changes})
    assert len(caught.value.errors()) == 1


class Trap:
    """An object whose unpickling is noticed."""

    def __reduce__(self):
        return (logging.getLogger("trap").error, ("unpickled",))


def published(path, index, **changes):
    """A file of the published layout: constant colour first, shapes counted from 1, pickled metadata."""
    classes = np.insert(factors_of(index), 0, 0, axis=1)
    values = np.column_stack([LEVELS[name][level] for name, level in zip(LEVELS, classes[:, 1:].T, strict=True)])
    arrays = {
        "metadata": np.array({"trap": Trap()}, dtype=object),
        "imgs": packed(index)[:],
        "latents_classes": classes,
        "latents_values": np.insert(np.add(values, [1, 0, 0, 0, 0]), 0, 1, axis=1),
        **changes,
    }
    np.savez(path, **{name: array for name, array in arrays.items() if array is not None})
    return str(path)


def test_a_published_file_is_read_and_its_metadata_left_alone(tmp_path, caplog):
    index = np.random.default_rng(0).choice(COUNT, 200, replace=False)
    images = packed(index)[:]
    images[:, 0, 0] = 1  # so that the images are seen to be the file's
    dataset = data.make(sprite(path=published(tmp_path / "d.npz", index, imgs=images), shape=[0, 2]))
    assert not caplog.records
    assert set(dataset["factors"].sel(factor="shape").values) == {0, 2}
    assert np.isin(dataset["index"], index).all()
    np.testing.assert_array_equal(dataset["images"][:, 1:], render(*dataset["factors"].values.T)[:, 1:])
    assert dataset["images"].values[:, 0, 0].all()
    assert "Sprites from d.npz" in dataset.attrs["title"]


INDEX = np.concatenate([index_of([shape, 0, 0, 0, 0]) + np.arange(27) for shape in range(3)])
CLASSES = np.insert(factors_of(INDEX), 0, 0, axis=1)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"imgs": None}, r"d\.npz': holds latents_classes, latents_values, metadata; allowed: imgs, latents_classes"),
        ({"imgs": np.zeros((81, 32, 32), np.uint8)}, r"imgs: shape \(81, 32, 32\); allowed: \(image, 64, 64\)"),
        ({"imgs": np.zeros((81, 64, 64))}, r"imgs: dtype float64; allowed: uint8"),
        ({"imgs": np.full((81, 64, 64), 255, np.uint8)}, r"imgs: largest value 255; allowed: 0 and 1"),
        ({"imgs": np.full(81, None)}, r"imgs: dtype object; allowed: uint8"),
        ({"latents_classes": CLASSES[:5]}, r"latents_classes: shape \(5, 6\); allowed: \(81, 6\)"),
        ({"latents_classes": CLASSES * 1.0}, r"latents_classes: dtype float64; allowed: whole numbers"),
        (
            {"latents_classes": np.add(CLASSES, [0, 1, 0, 0, 0, 0])},
            r"latents_classes: 3 at \(54, 1\); allowed: 0 to below",
        ),
        ({"latents_classes": CLASSES * 0}, r"latents_classes: 1 different rows; allowed: 81"),
        ({"latents_values": CLASSES}, r"latents_values: dtype int64; allowed: floating point"),
        ({"latents_values": CLASSES * 1.0}, r"latents_values: 0\.0 at \(0, 0\); allowed: 1\.0 at \(0, 0\)"),
        ({"latents_values": np.full((81, 6), np.nan)}, r"latents_values: nan at \(0, 0\)"),
    ],
)
def test_refused_files(tmp_path, changes, message):
    path = published(tmp_path / "d.npz", INDEX, **changes)
    with pytest.raises(ValueError, match=message) as caught:
        data.make(sprite(path=path))
    assert "\n" not in str(caught.value)


def test_files_that_are_none_or_hold_too_few_images(tmp_path):
    with pytest.raises(ValueError, match=r"path = .*none\.npz': no such file"):
        data.make(sprite(path=str(tmp_path / "none.npz")))
    (tmp_path / "broken.npz").write_bytes(b"PK\x03\x04 and no more")
    np.save(tmp_path / "one.npy", np.zeros(3))
    for name in ("broken.npz", "one.npy"):
        said = f"{name}': cannot be read: File is not a zip file; allowed: the published dSprites .npz"
        with pytest.raises(ValueError, match=f"{re.escape(said)}$"):
            data.make(sprite(path=str(tmp_path / name)))
    path = published(tmp_path / "d.npz", INDEX)
    with pytest.raises(ValueError, match=r"samples = 56 in all: allowed: at most \d+, the images of the subset"):
        data.make(sprite(path=path, shape=[1]))
