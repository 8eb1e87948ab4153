"""Training of many networks of one shape in one pass."""

import logging
import math
import time
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
import torch
from torch import Tensor
from tqdm import tqdm

from curvae.nets.linear import initial_weights
from curvae.objectives import regularised
from curvae.settings.train import Budget
from curvae.sweep.streams import Purpose, normals, orders, stream
from curvae.types import Weights

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Diverged:
    """A member whose loss stopped being a number."""

    member: int
    epoch: int
    cause: str


@dataclass(frozen=True)
class Trained:
    """What training leaves: weights, a row of history per member, epoch and split, who diverged."""

    weights: Weights
    history: pd.DataFrame
    diverged: list[Diverged] = field(default_factory=list)


def train(
    model: Any,
    data: dict[str, Tensor],
    members: list[dict[str, Any]],
    budget: Budget,
    device: str | torch.device = "cpu",
    dtype: torch.dtype = torch.float32,
    title: str = "train",
) -> Trained:
    """Train every member on the same data, each with its own beta, lam and random streams.

    A member's initial weights, batch order and noise depend on its seed alone. A step is a few
    batched matrix products and one fused Adam update for all members.

    Args:
        model: equations (`curvae.models`).
        data: ``train`` and ``validation``, each [sample, *shape].
        members: one dict a member with ``beta``, ``lam``, ``seed``; other keys become columns.
        budget: epochs, batch size and optimiser.
        device: where to train.
        dtype: of weights and data.
        title: of the progress bar and the log.

    Returns:
        Weights on the CPU and the history. ``loss``, ``recon`` and ``kl`` are means per sample;
        rows of split ``train`` average over the epoch's steps, rows of ``validation`` are taken
        after it. ``recon_mean`` decodes the posterior mean.

    Raises:
        ValueError: no members, or a batch larger than the training set.

    Reference: Kingma & Ba (2015), algorithm 1, for the optimiser.
    """
    if not members:
        raise ValueError("members = []: allowed: one or more")
    if budget.batch > len(data["train"]):
        raise ValueError(f"batch = {budget.batch}: allowed: at most {len(data['train'])}, the training samples")
    data = {split: x.to(device, dtype) for split, x in data.items()}
    beta, lam = (torch.tensor([m[name] for m in members], dtype=dtype, device=device) for name in ("beta", "lam"))
    seeds = sorted({m["seed"] for m in members})
    row = torch.tensor([seeds.index(m["seed"]) for m in members], device=device)

    weights = _initial(model, members, device, dtype)
    optimiser = torch.optim.Adam(weights.values(), lr=budget.lr, fused=True)
    history, diverged = _History(members), {}
    started = told = time.monotonic()
    bar = tqdm(range(1, budget.epochs + 1), desc=title, unit="epoch", disable=None, mininterval=1)
    for epoch in bar:
        optimiser.param_groups[0]["lr"] = _rate(budget, epoch)
        order = orders(seeds, epoch, len(data["train"])).to(device)
        noise = normals(seeds, Purpose.NOISE, epoch, (len(data["train"]), *model.noise)).to(device, dtype)
        totals: dict[str, Tensor] = {}
        for first in range(0, len(data["train"]), budget.batch):
            batch = order[:, first : first + budget.batch]
            terms = model.terms(weights, data["train"][batch[row]], noise[row, first : first + budget.batch])
            losses = regularised(terms, weights, beta, lam)
            optimiser.zero_grad()
            losses.sum().backward()
            if budget.clip:
                _clip([w.grad for w in weights.values()], budget.clip)
            optimiser.step()
            _add(totals, {**terms, "loss": losses}, batch.shape[1])
        history.add(epoch, "train", totals, len(data["train"]))
        history.add(epoch, "validation", *_evaluate(model, weights, data["validation"], members, beta, lam, epoch))
        for member in history.not_finite():
            if member not in diverged:
                diverged[member] = Diverged(member, epoch, "the loss is not a finite number")
                log.warning("%s: member %s diverged in epoch %d", title, members[member], epoch)
        if time.monotonic() - told > 10 or epoch == budget.epochs:
            told = time.monotonic()
            left = (told - started) / epoch * (budget.epochs - epoch)
            log.info("%s: epoch %d/%d, %s, %.0f s left", title, epoch, budget.epochs, history.summary(), left)
    kept = {name: w.detach().cpu().clone() for name, w in weights.items()}
    return Trained(kept, history.table(), list(diverged.values()))


