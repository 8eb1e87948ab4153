"""Training of many networks of one shape in one pass."""

import hashlib
import json
import logging
import os
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd
import torch
from torch import Tensor
from tqdm import tqdm

from curvae.objectives import regularised
from curvae.settings.train import Budget
from curvae.sweep.checkpoint import REQUEUE, Checkpoint, Interrupted
from curvae.sweep.state import Diverged, State
from curvae.sweep.streams import Purpose, normals, orders
from curvae.types import Weights

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Trained:
    """What training leaves.

    Attributes:
        weights: name -> tensor [member, ...] on the CPU.
        history: one row a member, epoch and split.
        diverged: members that were frozen.
        seconds: that this call trained; less than the whole where it went on from a kept state.
        discard: forgets the kept state; call it when the results are safe.
    """

    weights: Weights
    history: pd.DataFrame
    diverged: list[Diverged] = field(default_factory=list)
    seconds: float = 0.0
    discard: Callable[[], None] = lambda: None


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
) -> Trained:
    """Train every member on the same data, each with its own beta, lam and random streams.

    A member's initial weights, batch order and noise depend on its seed alone. A step is a few
    batched matrix products and one fused Adam update for all members. A member whose loss is not
    finite at the end of an epoch is put back to the weights before that epoch and trained no more.

    With a scratch folder the state is kept there at an interval, and on SIGTERM or SIGINT, under a
    name made of all that the result depends on; the same call goes on from it, to the same bits on
    the CPU.

    Args:
        model: equations (`curvae.models`).
        data: ``train`` and ``validation``, each [sample, *shape].
        members: one dict a member with ``beta``, ``lam``, ``seed``; other keys become columns.
        budget: epochs, batch size and optimiser.
        device: where to train.
        dtype: of weights and data.
        title: of the progress bar and the log.
        scratch: folder for the states of unfinished runs.
        identity: what else a kept state depends on, such as a fingerprint of the code.
        interval: seconds between two saves.

    Returns:
        Weights on the CPU and the history. ``loss``, ``recon`` and ``kl`` are means per sample;
        rows of split ``train`` average over the epoch's steps, rows of ``validation`` are taken
        after it. ``recon_mean`` decodes the posterior mean.

    Raises:
        ValueError: no members, or a batch larger than the training set.
        Interrupted: stopped by a signal, with the state kept.

    Reference: Kingma & Ba (2015), algorithm 1, for the optimiser.
    """
    if not members:
        raise ValueError("members = []: allowed: one or more")
    if budget.batch > len(data["train"]):
        raise ValueError(f"batch = {budget.batch}: allowed: at most {len(data['train'])}, the training samples")
    folder = None if scratch is None else Path(scratch, _key(model, data, members, budget, dtype, identity))
    data = {split: x.to(device, dtype) for split, x in data.items()}
    beta, lam = (torch.tensor([m[name] for m in members], dtype=dtype, device=device) for name in ("beta", "lam"))
    seeds = sorted({m["seed"] for m in members})
    row = torch.tensor([seeds.index(m["seed"]) for m in members], device=device)
    samples, state = len(data["train"]), State(model, members, budget, device, dtype)

    with Checkpoint(folder, interval) as checkpoint:
        if (kept := checkpoint.load()) is not None:
            state.restore(kept)
            log.info("%s: goes on in epoch %d of %d", title, state.epoch, budget.epochs)
        began, told, start = time.monotonic(), time.monotonic(), state.epoch
        with tqdm(total=budget.epochs, initial=start - 1, desc=title, unit="epoch", disable=None) as bar:
            while state.epoch <= budget.epochs:
                order = orders(seeds, state.epoch, samples).to(device)
                noise = normals(seeds, Purpose.NOISE, state.epoch, (samples, *model.noise)).to(device, dtype)
                while state.first < samples:
                    batch = slice(state.first, state.first + budget.batch)
                    chosen = order[:, batch]
                    terms = model.terms(state.weights, data["train"][chosen[row]], noise[row, batch])
                    losses = regularised(terms, state.weights, beta, lam)
                    state.step(losses)
                    _add(state.totals, {**terms, "loss": losses}, chosen.shape[1])
                    state.first += budget.batch
                    if checkpoint.due():
                        checkpoint.save(state.tensors())
                        if checkpoint.stopped:
                            log.warning("%s: stopped by %s in epoch %d", title, checkpoint.stopped, state.epoch)
                            raise Interrupted(REQUEUE)
                for found in state.freeze(state.totals["loss"]):
                    log.warning(
                        "%s: %s diverged in epoch %d, %s", title, members[found.member], found.epoch, found.cause
                    )
                state.history.add(state.epoch, "train", state.totals, samples, state.frozen)
                sums = _evaluate(model, state.weights, data["validation"], seeds, row, beta, lam, state.epoch)
                state.history.add(state.epoch, "validation", sums, len(data["validation"]), state.frozen)
                if time.monotonic() - told > 10 or state.epoch == budget.epochs:
                    told = time.monotonic()
                    left = (told - began) / (state.epoch - start + 1) * (budget.epochs - state.epoch)
                    summary = state.history.summary()
                    log.info("%s: epoch %d/%d, %s, %.0f s left", title, state.epoch, budget.epochs, summary, left)
                state.epoch, state.first, state.totals = state.epoch + 1, 0, {}
                bar.update()
        checkpoint.save(state.tensors())
    weights = {name: w.detach().cpu().clone() for name, w in state.weights.items()}
    seconds = time.monotonic() - began
    return Trained(weights, state.history.table(), state.diverged, seconds, checkpoint.discard)


def _key(model: Any, data: dict[str, Tensor], members: list, budget: Budget, dtype: torch.dtype, identity: str) -> str:
    """A name for a run, made of all that its result depends on."""
    said = [model.settings.model_dump(mode="json"), list(model.shape), members, budget.model_dump(mode="json")]
    digest = hashlib.sha256(json.dumps([*said, str(dtype), identity], sort_keys=True).encode())
    for name in sorted(data):
        digest.update(data[name].contiguous().cpu().numpy().tobytes())
    return digest.hexdigest()[:24]


def _add(totals: dict[str, Tensor], terms: dict[str, Tensor], samples: int) -> None:
    """Add per-sample terms [member, sample, ...], or means per sample [member], to running sums."""
    for name, term in terms.items():
        term = term.detach()
        total = (term.sum(1) if term.ndim > 1 else term * samples).double()
        totals[name] = totals[name] + total if name in totals else total


@torch.no_grad()
def _evaluate(model, weights, x, seeds, row, beta, lam, epoch, batch=1000) -> dict[str, Tensor]:
    """Sums of the terms over a whole split."""
    noise = normals(seeds, Purpose.EVALUATION, epoch, (len(x), *model.noise)).to(x)
    totals: dict[str, Tensor] = {}
    for first in range(0, len(x), batch):
        part = x[first : first + batch]
        terms = model.evaluate(weights, part.expand(len(row), *part.shape), noise[row, first : first + batch])
        losses = regularised(terms, weights, beta, lam)
        _add(totals, {**terms, "loss": losses}, len(part))
    return totals
