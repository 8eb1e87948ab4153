"""Batches that vary one factor: lines of samples that differ in nothing else, and the order that draws them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
import xarray as xr
from numpy.typing import ArrayLike
from torch import Tensor

from curvae.sweep.streams import Purpose, key, words


@dataclass(frozen=True)
class Drawn:
    """What every seed sees in an epoch, [seed, sample] each.

    Attributes:
        order: samples.
        lines: number of the line that each was drawn on.
        kinds: factor along which that line runs.
    """

    order: Tensor
    lines: Tensor
    kinds: Tensor


def lines_along(factors: ArrayLike, named: Sequence[int]) -> Tensor:
    """Number of the line through every sample along each kind of change, [kind, sample].

    Samples of one line agree in all other factors. The kinds are the named factors, one by one, and then all other
    factors together, if any of them varies.

    Args:
        factors: [sample, factor].
        named: places of factors.

    Raises:
        ValueError: along a named factor no two samples agree in all others.
    """
    values = np.asarray(factors)
    rest = [k for k in range(values.shape[1]) if k not in named and np.ptp(values[:, k]) > 0]
    found = []
    for place, moving in enumerate([*([k] for k in named), *([rest] if rest else [])]):
        still = np.delete(values, moving, axis=1)
        still = still if still.shape[1] else np.zeros((len(values), 1))
        lines = np.unique(still, axis=0, return_inverse=True)[1].ravel()
        if place < len(named) and len(np.unique(lines)) == len(lines):
            raise ValueError(f"factor {moving[0]}: no two samples agree in all others: allowed: factors on a grid")
        found.append(torch.as_tensor(lines))
    return torch.stack(found)


def lines_for(settings: Any, train: xr.Dataset) -> Tensor | None:
    """The lines that an objective asks for; None for one that takes any samples together.

    Args:
        settings: of the objective; `factors` names those with a latent of their own.
        train: the training split, with ``factors`` (sample, factor).

    Raises:
        ValueError: along a named factor no two samples agree in all others.
    """
    if not hasattr(settings, "factors"):
        return None
    names = train["factor"].values.tolist()
    return lines_along(train["factors"].values, [names.index(name) for name in settings.factors])


def draw(seeds: Sequence[int], epoch: int, lines: Tensor, batch: int) -> Drawn:
    """The order in which each seed sees the samples, a line after the other; a batch has lines of one kind.

    Every batch takes its kind by a random word. For each kind the samples are sorted by random words of their lines,
    and within a line by random words of their own; batch b takes the b-th part of that order. An epoch therefore shows
    as many samples as the data set has, but not each of them once.

    Args:
        seeds: of the members.
        epoch: from 1.
        lines: of `lines_along`.
        batch: samples a step.
    """
    count, samples = lines.shape
    device, steps = lines.device, -(-samples // batch)
    orders, kinds = [], []
    for seed in seeds:
        own = words(key(seed, Purpose.ORDER, epoch), samples, device).argsort()
        of_lines = words(key(seed, Purpose.LINES, epoch), steps + samples, device)
        kind = (of_lines[:steps] % count).repeat_interleave(batch)[:samples]
        sorted_ = torch.stack([own[of_lines[steps:][line[own]].argsort(stable=True)] for line in lines])
        orders.append(sorted_.gather(0, kind[None])[0])
        kinds.append(kind)
    order, kind = torch.stack(orders), torch.stack(kinds)
    return Drawn(order, lines[kind, order], kind)
