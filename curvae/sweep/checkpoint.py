"""State of a run on disk: two generations, each with a checksum; signals stop a run in good order."""

import hashlib
import logging
import os
import signal
import threading
import time
from pathlib import Path
from types import FrameType

from safetensors.torch import load, save
from torch import Tensor

from curvae import store

log = logging.getLogger(__name__)

REQUEUE = 75  # EX_TEMPFAIL: try again, nothing is lost


class Interrupted(SystemExit):
    """The run was told to stop and kept its state; the exit code is `REQUEUE`."""


class Checkpoint:
    """Keeps the state of one run in a folder of its own.

    Within ``with``, SIGTERM and SIGINT do not end the process but make `due` true and `stopped` set.

    Args:
        folder: of this run alone; None keeps nothing and leaves signals alone.
        interval: seconds between two saves.
    """

    def __init__(self, folder: str | os.PathLike | None, interval: float):
        self.folder = None if folder is None else Path(folder)
        self.interval, self.saved, self.generation = interval, time.monotonic(), 0
        self.stopped: str | None = None
        self._before: dict[int, object] = {}

    def __enter__(self) -> "Checkpoint":
        if self.folder is not None and threading.current_thread() is threading.main_thread():
            self._before = {s: signal.signal(s, self._stop) for s in (signal.SIGTERM, signal.SIGINT)}
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _stop(self, number: int, _: FrameType | None) -> None:
        self.stopped = signal.Signals(number).name

    def due(self) -> bool:
        """Whether the state is to be saved now."""
        late = time.monotonic() - self.saved >= self.interval
        return self.folder is not None and (late or self.stopped is not None)

    def save(self, tensors: dict[str, Tensor]) -> None:
        """Write a new generation; the one before stays until the next save.

        Raises:
            OSError: no room, or no right to write; the generations that are there are untouched.
        """
        if self.folder is None:
            return
        content = save(tensors)
        with store.atomic(self._path(self.generation)) as part:
            part.write_bytes(hashlib.sha256(content).digest() + content)
        self.generation, self.saved = 1 - self.generation, time.monotonic()

    def load(self) -> dict[str, Tensor] | None:
        """The newest generation that is whole, if there is one."""
        paths = [path for g in (0, 1) if self.folder is not None and (path := self._path(g)).is_file()]
        for path in sorted(paths, key=lambda path: path.stat().st_mtime_ns, reverse=True):
            whole = path.read_bytes()
            if hashlib.sha256(whole[32:]).digest() == whole[:32]:
                self.generation = 1 - int(path.suffix[1:])
                return load(whole[32:])
            log.warning("%s: torn or corrupt; the checkpoint before it is used", path)
        return None

    def _path(self, generation: int) -> Path:
        return self.folder / f"state.{generation}"
