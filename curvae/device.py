"""Devices: a job that asks for a GPU gets one of its own, and says what it ran on."""

import fcntl
import logging
import os
import re
import stat
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

log = logging.getLogger(__name__)


@contextmanager
def claim(gpus: int, devices: Sequence[str] | None = None) -> Iterator[str]:
    """Hold a CUDA device that no other job of this user on this machine holds; wait if all are taken.

    Args:
        gpus: number that the job was given, 0 or 1.
        devices: identities of the visible devices, in their order; read from CUDA by default, which
            also makes the claimed device the current one.

    Yields:
        ``cuda:i``, or ``cpu`` where no GPU was asked for or none is there; the latter is said.

    Raises:
        ValueError: more than one GPU: the members of a sweep train side by side on one.
        PermissionError: the folder of the locks belongs to somebody else.
    """
    if gpus not in (0, 1):
        raise ValueError(f"gpu = {gpus}: allowed: 0 or 1, a job trains on one device")
    names = _visible() if gpus and devices is None else list(devices or ())
    if not gpus or not names:
        if gpus:
            log.warning("gpu=%d was asked for and no CUDA device is here: running on the CPU", gpus)
        yield "cpu"
        return
    with lock(names) as index:
        if devices is None:
            import torch

            torch.cuda.set_device(index)
        log.info("running on cuda:%d (%s)", index, names[index])
        yield f"cuda:{index}"


@contextmanager
def lock(names: Sequence[str], folder: str | os.PathLike | None = None, poll: float = 1.0) -> Iterator[int]:
    """Hold the first of some names that no other process holds; wait if all are taken.

    A name is held by an exclusive ``flock`` on a file of its own, which the system releases when the
    process ends, however it ends. The files stay: to remove one would let two processes lock two
    files of one name. They hold the id of the process that had the name last.

    Args:
        names: of what is shared, such as UUIDs of devices.
        folder: of the lock files; one a user under the temporary folder by default.
        poll: seconds between two looks while all are taken.

    Yields:
        The index of the name.

    Raises:
        PermissionError: the folder belongs to somebody else or is no folder.
    """
    place = Path(folder or Path(tempfile.gettempdir(), f"curvae-devices-{os.getuid()}"))
    with suppress(FileExistsError):
        place.mkdir(mode=0o700)
    found = place.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid():
        raise PermissionError(f"{place}: allowed: a folder of user {os.getuid()}; set TMPDIR to another place")
    files = [os.open(place / re.sub(r"[^\w-]", "_", name), os.O_RDWR | os.O_CREAT, 0o600) for name in names]
    try:
        said = ""
        while (index := next((i for i, file in enumerate(files) if _acquired(file)), None)) is None:
            holders = ", ".join(
                f"{name} by process {os.pread(file, 20, 0).decode() or '?'}"
                for name, file in zip(names, files, strict=True)
            )
            if holders != said:
                log.warning("all devices are held (%s): waiting", holders)
                said = holders
            time.sleep(poll)
        os.ftruncate(files[index], 0)
        os.pwrite(files[index], str(os.getpid()).encode(), 0)
        yield index
    finally:
        for file in files:
            os.close(file)


def _acquired(file: int) -> bool:
    """Whether the lock of an open file could be had at once."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _visible() -> list[str]:
    """UUIDs of the devices that CUDA shows to this process, in its order."""
    import torch

    count = torch.cuda.device_count() if torch.cuda.is_available() else 0
    return [str(torch.cuda.get_device_properties(i).uuid) for i in range(count)]


def environment(device: str) -> dict[str, str]:
    """Versions and hardware that a result depends on.

    Args:
        device: what `claim` gave.
    """
    import platform
    from importlib.metadata import version

    import torch

    import curvae

    kind = device.partition(":")[0]
    name = torch.cuda.get_device_name(device) if kind == "cuda" else platform.processor() or platform.machine()
    packages = {package: version(package) for package in ("torch", "numpy", "xarray", "zarr")}
    return {
        "curvae": curvae.__version__,
        "python": platform.python_version(),
        **packages,
        "device": f"{kind}: {name}",
    }
