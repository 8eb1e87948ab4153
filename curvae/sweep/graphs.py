"""Steps as CUDA graphs: a step is recorded once, and all its kernels are launched together from then on."""

import logging
from collections.abc import Callable, Hashable
from functools import cache, partial
from typing import Any, NamedTuple

import torch
from torch import Tensor

log = logging.getLogger(__name__)

Given = dict[str, Tensor | None]
Step = Callable[[Given], Any]
Record = Callable[[Step, Given], tuple[Callable[[], None], Any]]


class Recorded(NamedTuple):
    """A step, which holds what it found, the tensors that it reads, and what it returned."""

    step: Step
    replay: Callable[[], None]
    read: Given
    returned: Any


class Graphs:
    """Runs steps, from records of them where that pays.

    The first step of a kind runs as it is written, for libraries to make ready what they need; the second one is
    recorded; from then on tensors are copied to where the record reads them, and it is replayed. What a step does on
    the host, and what it decides there, happens in the first two alone: it may depend on the kind and on nothing else.

    Where a step cannot be recorded, the log says so and all run as they are written from then on.

    Args:
        recorder: makes what takes a step and what it reads, and returns what replays it and what it returned
            (`cuda_graphs`); None records nothing.
    """

    def __init__(self, recorder: Callable[[], Record] | None):
        self.recorder, self.record, self.kinds, self.about = recorder, None, {}, None

    def begin(self, about: Hashable) -> None:
        """What all kinds depend on from here on; if it is not what it was, records are forgotten."""
        if about != self.about:
            self.forget()
            self.about, self.record = about, self.recorder and self.recorder()

    def forget(self) -> None:
        """Let go of all records, and of what they hold."""
        self.about, self.record, self.kinds = None, None, {}

    def run(self, kind: Hashable, step: Step, given: Given) -> Any:
        """What a step of a kind returns.

        Args:
            kind: names all on the host that it depends on; None is never recorded.
            step: reads `given` and tensors that stay where they are, and writes to such alone.
            given: of equal shapes for equal kinds.
        """
        if self.record is None or kind is None:
            return step(given)
        if kind not in self.kinds:
            self.kinds[kind] = None
            return step(given)
        if self.kinds[kind] is None and not self._recorded(kind, step, given):
            return step(given)
        found = self.kinds[kind]
        for name, x in found.read.items():
            if x is not None:
                x.copy_(given[name])
        found.replay()
        return found.returned

    def _recorded(self, kind: Hashable, step: Step, given: Given) -> bool:
        read = {name: None if x is None else x.clone() for name, x in given.items()}
        try:
            replay, returned = self.record(step, read)
        except RuntimeError as error:
            log.warning("steps cannot be recorded, each kernel is launched by itself: %s", error.__context__ or error)
            self.recorder, self.record, self.kinds = None, None, {}
            return False
        self.kinds[kind] = Recorded(step, replay, read, returned)
        return True


def of(device: torch.device) -> Graphs:
    """What runs steps on a device."""
    return Graphs(partial(cuda_graphs, device) if device.type == "cuda" else None)


@cache
def _stream(device: int) -> Any:
    """The stream on which all records of a device are made: for every stream cuBLAS keeps working memory for good."""
    return torch.cuda.Stream(device)


def cuda_graphs(device: torch.device) -> Record:
    """Records steps as CUDA graphs; nothing is computed until they are replayed.

    All have one pool of memory and one stream: what a step makes is not asked for after it, and the next may lie there.
    """
    with torch.cuda.device(device):
        pool, stream = torch.cuda.graph_pool_handle(), _stream(torch.cuda.current_device())

    def record(step: Step, given: Given) -> tuple[Callable[[], None], Any]:
        with torch.cuda.device(device):
            graph, before = torch.cuda.CUDAGraph(), torch.cuda.current_stream()
            try:
                with torch.cuda.graph(graph, pool=pool, stream=stream):
                    returned = step(given)
            finally:
                torch.cuda.set_stream(before)  # a record that fails leaves its own
        return graph.replay, returned

    return record
