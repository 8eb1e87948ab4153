"""The layout that all data sets share: images, factors and split over the dimension `sample`."""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import xarray as xr

from curvae import store
from curvae.settings.base import Settings

SPLITS = ("train", "validation", "test")
CHUNK_BYTES = 4_000_000


def assemble(
    settings: Settings,
    title: str,
    images: xr.Variable,
    factors: Mapping[str, tuple[np.ndarray, str]],
    split: np.ndarray,
    coordinates: Mapping[str, Any] | None = None,
    eight_bit: bool = False,
    one_bit: bool = False,
) -> xr.Dataset:
    """Put arrays into the shared layout.

    Args:
        settings: the data set's settings, kept in the attributes `kind`, `seed` and `parameters` (JSON).
        title: one line about the data set.
        images: variable whose first dimension is `sample`.
        factors: name -> (values (sample,), unit), in order; may be empty.
        split: (sample,), 0 train, 1 validation, 2 test.
        coordinates: further coordinates of the data set.
        eight_bit: every image value is a level k / 255, stored in one byte and read back as the same float32.
        one_bit: every image value is 0 or 1 in uint8, stored in one bit.
    """
    columns = [np.asarray(values, dtype=np.float64) for values, _ in factors.values()]
    meanings = {"flag_values": [0, 1, 2], "flag_meanings": " ".join(SPLITS)}
    dataset = xr.Dataset(
        {
            "images": images,
            "factors": (
                ("sample", "factor"),
                np.stack(columns, axis=1) if columns else np.empty((len(split), 0)),
                {"units": [unit for _, unit in factors.values()]},
            ),
            "split": ("sample", np.asarray(split, dtype=np.int8), meanings),
        },
        coords={"factor": np.array(list(factors), dtype=np.str_), **(coordinates or {})},
        attrs={
            "title": title,
            "kind": settings.kind,
            "seed": settings.seed,
            "parameters": json.dumps(settings.model_dump(mode="json"), sort_keys=True),
        },
    )
    dataset["images"].encoding = _encoding(images, eight_bit, one_bit)
    return dataset


def standardised_frames(
    settings: Settings,
    title: str,
    paths: Sequence[np.ndarray],
    dimension: tuple[str, Any],
    factors: Callable[[np.ndarray], Mapping[str, tuple[np.ndarray, str]]],
    pooled: bool = False,
) -> xr.Dataset:
    """Put trajectories of vectors into the shared layout, standardised by those of the training split.

    Args:
        settings: as in `assemble`, with `dt`, the time between frames.
        title: one line about the data set.
        paths: (trajectory, frame, entry) of the train, validation and test split.
        dimension: name and coordinate of the entries.
        factors: from states (sample, entry) to name -> (values (sample,), unit).
        pooled: one mean and deviation for all entries, which are then alike.

    Returns:
        The data set; `images` has the attributes `mean` and `deviation`, with images * deviation + mean the states.
    """
    states = np.concatenate([path.reshape(-1, path.shape[-1]) for path in paths])
    axes = (0, 1, 2) if pooled else (0, 1)
    mean, deviation = paths[0].mean(axes), paths[0].std(axes)
    counts, lengths = [len(path) for path in paths], [path.shape[1] for path in paths]
    frame = np.concatenate([np.tile(np.arange(n, dtype=np.int32), c) for c, n in zip(counts, lengths, strict=True)])
    name, entries = dimension
    images = ((states - mean) / deviation).astype(np.float32)
    return assemble(
        settings,
        title=title,
        images=xr.Variable(("sample", name), images, {"mean": mean.tolist(), "deviation": deviation.tolist()}),
        factors=factors(states),
        split=np.repeat(np.arange(3), np.multiply(counts, lengths)),
        coordinates={
            name: entries,
            "trajectory": (
                "sample",
                np.repeat(np.arange(sum(counts), dtype=np.int32), np.repeat(lengths, counts)),
            ),
            "frame": ("sample", frame),
            "time": ("sample", frame * settings.dt),
        },
    )


def unit_interval(levels: np.ndarray) -> np.ndarray:
    """Levels k in 0..255 as the float32 nearest to k / 255.

    Args:
        levels: uint8, any shape.
    """
    return np.divide(levels, 255, dtype=np.float32)


def _encoding(images: xr.Variable, eight_bit: bool, one_bit: bool) -> dict[str, Any]:
    sample_bytes = max(1, images.nbytes // images.shape[0])
    rows = min(images.shape[0], max(1, CHUNK_BYTES // sample_bytes))
    encoding = {"chunks": (rows, *images.shape[1:]), "_FillValue": None}
    if eight_bit:
        encoding["filters"] = store.EIGHT_BIT
    if one_bit:
        encoding["filters"] = store.ONE_BIT
    return encoding
