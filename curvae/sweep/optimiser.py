"""Adam and RMSProp for a stack of networks, each with a learning rate of its own."""

from collections.abc import Iterator, Sequence
from itertools import groupby

import torch
from torch import Tensor
from torch.optim.adam import adam

from curvae.types import Weights

EPS = 1e-8  # beside the root of the second moment


class Adam:
    """m <- b1 m + (1 - b1) g, v <- b2 v + (1 - b2) g^2, w <- w - rate m^ / (sqrt(v^) + eps), with ^ bias-corrected.

    RMSProp is the same with b1 = 0 and without the correction. Members next to each other with the same rate are
    updated in one fused call.

    Args:
        weights: of every member, changed in place.
        betas: decay of the two moments; RMSProp's is the second.
        kind: ``adam`` or ``rmsprop``.

    Reference: Kingma & Ba (2015), algorithm 1; Tieleman & Hinton (2012) for RMSProp.
    """

    def __init__(self, weights: Weights, betas: tuple[float, float] = (0.9, 0.999), kind: str = "adam"):
        self.weights, self.kind = {name: w.detach() for name, w in weights.items()}, kind
        self.betas = betas if kind == "adam" else (0.0, betas[1])
        like = next(iter(self.weights.values()))
        self.age = torch.zeros((), device=like.device)  # in steps; a step takes nothing from the host
        self.moments = {
            order: {name: torch.zeros_like(w) for name, w in self.weights.items()} for order in ("first", "second")
        }

    def step(self, gradients: Weights, rates: Sequence[float]) -> None:
        """Move every member.

        Args:
            gradients: of every weight.
            rates: learning rate of every member.
        """
        names = list(self.weights)
        first, second = self.moments["first"], self.moments["second"]
        # the correction of age infinity is none
        age = self.age if self.kind == "adam" else torch.full_like(self.age, float("inf"))
        for rate, run in _runs(rates):
            whole = len(rates) == run.stop - run.start
            sides = [
                [tensors[name] if whole else tensors[name][run] for name in names]
                for tensors in (self.weights, gradients, first, second)
            ]
            adam(
                *sides,
                [],
                list(age.repeat(len(names)).unbind()),
                fused=True,
                amsgrad=False,
                beta1=self.betas[0],
                beta2=self.betas[1],
                lr=rate,
                weight_decay=0.0,
                eps=EPS,
                maximize=False,
            )
        self.age += 1

    def forget(self, members: Tensor) -> None:
        """Set the moments of some members, [member] of bool, to zero."""
        for moments in self.moments.values():
            for moment in moments.values():
                moment[members] = 0.0


def _runs(rates: Sequence[float]) -> Iterator[tuple[float, slice]]:
    """Slices of equal rates."""
    first = 0
    for rate, group in groupby(rates):
        last = first + len(list(group))
        yield rate, slice(first, last)
        first = last