def _initial(model: Any, members: list, device: Any, dtype: torch.dtype) -> Weights:
    """Stacked initial weights, each member's drawn from its own stream."""
    drawn = {m["seed"]: initial_weights(model.shapes, stream(m["seed"], Purpose.WEIGHTS)) for m in members}
    stacked = {name: torch.stack([drawn[m["seed"]][name] for m in members]) for name in model.shapes}
    return {name: w.to(device, dtype).requires_grad_() for name, w in stacked.items()}


def _rate(budget: Budget, epoch: int) -> float:
    if budget.schedule == "constant":
        return budget.lr
    return budget.lr * 0.5 * (1 + math.cos(math.pi * (epoch - 1) / budget.epochs))


def _clip(gradients: list[Tensor], largest: float) -> None:
    """Scale each member's gradient, over all its weights, to a norm of at most `largest`."""
    squares = torch.stack([g.square().flatten(1).sum(1) for g in gradients]).sum(0)
    scale = (largest / squares.sqrt().clamp(min=1e-12)).clamp(max=1.0)
    for gradient in gradients:
        gradient.mul_(scale.view(-1, *[1] * (gradient.ndim - 1)))


def _add(totals: dict[str, Tensor], terms: dict[str, Tensor], samples: int) -> None:
    """Add per-sample terms [member, sample, ...], or means per sample [member], to running sums."""
    for name, term in terms.items():
        term = term.detach()
        total = (term.sum(1) if term.ndim > 1 else term * samples).double()
        totals[name] = totals[name] + total if name in totals else total


@torch.no_grad()
def _evaluate(model, weights, x, members, beta, lam, epoch, batch=1000) -> tuple[dict[str, Tensor], int]:
    """Sums of the terms over a whole split, and its size."""
    seeds = sorted({m["seed"] for m in members})
    row = torch.tensor([seeds.index(m["seed"]) for m in members], device=x.device)
    noise = normals(seeds, Purpose.EVALUATION, epoch, (len(x), *model.noise)).to(x)
    totals: dict[str, Tensor] = {}
    for first in range(0, len(x), batch):
        part = x[first : first + batch]
        terms = model.evaluate(weights, part.expand(len(members), *part.shape), noise[row, first : first + batch])
        losses = regularised(terms, weights, beta, lam)
        _add(totals, {**terms, "loss": losses}, len(part))
    return totals, len(x)


class _History:
    """Means per sample of every term, gathered an epoch and split at a time."""

    def __init__(self, members: list[dict[str, Any]]):
        self.members, self.parts, self.last = members, [], None

    def add(self, epoch: int, split: str, totals: dict[str, Tensor], samples: int) -> None:
        means = {name: (total / samples).cpu() for name, total in totals.items()}
        latents = means.pop("kl")
        columns = {name: mean.numpy() for name, mean in means.items()}
        columns |= {"kl": latents.sum(-1).numpy()}
        columns |= {f"kl_{j}": latents[:, j].numpy() for j in range(latents.shape[-1])}
        self.last = pd.DataFrame({"member": range(len(self.members)), "epoch": epoch, "split": split, **columns})
        self.parts.append(self.last)

    def not_finite(self) -> list[int]:
        return self.last.loc[~np.isfinite(self.last["loss"]), "member"].tolist()

    def summary(self) -> str:
        low, middle, high = self.last["loss"][np.isfinite(self.last["loss"])].quantile([0, 0.5, 1])
        return f"validation loss {middle:.4g} ({low:.4g} to {high:.4g})"

    def table(self) -> pd.DataFrame:
        coordinates = pd.DataFrame(self.members).rename_axis("member").reset_index()
        return coordinates.merge(pd.concat(self.parts, ignore_index=True), on="member")
