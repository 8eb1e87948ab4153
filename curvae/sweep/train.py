"""Training of many networks of one shape, side by side."""

import ctypes
import hashlib
import json
import logging
import math
import os
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from curvae import store
from curvae.models import require_intensities
from curvae.objectives.adversarial import Adversarial
from curvae.objectives.elbo import Objective
from curvae.settings.objective import Elbo
from curvae.settings.train import Budget
from curvae.sweep import compiled, graphs
from curvae.sweep.board import Board
from curvae.sweep.checkpoint import REQUEUE, Checkpoint, Interrupted
from curvae.sweep.collapse import Collapsed, collapsed
from curvae.sweep.history import COLUMNS
from curvae.sweep.loop import KEPT, Loop, of_members
from curvae.sweep.size import free_bytes, stack_size
from curvae.sweep.state import Diverged
from curvae.types import Weights

log = logging.getLogger(__name__)

TRIM_THRESHOLD, MMAP_THRESHOLD = -1, -3  # parameters of mallopt
LARGEST_KEPT = 2**25  # bytes of an array: the most that glibc takes from its heap
NAMED = 3  # members that collapsed and are named in the log


@dataclass(frozen=True)
class Trained:
    """What training leaves.

    Attributes:
        weights: name -> tensor [member, ...] on the CPU.
        history: one row a member, epoch and split.
        diverged: members that were frozen.
        collapsed: generators that draw nearly the same sample every time, autoencoders whose codes say nothing.
        seconds: that this call trained; less than the whole where it went on from a kept state.
        discard: forgets the kept state; call it when the results are safe.
    """

    weights: Weights
    history: pd.DataFrame
    diverged: list[Diverged] = field(default_factory=list)
    collapsed: list[Collapsed] = field(default_factory=list)
    seconds: float = 0.0
    discard: Callable[[], None] = lambda: None


@contextmanager
def _arithmetic() -> Iterator[None]:
    """Numbers below full precision count as zero: on squared gradients some processors take ten times as long.

    Convolutions on a GPU have the precision of their tensors, as products have by default, and the same bits each time.
    """
    cudnn = torch.backends.cudnn
    before = cudnn.conv.fp32_precision, cudnn.deterministic
    torch.set_flush_denormal(True)
    cudnn.conv.fp32_precision, cudnn.deterministic = "ieee", True
    try:
        yield
    finally:
        torch.set_flush_denormal(False)
        cudnn.conv.fp32_precision, cudnn.deterministic = before


@contextmanager
def _memory() -> Iterator[None]:
    """Freed memory stays with the process: every step asks for the same arrays, and the system clears what it gives.

    Of glibc; other libraries are left as they are.
    """
    libc = ctypes.CDLL(None)
    if not hasattr(libc, "mallopt"):
        yield
        return
    libc.mallopt(MMAP_THRESHOLD, LARGEST_KEPT)
    libc.mallopt(TRIM_THRESHOLD, 2**31 - 1)
    try:
        yield
    finally:
        libc.mallopt(TRIM_THRESHOLD, 2 * LARGEST_KEPT)
        libc.malloc_trim(0)


