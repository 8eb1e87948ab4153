"""Arrays, weights and tables on disk: written beside their place, then moved into it whole."""

import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
import xarray as xr
from numcodecs import FixedScaleOffset, PackBits

if TYPE_CHECKING:
    from torch import Tensor

# Intensities k / 255 as one byte on disk and exact float32 in memory; a CF scale_factor would come
# back from zarr's JSON as float64.
EIGHT_BIT = [FixedScaleOffset(offset=0, scale=255, dtype="<f4", astype="|u1")]
# Bytes of 0 and 1 as one bit each.
ONE_BIT = [PackBits()]


@contextmanager
def atomic(path: str | os.PathLike) -> Iterator[Path]:
    """Yield a path to write to; on success it replaces `path`, on failure nothing is left.

    Args:
        path: file or folder to make or replace.
    """
    target = Path(path)
    target.parent.mkdir(parents=True, exist_ok=True)
    room = Path(tempfile.mkdtemp(prefix=f".{target.name}.", dir=target.parent))
    try:
        part = room / target.name
        yield part
        if target.is_dir():
            shutil.rmtree(target)
        part.replace(target)
    finally:
        shutil.rmtree(room, ignore_errors=True)


def write_arrays(path: str | os.PathLike, arrays: xr.Dataset) -> None:
    """Write a data set as a consolidated zarr store; same input, same bytes.

    Args:
        path: folder that ends in ``.zarr``.
        arrays: named dimensions, coordinates and attributes; attributes must be JSON.
    """
    with atomic(path) as part:
        arrays.to_zarr(part, mode="w", zarr_format=2, consolidated=True)


def open_arrays(path: str | os.PathLike) -> xr.Dataset:
    """Open a zarr store lazily.

    Args:
        path: folder written by `write_arrays`.

    Raises:
        FileNotFoundError: no store lies there.
    """
    if not Path(path).is_dir():
        raise FileNotFoundError(f"{path}: no zarr store here")
    return xr.open_zarr(path, consolidated=True, chunks=None)


def write_table(path: str | os.PathLike, table: pd.DataFrame) -> None:
    """Write a table as Parquet or CSV, by the name's ending.

    Args:
        path: ends in ``.parquet`` or ``.csv``.
        table: one row an observation.

    Raises:
        ValueError: another ending.
    """
    writers = {".parquet": table.to_parquet, ".csv": table.to_csv}
    with atomic(path) as part:
        _by_ending(part, writers)(part, index=False)


def read_table(path: str | os.PathLike) -> pd.DataFrame:
    """Read a table that `write_table` wrote."""
    return _by_ending(Path(path), {".parquet": pd.read_parquet, ".csv": pd.read_csv})(path)


def write_weights(path: str | os.PathLike, weights: "dict[str, Tensor]", about: dict[str, Any]) -> None:
    """Write named tensors as safetensors.

    Args:
        path: ends in ``.safetensors``.
        weights: name -> tensor.
        about: JSON kept in the file's header: the model's settings and the members.
    """
    from safetensors.torch import save_file  # imports torch, which jobs without weights do without

    with atomic(path) as part:
        tensors = {name: tensor.detach().cpu().contiguous() for name, tensor in weights.items()}
        save_file(tensors, part, metadata={"about": json.dumps(about, sort_keys=True)})


def read_weights(path: str | os.PathLike) -> "tuple[dict[str, Tensor], dict[str, Any]]":
    """Read named tensors and what the file says about them."""
    from safetensors.torch import load_file, safe_open

    with safe_open(path, framework="pt") as file:
        about = json.loads(file.metadata()["about"])
    return load_file(path), about


def write_json(path: str | os.PathLike, content: Any) -> None:
    """Write readable JSON."""
    with atomic(path) as part:
        part.write_text(json.dumps(content, indent=2, sort_keys=True) + "\n")


def _by_ending(path: Path, choices: dict[str, Any]) -> Any:
    if path.suffix not in choices:
        raise ValueError(f"{path.name}: allowed endings: {', '.join(choices)}")
    return choices[path.suffix]
