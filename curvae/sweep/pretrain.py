"""Initial weights of stacked autoencoders from stacked restricted Boltzmann machines, for many seeds at once."""

import logging
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from curvae.nets.boltzmann import contrastive_divergence, hidden_mean, unrolled, visible_mean
from curvae.nets.linear import initial_weights
from curvae.sweep.checkpoint import REQUEUE, Checkpoint, Interrupted
from curvae.sweep.streams import Purpose, keys, normals_of, orders, stream, uniforms_of
from curvae.types import Weights

log = logging.getLogger(__name__)

KEPT = "pretraining/"  # prefix of its tensors in a kept state
START = 0.5  # momentum in the first epoch of a machine
LEAST = -100.0  # nats; logarithms of probabilities that are rounded to 0


class Pretraining:
    """Machines in training, from the data to the code; each learns from the hidden means of the one below.

    A machine starts from the weights that the encoder's layer would start from, with visible biases of 0. One step,
    with batch means g of contrastive divergence: s <- momentum s + lr (g - decay W), W <- W + s; biases do not decay.
    A machine that is not finite after an epoch is put back to where that epoch started, at rest.

    Args:
        model: equations of an autoencoder whose settings have `pretrain`.
        data: ``train`` and ``validation`` [sample, feature], in [0, 1].
        seeds: one a stack of machines.
        batch: samples a step.
        dtype: of weights and of a batch; the data may be integers.

    Reference: Hinton & Salakhutdinov (2006); they put the means of visible units in place of draws.
    """

    def __init__(self, model: Any, data: dict[str, Tensor], seeds: Sequence[int], batch: int, dtype: torch.dtype):
        self.settings, self.data, self.seeds, self.batch = model.settings.pretrain, data, list(seeds), batch
        self.dtype = dtype
        x, self.machines = data["train"], []
        drawn = [initial_weights(model.shapes, stream(seed, Purpose.WEIGHTS)) for seed in seeds]
        while (name := f"encoder.{len(self.machines)}") + ".weight" in model.shapes:
            weight, bias = (
                torch.stack([own[f"{name}.{part}"] for own in drawn]).to(x.device, dtype) for part in ("weight", "bias")
            )
            visible = weight.new_zeros(len(self.seeds), weight.shape[1])
            self.machines.append({"weight": weight, "visible": visible, "hidden": bias})
        self.speed = [{name: torch.zeros_like(w) for name, w in machine.items()} for machine in self.machines]
        self.sound = [{name: w.clone() for name, w in machine.items()} for machine in self.machines]
        self.layer, self.epoch, self.first = 0, 1, 0

    @torch.no_grad()
    def run(self, title: str, checkpoint: Checkpoint, kept: dict[str, Tensor] | None) -> Weights:
        """Train all machines, from a kept state if there is one; the autoencoder's weights [seed, ...].

        Args:
            title: for the log.
            checkpoint: of the stack.
            kept: what `tensors` returned.

        Raises:
            Interrupted: stopped by a signal, with the state kept.
        """
        if kept:
            self._restore(kept)
        while self.layer < len(self.machines):
            order = orders(
                self.seeds, self._count(), len(self.data["train"]), self._device(), Purpose.PRETRAINING_ORDER
            )
            streams = self._streams()
            while self.first < len(self.data["train"]):
                self._step(order[:, self.first : self.first + self.batch], streams)
                self.first += self.batch
                if checkpoint.due():
                    checkpoint.save(self.tensors())
                    if checkpoint.stopped:
                        log.warning("%s: stopped by %s in machine %d", title, checkpoint.stopped, self.layer + 1)
                        raise Interrupted(REQUEUE)
            self._put_back(title)
            log.info("%s: machine %d, epoch %d: %s", title, self.layer + 1, self.epoch, self._said())
            self.epoch, self.first = self.epoch + 1, 0
            if self.epoch > self.settings.epochs:
                self.layer, self.epoch = self.layer + 1, 1
        return unrolled(self.machines)

    def tensors(self) -> dict[str, Tensor]:
        """The state as named tensors on the CPU."""
        kept = {"place": torch.tensor([self.layer, self.epoch, self.first])}
        for kind, stack in self._stacks().items():
            kept |= {f"{kind}.{i}.{name}": w.cpu() for i, own in enumerate(stack) for name, w in own.items()}
        return {KEPT + name: w for name, w in kept.items()}

    def _restore(self, kept: dict[str, Tensor]) -> None:
        self.layer, self.epoch, self.first = kept[f"{KEPT}place"].tolist()
        for kind, stack in self._stacks().items():
            for i, own in enumerate(stack):
                for name, w in own.items():
                    w.copy_(kept[f"{KEPT}{kind}.{i}.{name}"])

    def _stacks(self) -> dict[str, list[Weights]]:
        return {"machine": self.machines, "speed": self.speed, "sound": self.sound}

    def _put_back(self, title: str) -> None:
        """The machine in training of a seed where it is not finite, as the epoch found it; the others are kept."""
        machine, speed, sound = (stack[self.layer] for stack in self._stacks().values())
        lost = ~torch.stack([w.flatten(1).isfinite().all(1) for w in machine.values()]).all(0)
        for name, w in machine.items():
            w[lost], speed[name][lost] = sound[name][lost], 0.0
            sound[name].copy_(w)
        for seed in torch.tensor(self.seeds)[lost.cpu()].tolist():
            about = title, seed, self.layer + 1, self.epoch
            log.warning("%s: seed %d, machine %d diverged in epoch %d and is put back to its start", *about)

    def _streams(self) -> tuple[Tensor, Tensor]:
        """Keys of an epoch's streams for hidden and visible units, [batch, seed] each."""
        firsts = range(0, len(self.data["train"]), self.batch)
        purposes = Purpose.PRETRAINING_HIDDEN, Purpose.PRETRAINING_VISIBLE
        return tuple(keys(self.seeds, purpose, self._count(), firsts, self._device()) for purpose in purposes)

    def _step(self, chosen: Tensor, streams: tuple[Tensor, Tensor]) -> None:
        machine, speed, settings = self.machines[self.layer], self.speed[self.layer], self.settings
        last = self.layer == len(self.machines) - 1
        v = self._below(self.data["train"][chosen].to(self.dtype))
        slope = contrastive_divergence(
            machine, v, self._numbers(streams, v.shape, machine["hidden"].shape[1], last), last
        )
        slope["weight"] -= settings.decay * machine["weight"]
        momentum = min(START, settings.momentum) if self.epoch == 1 else settings.momentum
        for name, w in machine.items():
            w += speed[name].mul_(momentum).add_(slope[name], alpha=settings.code_lr if last else settings.lr)

    def _numbers(
        self, streams: tuple[Tensor, Tensor], shape: torch.Size, hidden: int, gaussian: bool
    ) -> list[tuple[Tensor, Tensor]]:
        """Random numbers of the chain, functions of seed, machine, epoch and place of the batch."""
        _, samples, visible = shape
        steps, (own, seen) = self.settings.steps, (batches[self.first // self.batch] for batches in streams)
        of_hidden = (normals_of if gaussian else uniforms_of)(own, (steps, samples, hidden), self.dtype)
        of_visible = uniforms_of(seen, (steps, samples, visible), self.dtype)
        return list(zip(of_hidden.unbind(1), of_visible.unbind(1), strict=True))

    def _below(self, x: Tensor) -> Tensor:
        """What the machine in training sees of observations [seed, sample, feature]."""
        for machine in self.machines[: self.layer]:
            x = hidden_mean(machine, x)
        return x

    def _said(self) -> str:
        """Cross-entropy of the validation set's visible units, there and back through the machine by means."""
        machine, last = self.machines[self.layer], self.layer == len(self.machines) - 1
        x = self.data["validation"].to(self.dtype)
        v = self._below(x.expand(len(self.seeds), *x.shape))
        back = visible_mean(machine, hidden_mean(machine, v, last))
        on, off = (p.log().clamp(min=LEAST) for p in (back, 1 - back))
        nats = -(v * on + (1 - v) * off).sum(-1).mean(1)
        return f"{nats.nanmedian().item():.4g} nats there and back"

    def _count(self) -> int:
        """Epochs of all machines, for the random streams."""
        return self.layer * self.settings.epochs + self.epoch

    def _device(self) -> torch.device:
        return self.data["train"].device
