"""Curves and pictures of a run for TensorBoard: a chart a term, in it a line a member."""

import io
import math
import os
import re
import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

TERMS = ("loss", "recon", "kl")
QUANTILES = (0.0, 0.25, 0.5, 0.75, 1.0)
LINES = tuple(f"quantile={q:g}" for q in QUANTILES)
MEMBERS = 64
FILES = "*/events.out.tfevents.*"


class Board:
    """Writes event files while a sweep trains; ``tensorboard --logdir folder`` shows them.

    TensorBoard draws one chart a tag and one line a folder. Tags are ``loss/train``, ``kl/validation``
    and so on; folders are members, named by their axes (``beta=1,lam=0,seed=3``), and quantiles over
    the members that are still trained (``quantile=0.5``). Of more than 64 members, 64 at equal
    distances in the list have lines of their own; the quantiles are over all.

    What a process writes goes into new files that begin with the event by which readers drop what
    older files say of this epoch and later ones. A run that goes on from a kept state thus has every
    epoch once. A run that starts with epoch 1 (or 0) removes the event files that it finds.

    Args:
        folder: of the event files; None writes nothing.
        members: axes of every member.
        image_members: how many members have pictures, at most.

    Attributes:
        pictured: indices of the members whose decodings `images` expects; none without a folder.

    Raises:
        ValueError: a negative number of members with pictures.
    """

    def __init__(self, folder: str | os.PathLike | None, members: list[dict[str, Any]], image_members: int = 4):
        if image_members < 0:
            raise ValueError(f"image_members = {image_members}: allowed: 0 or more")
        self.folder = None if folder is None else Path(folder)
        self.members, shown = len(members), _spread(range(len(members)), MEMBERS)
        self.names = dict(zip(shown, _names([members[i] for i in shown], shown), strict=True))
        self.pictured = [] if folder is None else _spread(shown, image_members)
        self._records: dict[str, Any] = {}

    def __enter__(self) -> "Board":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def epoch(self, epoch: int, rows: pd.DataFrame) -> None:
        """Write the terms of one epoch, and flush.

        Args:
            epoch: from 1.
            rows: of `History.add`, one split or several.

        Raises:
            ValueError: not one row a member in a split.
        """
        if self.folder is None:
            return
        points: dict[str, dict[str, float]] = {}
        members, trained = rows["member"].to_numpy(), ~rows["frozen"].to_numpy(bool)
        shown = [term for term in TERMS if term in rows]  # a generator has a loss alone
        every = rows[shown].to_numpy(float)
        for split in rows["split"].unique():
            chosen = np.flatnonzero(rows["split"] == split)
            chosen = chosen[np.argsort(members[chosen])]
            if not np.array_equal(members[chosen], np.arange(self.members)):
                raise ValueError(f"rows = {len(chosen)} of split {split}: allowed: one a member, {self.members}")
            terms = every[chosen]
            lines = {name: terms[i] for i, name in self.names.items()}
            sound = terms[np.isfinite(terms).all(1) & trained[chosen]]
            if len(sound) and self.members > 1:
                lines |= dict(zip(LINES, np.quantile(sound, QUANTILES, axis=0), strict=True))
            tags = [f"{term}/{split}" for term in shown]
            for name, values in lines.items():
                points.setdefault(name, {}).update(zip(tags, values.tolist(), strict=True))
        self._open(epoch)
        from tensorboard.compat.proto.summary_pb2 import Summary

        for name, values in points.items():
            self._write(name, epoch, [Summary.Value(tag=tag, simple_value=value) for tag, value in values.items()])
        self._flush()

    def images(self, epoch: int, tag: str, decoded: np.ndarray) -> None:
        """Write a sheet of pictures a member, and flush.

        Args:
            epoch: from 1.
            tag: name of the sheet.
            decoded: [member, sample, height, width] of the members `pictured`, in [0, 1]; values
                outside are clipped. Other shapes and oblong pictures (a side under 4, or one over
                twice the other) are passed over.

        Raises:
            ValueError: other members than `pictured`.
        """
        if self.folder is None:
            return
        if len(decoded) != len(self.pictured):
            raise ValueError(f"decoded = {len(decoded)} members: allowed: {len(self.pictured)}, those of pictured")
        if decoded.ndim != 4 or not 4 <= min(decoded.shape[2:]) <= max(decoded.shape[2:]) <= 2 * min(decoded.shape[2:]):
            return
        self._open(epoch)
        from tensorboard.compat.proto.summary_pb2 import Summary

        for index, samples in zip(self.pictured, decoded, strict=True):
            sheet = _sheet(samples)
            height, width = sheet.shape
            image = Summary.Image(height=height, width=width, colorspace=1, encoded_image_string=_png(sheet))
            self._write(self.names[index], epoch, [Summary.Value(tag=tag, image=image)])
        self._flush()

    def close(self) -> None:
        """Close the files; a later epoch opens new ones."""
        for record in self._records.values():
            record.close()
        self._records = {}

    def _open(self, epoch: int) -> None:
        """On the first call, a new file a line, that drops what is there of this epoch and later ones."""
        if self._records:
            return
        from tensorboard.compat.proto.event_pb2 import Event, SessionLog
        from tensorboard.summary.writer.record_writer import RecordWriter

        found = sorted(self.folder.glob(FILES))
        if epoch <= 1:
            for path in found:
                path.unlink()
            found = []
        number = 1 + max((int(path.suffix[1:]) for path in found), default=0)
        for name in [*self.names.values(), *(LINES if self.members > 1 else ())]:
            path = self.folder / name / f"events.out.tfevents.{number:06d}"
            path.parent.mkdir(parents=True, exist_ok=True)
            self._records[name] = RecordWriter(path.open("xb"))
            start = SessionLog(status=SessionLog.START)
            for event in (Event(file_version="brain.Event:2"), Event(step=epoch, session_log=start)):
                event.wall_time = time.time()
                self._records[name].write(event.SerializeToString())

    def _write(self, name: str, epoch: int, values: list) -> None:
        """All values of a line as one event."""
        from tensorboard.compat.proto.event_pb2 import Event

        event = Event(wall_time=time.time(), step=epoch)
        event.summary.value.extend(values)
        self._records[name].write(event.SerializeToString())

    def _flush(self) -> None:
        for record in self._records.values():
            record.flush()


