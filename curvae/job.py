"""What every job of the workflow shares: its log and its threads."""

import logging
import os
import re
import resource
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from threadpoolctl import threadpool_limits

from curvae.refusal import Refusal
from curvae.words import counted

log = logging.getLogger("curvae")


@contextmanager
def start(log_path: str | os.PathLike, threads: int) -> Iterator[None]:
    """Log to a file, warnings to the terminal too, and keep to a number of threads.

    An exception is written to the log with its traceback and goes on to the terminal. A refusal is written to both as
    it is, and ends the process.

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
            log.info("started with %s", counted(threads, "thread"))
            yield
            log.info("finished: %.1f CPU seconds, %.0f MB at its peak", time.process_time(), _peak())
    except Refusal as error:
        log.error("%s", error)
        raise SystemExit(1) from None
    except BaseException:
        file.acquire()
        log.handlers = [file]
        log.exception("failed")
        raise
    finally:
        file.close()


def _peak() -> float:
    """MB that this process held at most. Linux hands `ru_maxrss` on from the process that started this one."""
    status = Path("/proc/self/status")
    if status.exists():
        return int(re.search(r"VmHWM:\s+(\d+) kB", status.read_text())[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
