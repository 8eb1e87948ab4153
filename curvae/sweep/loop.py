"""The epochs of one stack."""

import logging
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np
import torch
from torch import Tensor

from curvae.objectives.adversarial import Adversarial
from curvae.settings.train import Budget
from curvae.sweep import compiled, graphs
from curvae.sweep.board import Board
from curvae.sweep.checkpoint import REQUEUE, Checkpoint, Interrupted
from curvae.sweep.lines import draw
from curvae.sweep.pretrain import KEPT as PRETRAINING
from curvae.sweep.pretrain import Pretraining
from curvae.sweep.progress import Progress
from curvae.sweep.runs import following, run_orders
from curvae.sweep.schedule import rate, warmth
from curvae.sweep.state import State
from curvae.sweep.streams import Purpose, keys, normals, normals_of, orders
from curvae.types import Weights

log = logging.getLogger(__name__)

KEPT = ("recon", "kl", "recon_mean")  # terms whose means go to the history
FIRST = 256  # samples that a model may start from
SHOWN = 8  # reconstructions, and draws of the prior, on a sheet of the board


class Loop:
    """A stack in training.

    Args:
        model: equations.
        objective: what is minimised.
        data: ``train`` and ``validation`` on the device, each [sample, *shape].
        members: axes of every member.
        budget: epochs, batch size and optimiser.
        dtype: of weights and of a batch; the data may be integers, which take less room.
        lines: of `curvae.sweep.lines.lines_along`, on the device: batches vary one factor, and the codes go through the
            objective's bottleneck. By default any samples make a batch.
        films: of `curvae.sweep.runs.films_for`, on the device: batches hold runs of the objective's `frames` frames.
        runner: of the steps, of several stacks one after the other; by default one of this stack's own.
    """

    def __init__(
        self,
        model: Any,
        objective: Any,
        data: dict[str, Tensor],
        members: list[dict[str, Any]],
        budget: Budget,
        dtype: torch.dtype,
        lines: Tensor | None = None,
        films: dict[str, Tensor] | None = None,
        runner: graphs.Graphs | None = None,
    ):
        device = data["train"].device
        self.model = model = of_members(model, members, device, dtype)
        self.objective, self.data, self.members, self.budget = objective, data, members, budget
        self.dtype, self.lines, self.films = dtype, lines, films
        self.state = State(model, objective, members, budget, device, dtype)
        self.seeds = sorted({m["seed"] for m in members})
        self.row = torch.tensor([self.seeds.index(m["seed"]) for m in members], device=device)
        self.beta = torch.tensor([m["beta"] for m in members], dtype=dtype, device=device)
        self.turns = objective.steps if isinstance(objective, Adversarial) else 0
        if hasattr(model, "begin"):
            self.state.start(self._begun())
        self.compiled = compiled.takes(model, objective, budget, device)
        self.room = data["train"].new_empty(len(members) * budget.batch, *data["train"].shape[1:])
        self.runner = runner or graphs.of(device)
        kinds = [m.get("anneal", budget.anneal) for m in members]
        self.warming = sorted(set(kinds))
        self.warmed = torch.tensor([self.warming.index(kind) for kind in kinds], device=device)

    def _begun(self) -> Weights:
        """The weights of a model that starts from data, by the first samples of an order of every member's own."""
        x, count = self.data["train"], min(FIRST, len(self.data["train"]))
        chosen = orders(self.seeds, 0, len(x), x.device)[self.row, :count]
        noise = normals(self.seeds, Purpose.NOISE, 0, (count, *self.model.noise), x.device, self.dtype)[self.row]
        weights = {name: self.state.weights[name].detach().clone() for name in self.model.shapes}
        self.model.begin(weights, x[chosen].to(self.dtype), noise)
        return weights

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
        kept = checkpoint.load()
        if getattr(self.model.settings, "pretrain", None) and (kept is None or f"{PRETRAINING}place" in kept):
            machines = Pretraining(self.model, self.data, self.seeds, self.budget.batch, self.dtype)
            found = machines.run(title, checkpoint, kept)
            state.start({name: w[self.row] for name, w in found.items()})
        elif kept is not None:
            state.restore(kept)
            if state.epoch <= epochs:
                log.info("%s: goes on in epoch %d of %d", title, state.epoch, epochs)
        done = state.epoch - 1 + min(state.first / samples, 1.0)
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
                state.history.add(state.epoch, "train", state.totals, state.counts, state.frozen)
                state.history.add(
                    state.epoch, "validation", self._validate(), len(self.data["validation"]), state.frozen
                )
                progress.epoch(state.epoch, state.history)
                board.epoch(state.epoch, state.history.newest())
                if board.pictured:
                    for tag, pictures in self._pictures(board.pictured).items():
                        board.images(state.epoch, tag, pictures)
                state.turn()
        self.runner.forget()  # records hold the stack, and the runner holds them
        checkpoint.save(state.tensors())
        return state

    def _steps(self):
        """The steps that are left of the epoch; yields the samples of each."""
        state, x, epoch = self.state, self.data["train"], self.state.epoch
        firsts = range(state.first, len(x), self.budget.batch)
        times = [epoch - 1 + first / len(x) for first in firsts]
        rates = {"model": [rate(self.budget, member, epoch) for member in self.members]}
        if self.compiled:
            noise = normals(self.seeds, Purpose.NOISE, epoch, (len(x), *self.model.noise), x.device, self.dtype)
            given = (x, self._order(epoch), noise), self.row.numpy(), self._betas(times), rates["model"]
            yield from compiled.steps(state, self.model, *given)
            return
        drawn = None if self.lines is None else draw(self.seeds, epoch, self.lines, self.budget.batch)
        order = self._order(epoch) if drawn is None else drawn.order
        draws = {
            "critic": self._draws(Purpose.CRITIC_NOISE, Purpose.CRITIC_OBJECTIVE, len(x)) if self.turns else None,
            "model": self._draws(Purpose.NOISE, Purpose.OBJECTIVE, len(x)),
        }
        if self.objective.shapes:
            rates["critic"] = [self.objective.critic.lr] * len(self.members)
        self.runner.begin((bool(state.diverged), *map(tuple, rates.values())))
        moments = zip(firsts, times, self._clock(times), self._betas(times), strict=True)
        for first, time, clock, beta in moments:
            batch = slice(first, min(first + self.budget.batch, len(x)))
            given = {"chosen": order[self.row, batch], "time": clock, "beta": beta}
            if drawn is not None:
                given |= {"lines": drawn.lines[self.row, batch], "kinds": drawn.kinds[self.row, batch]}
            players = self._players(len(x))
            for player in players:
                given[f"{player}'s noise"], given[f"{player}'s extra"] = draws[player](batch)
            model, count = self._model(time), batch.stop - batch.start
            stage = getattr(model, "stage", ())
            kind = None if stage is None else (players, count, stage)
            for name in self.runner.run(kind, partial(self._step, model, players, rates), given):
                state.counts[name] = state.counts.get(name, 0) + count
            state.first += self.budget.batch
            yield count

    def _step(
        self, model: Any, players: tuple[str, ...], rates: dict[str, list[float]], given: graphs.Given
    ) -> list[str]:
        """One batch, on the device alone; returns the names of the terms that were added to the totals.

        Args:
            model: as it is at that time.
            players: who steps.
            rates: player -> learning rate of every member.
            given: ``chosen`` samples [member, sample], ``time`` in epochs, ``beta`` [member], each player's noise and
                extra, and where batches vary one factor the lines [member, sample] and their kinds.
        """
        state, x, chosen, added = self.state, self.data["train"], given["chosen"], []
        images = torch.index_select(x, 0, chosen.flatten(), out=self.room[: chosen.numel()])
        images = images.view(*chosen.shape, *x.shape[1:]).to(self.dtype)
        through = (self._bottleneck(given["lines"], given["kinds"]),) if "lines" in given else ()
        for player in players:
            drawn = given[f"{player}'s noise"], given[f"{player}'s extra"]
            noise, extra = self._numbers(drawn, chosen.shape[1])
            with torch.set_grad_enabled(player == "model"):
                shown = model.shown if player == "critic" else model.terms
                terms = shown(state.weights, images, noise, *through) | self._following("train", chosen)
            losses, parts = self._losses(terms, given["time"], given["beta"], extra, player)
            if player == "model":
                parts = {**parts, "loss": losses["model"].detach() + state.penalty()}
            added += add(state.totals, {**terms, **parts} if player == "model" else parts, chosen.shape[1])
            state.step(losses, rates)
        return added

    def _order(self, epoch: int) -> Tensor:
        """Each seed's order of the training samples in an epoch, with runs where the objective asks for them."""
        if self.films is None:
            x = self.data["train"]
            return orders(self.seeds, epoch, len(x), x.device)
        return run_orders(self.seeds, epoch, self.films["train"], self.objective.frames)

    def _following(self, split: str, chosen: Tensor) -> dict[str, Tensor]:
        """Which of the chosen samples follow the one before them, as a term; none where films do not matter."""
        return {} if self.films is None else {"follows": following(self.films[split], chosen)}

    def _model(self, time: float) -> Any:
        """The model at a time counted in epochs: some change while they are trained."""
        return self.model.at(time / self.budget.epochs) if hasattr(self.model, "at") else self.model

    def _players(self, samples: int) -> tuple[str, ...]:
        """Who steps on this batch; where players step together, "model" stands for all."""
        if not self.turns:
            return ("model",)
        done = (self.state.epoch - 1) * -(-samples // self.budget.batch) + self.state.first // self.budget.batch
        return ("critic",) if (done + 1) % self.turns else ("critic", "model")

    @torch.no_grad()
    def _validate(self) -> dict[str, Tensor]:
        """Sums of the terms over the validation samples, with the noise that belongs to the epoch."""
        state, x = self.state, self.data["validation"]
        draw = self._draws(Purpose.EVALUATION, Purpose.OBJECTIVE_EVALUATION, len(x))
        totals: dict[str, Tensor] = {}
        times = [float(state.epoch)]
        (time,), (beta,) = self._clock(times), self._betas(times)
        for first in range(0, len(x), self.budget.batch):
            batch = slice(first, min(first + self.budget.batch, len(x)))
            images = x[batch].to(self.dtype).expand(len(self.members), *x[batch].shape)
            noise, extra = self._numbers(draw(batch), images.shape[1])
            chosen = torch.arange(batch.start, batch.stop, device=x.device).expand(len(self.members), -1)
            terms = self.model.evaluate(state.weights, images, noise) | self._following("validation", chosen)
            losses, parts = self._losses(terms, time, beta, extra)
            add(totals, {**terms, **parts, "loss": losses["model"] + state.penalty()}, images.shape[1])
        return totals

    def _clock(self, times: Sequence[float]) -> Tensor:
        """Times counted in epochs, on the device in float64: one copy from the host for all."""
        return torch.tensor(times, dtype=torch.float64, device=self.beta.device)

    def _betas(self, times: Sequence[float]) -> Tensor:
        """Strengths of the members at times counted in epochs, [time, member]: one copy from the host for all."""
        if self.warming == ["none"]:
            return self.beta.expand(len(times), -1)
        factors = [[warmth(self.budget, {"anneal": kind}, time) for kind in self.warming] for time in times]
        return self.beta * self.beta.new_tensor(factors).view(len(times), len(self.warming))[:, self.warmed]

    def _losses(
        self, terms: dict[str, Tensor], time: Tensor, beta: Tensor, extra: Tensor | None, player: str | None = None
    ) -> tuple[dict, dict]:
        """Losses of the players and further means, at a time counted in epochs; of one player, if it is its turn."""
        if player and self.turns:
            loss, parts = self.objective.loss(player, self.state.weights, terms, beta, extra)
            return {player: loss}, parts
        return self.objective.losses(self.state.weights, terms, beta, time, extra)

    def _bottleneck(self, lines: Tensor, kinds: Tensor) -> Callable[[Tensor], Tensor]:
        """What the codes of a batch go through before they are decoded."""
        return lambda z: self.objective.bottleneck(z, lines, kinds)

    def _draws(self, first: Purpose, second: Purpose, samples: int) -> Callable[[slice], tuple]:
        """From a batch to the model's and the objective's normal numbers for it, [member, sample, *shape] or None.

        They are drawn for the whole epoch. Where players take turns these may ask for many, and instead of numbers
        there are the keys of streams, [seed], of which `_numbers` makes them by the batch.
        """
        asked = ((first, self.model.noise), (second, self.objective.noise))
        about = self.beta.device, self.beta.dtype
        if self.turns:
            firsts = range(0, samples, self.budget.batch)
            streams = [
                keys(self.seeds, purpose, self.state.epoch, firsts, about[0]) if shape else None
                for purpose, shape in asked
            ]
            size = self.budget.batch
            return lambda batch: tuple(None if own is None else own[batch.start // size] for own in streams)
        whole = [
            normals(self.seeds, purpose, self.state.epoch, (samples, *shape), *about) if shape else None
            for purpose, shape in asked
        ]
        return lambda batch: tuple(None if numbers is None else numbers[self.row, batch] for numbers in whole)

    def _numbers(self, drawn: tuple, samples: int) -> tuple:
        """The normal numbers of a batch, of what `_draws` has for it."""
        if not self.turns:
            return drawn
        return tuple(
            None if own is None else normals_of(own, (samples, *shape), self.dtype)[self.row]
            for own, shape in zip(drawn, (self.model.noise, self.objective.noise), strict=True)
        )

    @torch.no_grad()
    def _pictures(self, members: list[int]) -> dict[str, np.ndarray]:
        """Under some members decoded codes of a few validation samples and decoded draws of the prior.

        Arrays [member, sample, *shape] by name; reconstructions only of a model that encodes. The draws are those of
        the same normal numbers in every epoch.
        """
        weights = {name: w[members] for name, w in self.state.weights.items()}
        x = self.data["validation"][:SHOWN].to(self.dtype)
        noise = normals(self.seeds, Purpose.EVALUATION, 0, (SHOWN, *self.model.noise), x.device, self.dtype)
        codes = {"draws": self.model.prior(weights, noise[self.row[members]])}
        if self.model.settings.encodes:
            codes["reconstructions"], _ = self.model.encode(weights, x.expand(len(members), *x.shape))
        return {
            tag: self.model.decode(weights, z).unflatten(-1, self.model.shape).float().cpu().numpy()
            for tag, z in codes.items()
        }


def of_members(model: Any, members: list[dict[str, Any]], device: torch.device, dtype: torch.dtype) -> Any:
    """The model of these members, for some may have settings of their own; its tensors lie on the device."""
    return model.of(members, device, dtype) if hasattr(model, "of") else model


def add(totals: dict[str, Tensor], terms: dict[str, Tensor], samples: int) -> list[str]:
    """Add terms [member, sample, ...], or means over samples [member], to running sums; returns the names of these."""
    added = [name for name, term in terms.items() if term.ndim == 1 or name in KEPT]
    for name in added:
        term = terms[name].detach()
        total = (term.sum(1) if term.ndim > 1 else term * samples).double()
        totals[name] = totals[name].add_(total) if name in totals else total
    return added
