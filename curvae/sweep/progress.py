"""What a run says while it trains: a bar, lines in the log, event files for TensorBoard."""

import logging
import time
from typing import Any

from tqdm import tqdm

from curvae.sweep.history import History

log = logging.getLogger(__name__)


class Progress:
    """A bar over the steps of a stack, and a line in the log every ten seconds.

    Members a second count a member once an epoch; losses are the median, lowest and highest over members.

    Args:
        title: first word of each line.
        members: in the stack.
        epochs: of the run.
        samples: of an epoch; the bar counts them.
        done: epochs that an earlier run trained.
    """

    def __init__(self, title: str, members: int, epochs: int, samples: int, done: float):
        self.title, self.members, self.epochs = title, members, epochs
        self.began = self.told = time.monotonic()
        self.done = done
        self.bar = tqdm(
            total=epochs * samples,
            initial=round(done * samples),
            desc=title,
            unit="sample",
            unit_scale=True,
            disable=None,
        )

    def step(self, samples: int) -> None:
        """A step over so many samples is done."""
        self.bar.update(samples)

    def epoch(self, epoch: int, history: History) -> None:
        """An epoch is done."""
        now = time.monotonic()
        pace = (epoch - self.done) / max(now - self.began, 1e-9)
        said = f"epoch {epoch}/{self.epochs}, {pace * self.members:.3g} members/s, {history.summary()}"
        self.bar.set_postfix_str(said, refresh=False)
        if now - self.told > 10 or epoch == self.epochs:
            self.told = now
            left = f", {(self.epochs - epoch) / pace:.0f} s left" if pace else ""  # an earlier run did all its steps
            log.info("%s: %s%s", self.title, said, left)

    def __enter__(self) -> "Progress":
        return self

    def __exit__(self, *_: Any) -> None:
        self.bar.close()
