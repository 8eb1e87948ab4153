"""Arrays, weights and tables on disk: written beside their place, moved into it whole, checked when read."""

import asyncio
import glob
import hashlib
import json
import os
import shlex
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
import xarray as xr
from numcodecs import FixedScaleOffset, PackBits

from curvae.refusal import Refusal

if TYPE_CHECKING:
    from torch import Tensor

# Intensities k / 255 as one byte on disk and exact float32 in memory; a CF scale_factor would come
# back from zarr's JSON as float64.
EIGHT_BIT = [FixedScaleOffset(offset=0, scale=255, dtype="<f4", astype="|u1")]
# Bytes of 0 and 1 as one bit each.
ONE_BIT = [PackBits()]

# Snakemake's copies of what lies in a storage: another machine may replace the original, not the sum beside the copy.
STORED = ".snakemake/storage/"


class DamagedError(Refusal, ValueError):
    """A file or folder is not what was written."""


@contextmanager
def atomic(path: str | os.PathLike, sealed: bool = False) -> Iterator[Path]:
    """Yield a path to write to; on success it replaces `path`, on failure nothing is left.

    What a writer of the same path that was killed has left beside it goes first.

    Args:
        path: file or folder to make or replace.
        sealed: whether its SHA-256 is kept beside it, in ``.{name}.sha256``, for `check` to compare; never of copies
            of what lies in a storage.
    """
    target = Path(path)
    target.parent.mkdir(parents=True, exist_ok=True)
    for left in target.parent.glob(f".{glob.escape(target.name)}.????????/"):
        shutil.rmtree(left, ignore_errors=True)
    room = Path(tempfile.mkdtemp(prefix=f".{target.name}.", dir=target.parent))
    try:
        part = room / target.name
        yield part
        if sealed and STORED not in target.as_posix():
            seal = room / "seal"
            seal.write_text(f"{sha256(part)}  {target.name}\n")
            seal.replace(_seal(target))
        if target.is_dir():
            shutil.rmtree(target)
        part.replace(target)
    finally:
        shutil.rmtree(room, ignore_errors=True)


def check(path: str | os.PathLike) -> None:
    """Compare a file or folder with the SHA-256 kept beside it; without one there is nothing to compare.

    Raises:
        DamagedError: they differ: bits flipped, a part cut off or missing.
    """
    target = Path(path)
    seal = _seal(target)
    if target.exists() and seal.exists() and seal.read_bytes().split()[:1] != [sha256(target).encode()]:
        raise DamagedError(
            f"{path}: damaged, its SHA-256 is not the one of what was written; "
            f"make it again: snakemake --cores 1 --force -- {shlex.quote(str(path))}"
        )


def sha256(path: str | os.PathLike) -> str:
    """SHA-256 of a file's bytes, or of the names and bytes of all files in a folder (Snakemake's own mark left out)."""
    path = Path(path)
    if path.is_file():
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    whole = hashlib.sha256()
    for file in sorted(p for p in path.rglob("*") if p.is_file() and p.name != ".snakemake_timestamp"):
        whole.update(f"{file.relative_to(path).as_posix()} {sha256(file)}\n".encode())
    return whole.hexdigest()


@contextmanager
def _settled() -> Iterator[None]:
    """Let zarr end what it began: when a chunk fails it goes on with others, in a folder that is being removed."""

    async def others() -> None:
        if going := asyncio.all_tasks() - {asyncio.current_task()}:
            await asyncio.wait(going)

    try:
        yield
    except BaseException:
        from zarr.core.sync import sync

        sync(others())
        raise


def write_arrays(path: str | os.PathLike, arrays: xr.Dataset) -> None:
    """Write a data set as a consolidated zarr store; same input, same bytes.

    Args:
        path: folder that ends in ``.zarr``.
        arrays: named dimensions, coordinates and attributes; attributes must be JSON.
    """
    with atomic(path, sealed=True) as part, _settled():
        arrays.to_zarr(part, mode="w", zarr_format=2, consolidated=True)


def write_parts(path: str | os.PathLike, parts: Iterable[xr.Dataset], along: str) -> None:
    """Write a data set that comes in parts, one after the other, so that it need not fit into memory.

    Args:
        path: folder that ends in ``.zarr``.
        parts: data sets that are alike but for their length along one dimension; all but the last fill whole chunks.
        along: that dimension.
    """
    with atomic(path, sealed=True) as part, _settled():
        said = {"mode": "w"}
        for arrays in parts:
            arrays.to_zarr(part, zarr_format=2, consolidated=True, **said)
            said = {"append_dim": along}


def open_arrays(path: str | os.PathLike) -> xr.Dataset:
    """Open a zarr store lazily.

    Args:
        path: folder written by `write_arrays`.

    Raises:
        FileNotFoundError: no store lies there.
        DamagedError: it is not what was written.
    """
    if not Path(path).is_dir():
        raise FileNotFoundError(f"{path}: no zarr store here")
    check(path)
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
    with atomic(path, sealed=True) as part:
        _by_ending(part, writers)(part, index=False)


def read_table(path: str | os.PathLike) -> pd.DataFrame:
    """Read a table that `write_table` wrote.

    Raises:
        DamagedError: it is not what was written.
    """
    check(path)
    return _by_ending(Path(path), {".parquet": pd.read_parquet, ".csv": pd.read_csv})(path)


def write_weights(path: str | os.PathLike, weights: "dict[str, Tensor]", about: dict[str, Any]) -> None:
    """Write named tensors as safetensors.

    Args:
        path: ends in ``.safetensors``.
        weights: name -> tensor.
        about: JSON kept in the file's header: the model's settings and the members.
    """
    from safetensors.torch import save_file  # imports torch, which jobs without weights do without

    with atomic(path, sealed=True) as part:
        tensors = {name: tensor.detach().cpu().contiguous() for name, tensor in weights.items()}
        save_file(tensors, part, metadata={"about": json.dumps(about, sort_keys=True)})


def read_weights(path: str | os.PathLike) -> "tuple[dict[str, Tensor], dict[str, Any]]":
    """Read named tensors and what the file says about them.

    Raises:
        DamagedError: they are not what was written.
    """
    from safetensors.torch import load_file, safe_open

    check(path)
    with safe_open(path, framework="pt") as file:
        about = json.loads(file.metadata()["about"])
    return load_file(path), about


def write_json(path: str | os.PathLike, content: Any) -> None:
    """Write readable JSON."""
    with atomic(path, sealed=True) as part:
        part.write_text(json.dumps(content, indent=2, sort_keys=True) + "\n")


def read_json(path: str | os.PathLike) -> Any:
    """Read what `write_json` wrote.

    Raises:
        DamagedError: it is not what was written.
    """
    check(path)
    return json.loads(Path(path).read_text())


def _by_ending(path: Path, choices: dict[str, Any]) -> Any:
    if path.suffix not in choices:
        raise ValueError(f"{path.name}: allowed endings: {', '.join(choices)}")
    return choices[path.suffix]


def _seal(path: Path) -> Path:
    return path.with_name(f".{path.name}.sha256")