def _spread(choices: Any, number: int) -> list[int]:
    """At most so many of the choices, first and last among them, at equal distances."""
    places = np.linspace(0, len(choices) - 1, min(number, len(choices))).round().astype(int)
    return [choices[place] for place in places]


def _names(members: list[dict[str, Any]], indices: list[int]) -> list[str]:
    """Folder names made of axes; members of one name have their index too."""
    said = [
        ",".join(f"{axis}={f'{x:g}' if isinstance(x, float) else x}" for axis, x in member.items())
        for member in members
    ]
    names = [re.sub(r"[^\w.,=+-]+", "_", name)[:200] for name in said]
    twice = {name for name in names if names.count(name) > 1}
    return [f"{name},member={i}" if name in twice else name for name, i in zip(names, indices, strict=True)]


def _sheet(samples: np.ndarray) -> np.ndarray:
    """Pictures [sample, height, width] in [0, 1] side by side on grey, as bytes [height, width]."""
    count, height, width = samples.shape
    columns = math.ceil(math.sqrt(count))
    rows = math.ceil(count / columns)
    cells = np.full((rows * columns, height + 1, width + 1), 128, dtype=np.uint8)
    cells[:count, :-1, :-1] = np.rint(255 * np.clip(np.nan_to_num(samples), 0, 1))
    whole = cells.reshape(rows, columns, height + 1, width + 1).swapaxes(1, 2)
    return whole.reshape(rows * (height + 1), columns * (width + 1))[:-1, :-1]


def _png(pixels: np.ndarray) -> bytes:
    from PIL import Image

    room = io.BytesIO()
    Image.fromarray(pixels).save(room, "png")
    return room.getvalue()
