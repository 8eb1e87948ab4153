"""The epochs of one stack."""

import logging
from typing import Any

import numpy as np
import torch
from torch import Tensor

from curvae.settings.train import Budget
from curvae.sweep.board import Board
from curvae.sweep.checkpoint import REQUEUE, Checkpoint, Interrupted
from curvae.sweep.progress import Progress
from curvae.sweep.schedule import rate, warmth
from curvae.sweep.state import State
from curvae.sweep.streams import Purpose, normals, orders

log = logging.getLogger(__name__)

KEPT = ("recon", "kl", "recon_mean")  # terms whose means go to the history
SHOWN = 8  # samples whose reconstructions are drawn on the board


class Loop:
    """A stack in training.

    Args:
        model: equations.
        objective: what is minimised.
        data: ``train`` and ``validation`` on the device, each [sample, *shape].
        members: axes of every member.
        budget: epochs, batch size and optimiser.
    """

    def __init__(
        self, model: Any, objective: Any, data: dict[str, Tensor], members: list[dict[str, Any]], budget: Budget
    ):
        self.model, self.objective, self.data, self.members, self.budget = model, objective, data, members, budget
        x = data["train"]
        self.state = State(model, objective, members, budget, x.device, x.dtype)
        self.seeds = sorted({m["seed"] for m in members})
        self.row = torch.tensor([self.seeds.index(m["seed"]) for m in members], device=x.device)
        self.beta = torch.tensor([m["beta"] for m in members], dtype=x.dtype, device=x.device)
        self.annealed = any(m.get("anneal", budget.anneal) != "none" for m in members)

    def run(self, title: str, checkpoint: Checkpoint, board: Board) -> State:
        """Train to the end, from the kept state if there is one.

        Args:
            title: for the bar and the log.
            checkpoint: of this stack.
            board: of this stack.

        Raises:
            Interrupted: stopped by a signal, with the state kept.
        """
        state, epochs, samples = self.state, self.budget.epochs, len(self.data["train"])
        if (kept := checkpoint.load()) is not None:
            state.restore(kept)
            if state.epoch <= epochs:
                log.info("%s: goes on in epoch %d of %d", title, state.epoch, epochs)
        done = state.epoch - 1 + state.first / samples
        with Progress(title, len(self.members), epochs, samples, done) as progress:
            while state.epoch <= epochs:
                for count in self._steps():
                    progress.step(count)
                    if checkpoint.due():
                        checkpoint.save(state.tensors())
                        if checkpoint.stopped:
                            log.warning("%s: stopped by %s in epoch %d", title, checkpoint.stopped, state.epoch)
                            raise Interrupted(REQUEUE)
                for found in state.freeze(state.totals["loss"]):
                    axes = self.members[found.member]
                    log.warning("%s: %s diverged in epoch %d, %s", title, axes, found.epoch, found.cause)
                state.history.add(state.epoch, "train", state.totals, samples, state.frozen)
                state.history.add(
                    state.epoch, "validation", self._validate(), len(self.data["validation"]), state.frozen
                )
                progress.epoch(state.epoch, state.history)
                board.epoch(state.epoch, state.history.newest())
                if board.pictured:
                    board.images(state.epoch, self._reconstructions(board.pictured))
                state.epoch, state.first, state.totals = state.epoch + 1, 0, {}
        checkpoint.save(state.tensors())
        return state

    def _steps(self):
        """The steps that are left of the epoch; yields the samples of each."""
        state, model, x, epoch = self.state, self.model, self.data["train"], self.state.epoch
        order = orders(self.seeds, epoch, len(x), x.device)
        noise = self._noise(Purpose.NOISE, model.noise, len(x))
        extra = self._noise(Purpose.OBJECTIVE, self.objective.noise, len(x))
        rates = {"model": [rate(self.budget, member, epoch) for member in self.members]}
        if self.objective.shapes:
            rates["critic"] = [self.objective.critic.lr] * len(self.members)
        room = x.new_empty(len(self.members) * self.budget.batch, *x.shape[1:])
        while state.first < len(x):
            batch = slice(state.first, state.first + self.budget.batch)
            chosen = order[self.row, batch]
            count = chosen.shape[1]
            images = torch.index_select(x, 0, chosen.flatten(), out=room[: chosen.numel()])
            terms = model.terms(state.weights, images.view(*chosen.shape, *x.shape[1:]), noise[self.row, batch])
            losses, parts = self._losses(terms, epoch - 1 + state.first / len(x), extra, batch)
            add(state.totals, {**terms, **parts, "loss": losses["model"].detach() + state.penalty()}, count)
            state.step(losses, rates)
            state.first += self.budget.batch
            yield count

    @torch.no_grad()
    def _validate(self) -> dict[str, Tensor]:
        """Sums of the terms over the validation samples, with the noise that belongs to the epoch."""
        state, x = self.state, self.data["validation"]
        noise = self._noise(Purpose.EVALUATION, self.model.noise, len(x))
        extra = self._noise(Purpose.OBJECTIVE_EVALUATION, self.objective.noise, len(x))
        totals: dict[str, Tensor] = {}
        for first in range(0, len(x), self.budget.batch):
            batch = slice(first, first + self.budget.batch)
            images = x[batch].expand(len(self.members), *x[batch].shape)
            terms = self.model.evaluate(state.weights, images, noise[self.row, batch])
            losses, parts = self._losses(terms, float(state.epoch), extra, batch)
            add(totals, {**terms, **parts, "loss": losses["model"] + state.penalty()}, images.shape[1])
        return totals

    def _losses(self, terms: dict[str, Tensor], time: float, extra: Tensor | None, batch: slice) -> tuple[dict, dict]:
        """Losses of every player and further means, at a time counted in epochs."""
        beta = self.beta
        if self.annealed:
            beta = beta * beta.new_tensor([warmth(self.budget, member, time) for member in self.members])
        noise = None if extra is None else extra[self.row, batch]
        return self.objective.losses(self.state.weights, terms, beta, time, noise)

    def _noise(self, purpose: Purpose, shape: tuple[int, ...], samples: int) -> Tensor | None:
        """Normal numbers of every seed for this epoch, [seed, sample, *shape]; None if none are asked for."""
        if not shape:
            return None
        return normals(self.seeds, purpose, self.state.epoch, (samples, *shape), self.beta.device, self.beta.dtype)

    @torch.no_grad()
    def _reconstructions(self, members: list[int]) -> np.ndarray:
        """Decoded posterior means of a few validation samples under some members, [member, sample, *shape]."""
        weights = {name: w[members] for name, w in self.state.weights.items()}
        x = self.data["validation"][:SHOWN]
        mean, _ = self.model.encode(weights, x.expand(len(members), *x.shape))
        return self.model.decode(weights, mean).unflatten(-1, self.model.shape).float().cpu().numpy()


def add(totals: dict[str, Tensor], terms: dict[str, Tensor], samples: int) -> None:
    """Add per-sample terms [member, sample, ...], or means per sample [member], to running sums."""
    for name, term in terms.items():
        if term.ndim > 1 and name not in KEPT:
            continue
        term = term.detach()
        total = (term.sum(1) if term.ndim > 1 else term * samples).double()
        totals[name] = totals[name] + total if name in totals else total
