"""What every job of the workflow shares: its log, its threads, its device."""

import logging
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from threadpoolctl import threadpool_limits

log = logging.getLogger("curvae")


@contextmanager
def start(log_path: str | os.PathLike, threads: int) -> Iterator[None]:
    """Log to a file, warnings to the terminal too, and keep to a number of threads.

    An exception is written to the log with its traceback and goes on to the terminal.

    Args:
        log_path: file to write.
        threads: cores that the job was given.
    """
    file, terminal = logging.FileHandler(log_path, mode="w"), logging.StreamHandler()
    file.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
    terminal.setFormatter(logging.Formatter("%(levelname)s: %(message)s"))
    terminal.setLevel(logging.WARNING)
    log.setLevel(logging.INFO)
    log.handlers = [file, terminal]
    logging.captureWarnings(True)
    logging.getLogger("py.warnings").handlers = [file]
    if "torch" in sys.modules:
        sys.modules["torch"].set_num_threads(threads)
    try:
        with threadpool_limits(threads):
            log.info("started with %d threads", threads)
            yield
            log.info("finished")
    except BaseException:
        file.acquire()
        log.handlers = [file]
        log.exception("failed")
        raise
    finally:
        file.close()


def device(gpus: int) -> str:
    """``cuda`` where a GPU was asked for and is there, else ``cpu``; says so if it falls back.

    Args:
        gpus: number that the job was given.
    """
    import torch

    if gpus and torch.cuda.is_available():
        log.info("running on %s", torch.cuda.get_device_name())
        return "cuda"
    if gpus:
        log.warning("gpu=%d was asked for and no CUDA device is here: running on the CPU", gpus)
    return "cpu"


def environment(device: str) -> dict[str, str]:
    """Versions and hardware that a result depends on."""
    import platform
    from importlib.metadata import version

    import torch

    import curvae

    name = torch.cuda.get_device_name() if device == "cuda" else platform.processor() or platform.machine()
    packages = {package: version(package) for package in ("torch", "numpy", "xarray", "zarr")}
    return {
        "curvae": curvae.__version__,
        "python": platform.python_version(),
        **packages,
        "device": f"{device}: {name}",
    }