@_memory()
@_arithmetic()
def train(
    model: Any,
    data: dict[str, Tensor],
    members: list[dict[str, Any]],
    budget: Budget,
    device: str | torch.device = "cpu",
    dtype: torch.dtype = torch.float32,
    title: str = "train",
    scratch: str | os.PathLike | None = None,
    identity: str = "",
    interval: float = 60.0,
    board: str | os.PathLike | None = None,
    images: int = 4,
    stack: int | None = None,
    objective: Any = None,
    lines: Tensor | None = None,
    films: dict[str, Tensor] | None = None,
) -> Trained:
    """Train every member on the same data, each with its own settings and random streams.

    A member's initial weights, batch order and noise depend on its seed alone. A step is a few batched matrix
    products and a fused Adam update for all members; on a GPU it is recorded once and launched as a CUDA graph; on a
    CPU, small networks are trained by compiled code (`curvae.sweep.compiled`). A member whose loss is not finite at the
    end of an epoch is put back to the weights before that epoch and trained no more.

    Numbers too small for full precision count as zero meanwhile.

    More members than keep the device busy, or than its free memory holds, are trained one stack after the other.

    With a scratch folder the state is kept there at an interval, and on SIGTERM or SIGINT, under a name made of all
    that the result depends on; the same call goes on from it, to the same bits on the CPU.

    Args:
        model: equations (`curvae.models`).
        data: ``train`` and ``validation``, each [sample, feature], images flattened; a predictor's [sample, frame,
            state]. Integers stay such in memory and become numbers of `dtype` by the batch, so that black-and-white
            images of one byte a pixel take a fourth of the room.
        members: one dict a member with ``beta``, ``lam`` and ``seed``; ``lr`` and ``anneal`` stand in for the budget's
            where they are given, a predictor's ``noise`` for its settings', and other keys become columns.
        budget: epochs, batch size and optimiser.
        device: where to train.
        dtype: of weights and of a batch.
        title: of the progress bar and the log.
        scratch: folder for the states of unfinished runs.
        identity: what else a kept state depends on, such as a fingerprint of the code.
        interval: seconds between two saves.
        board: folder for TensorBoard's event files; none by default.
        images: members whose reconstructions and draws go to the board, at most.
        stack: members side by side, 1 or more; by default as many as pay and fit.
        objective: what is minimised (`curvae.objectives.build`); by default the evidence lower bound, KL times beta.
        lines: lines of training samples along each factor (`curvae.sweep.lines.lines_along`), for an objective whose
            batches vary one factor at a time (`dc_ign`), and for no other.
        films: the film of each ``train`` and ``validation`` sample (`curvae.sweep.runs.films_for`), for an objective
            whose batches hold runs of consecutive frames (`smooth`), and for no other.

    Returns:
        Weights on the CPU and the history. ``loss``, ``recon`` and ``kl`` are means per sample; rows of split
        ``train`` average over the epoch's steps, rows of ``validation`` are taken after it. ``recon_mean`` decodes
        the posterior mean.

    Raises:
        ValueError: no members, or a key of one that is a column of the history; a `stack` of none, a batch larger than
            the training set, fewer batches than a critic's steps, lines or films that the objective does not take; a
            split without samples, with samples of another size than the model's, with numbers that are not finite or,
            where the model takes them for intensities (the likelihood `bernoulli`), not in [0, 1].
        MemoryError: not even one member fits.
        Interrupted: stopped by a signal, with the state kept.
    """
    if not members:
        raise ValueError("members = []: allowed: one or more")
    members = [{axis: x.item() if isinstance(x, np.generic) else x for axis, x in m.items()} for m in members]
    if taken := sorted({axis for m in members for axis in m} & {*COLUMNS, *KEPT}):
        raise ValueError(f"{taken[0]}: a column of the history: allowed: another name for a key of a member")
    if stack is not None and stack < 1:
        raise ValueError(f"stack = {stack}: allowed: 1 or more")
    if budget.batch > len(data["train"]):
        raise ValueError(f"batch = {budget.batch}: allowed: at most {len(data['train'])}, the training samples")
    if isinstance(objective, Adversarial) and -(-len(data["train"]) // budget.batch) < objective.steps:
        raise ValueError(f"steps = {objective.steps}: allowed: at most the batches of an epoch")
    _check(data, model)
    objective = objective or Objective(Elbo(), 0, len(data["train"]))
    if (lines is not None) != hasattr(objective, "bottleneck"):
        raise ValueError("lines: allowed: with an objective whose batches vary one factor, and only then")
    if (films is not None) != hasattr(objective, "frames"):
        raise ValueError("films: allowed: with an objective whose batches hold runs of frames, and only then")
    device = torch.device(device)
    said = data | ({} if lines is None else {"lines": lines})
    said |= {f"films of {split}": film for split, film in (films or {}).items()}
    small = compiled.takes(model, objective, budget, device)
    about = [str(dtype), stack, identity, small]  # a state is of stacks of one size, and of one way to round
    folder = None if scratch is None else Path(scratch, _key(model, objective, said, members, budget, about))
    data = {split: x.to(device, dtype if x.is_floating_point() else None) for split, x in data.items()}
    lines = None if lines is None else lines.to(device)
    films = None if films is None else {split: film.to(device) for split, film in films.items()}
    model = of_members(model, members, device, dtype)
    size = stack or _planned(folder, model, objective, data, budget, len(members), device, dtype)
    stacks = [members[first : first + size] for first in range(0, len(members), size)]
    if len(stacks) > 1:
        log.info("%s: %d networks in %d stacks of %d", title, len(members), len(stacks), size)
    weights = {name: torch.empty(len(members), *shape, dtype=dtype) for name, shape in model.shapes.items()}
    histories, diverged, began, runner = [], [], time.monotonic(), graphs.of(device)
    for index, part in enumerate(stacks):
        name = title if len(stacks) == 1 else f"{title} [{index + 1}/{len(stacks)}]"
        place = None if folder is None else folder / str(index)
        curves = None if board is None else Path(board, *([] if len(stacks) == 1 else [str(index)]))
        with Checkpoint(place, interval) as checkpoint, Board(curves, part, images) as drawn:
            state = Loop(model, objective, data, part, budget, dtype, lines, films, runner).run(name, checkpoint, drawn)
        if checkpoint.stopped and index + 1 < len(stacks):
            log.warning("%s: stopped by %s at the end", name, checkpoint.stopped)
            raise Interrupted(REQUEUE)
        first = index * size
        for weight, whole in weights.items():
            whole[first : first + len(part)] = state.weights[weight].detach()
        history = state.history.table()
        histories.append(history.assign(member=history["member"] + first))
        diverged += [replace(found, member=found.member + first) for found in state.diverged]
    history, seconds = pd.concat(histories, ignore_index=True), time.monotonic() - began
    narrow = collapsed(history)
    for found in narrow[:NAMED]:
        low = f"KL {found.kl:.2g} nats" if found.spread is None else f"spread {found.spread:.2g}"
        log.warning("%s: %s collapsed in epoch %d, %s", title, members[found.member], found.epoch, low)
    if len(narrow) > NAMED:
        log.warning("%s: %d of %d members collapsed in all", title, len(narrow), len(members))
    return Trained(weights, history, diverged, narrow, seconds, partial(_forget, folder))


def _check(data: dict[str, Tensor], model: Any) -> None:
    """Refuse samples that the model does not take, and those with which a loss has no bound or is no number."""
    shape = tuple(model.shape) if hasattr(model, "frames") else (math.prod(model.shape),)
    for split, x in data.items():
        if tuple(x.shape[1:]) != shape:
            raise ValueError(f"{split}: samples of {tuple(x.shape[1:])}: allowed: of {shape}; images are flattened")
        if not len(x):
            raise ValueError(f"{split}: no samples: allowed: one or more")
        low, high = (float(end) for end in x.aminmax())
        if not (math.isfinite(low) and math.isfinite(high)):
            raise ValueError(f"{split}: NaN or infinite numbers: allowed: finite ones")
        require_intensities(model.settings, low, high)


def _forget(folder: Path | None) -> None:
    if folder is not None:
        shutil.rmtree(folder, ignore_errors=True)


def _planned(
    folder: Path | None,
    model: Any,
    objective: Any,
    data: dict[str, Tensor],
    budget: Budget,
    members: int,
    device: torch.device,
    dtype: torch.dtype,
) -> int:
    """Members in a stack: as the interrupted run had it, else what the device and its memory suggest.

    Where what the run had cannot be trusted, its states are forgotten: they may be of stacks of another size.
    """
    plan = None if folder is None else folder / "plan.json"
    if plan is not None and plan.is_file():
        try:
            return store.read_json(plan)["stack"]
        except store.DamagedError:
            log.warning("%s: damaged; the run begins anew", plan)
            _forget(folder)
    samples = sum(len(x) for x in data.values())
    size = stack_size(model, objective, samples, budget.batch, members, device, dtype.itemsize, free_bytes(device))
    if plan is not None:
        store.write_json(plan, {"stack": size})
    return size


def _key(
    model: Any,
    objective: Any,
    data: dict[str, Tensor],
    members: list,
    budget: Budget,
    about: list,
) -> str:
    """A name for a run, made of all that its result depends on."""
    settings = [part.model_dump(mode="json") for part in (model.settings, objective.settings, budget)]
    arrays = [[name, str(data[name].dtype), list(data[name].shape)] for name in sorted(data)]
    said = [*settings, list(model.shape), members, arrays, *about]
    digest = hashlib.sha256(json.dumps(said, sort_keys=True).encode())
    for name, *_ in arrays:
        digest.update(data[name].contiguous().cpu().numpy().tobytes())
    return digest.hexdigest()[:24]
