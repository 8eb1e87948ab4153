"""Batches of runs: frames that follow each other stand side by side."""

from collections.abc import Sequence
from typing import Any

import torch
import xarray as xr
from jaxtyping import Bool, Int
from torch import Tensor

from curvae.sweep.streams import Purpose, key, words

Films = Int[Tensor, " sample"]


def films_for(settings: Any, splits: dict[str, xr.Dataset]) -> dict[str, Films] | None:
    """The film of every sample, for an objective that asks for runs; None for one that takes any samples together.

    Args:
        settings: of the objective; `frames` is the length of a run.
        splits: split -> samples with the coordinate ``trajectory``; those of one film lie together, in time's order.
    """
    if not hasattr(settings, "frames"):
        return None
    return {name: torch.as_tensor(split["trajectory"].values).long() for name, split in splits.items()}


def run_orders(seeds: Sequence[int], epoch: int, films: Films, frames: int) -> Int[Tensor, "seed sample"]:
    """The order in which each seed sees the samples, a run after the other; every sample comes once.

    In every epoch a film is cut anew into runs of `frames` frames, the first and the last of which may be shorter. Runs
    are sorted by random words; with runs of one frame the order is that of `curvae.sweep.streams.orders`.

    Args:
        seeds: of the members.
        epoch: from 1.
        films: the film of each sample.
        frames: of a run.
    """
    device, samples = films.device, torch.arange(len(films), device=films.device)
    begins = torch.ones_like(films, dtype=torch.bool)
    begins[1:] = films[1:] != films[:-1]
    number = begins.cumsum(0) - 1
    frame = samples - samples[begins][number]
    found = []
    for seed in seeds:
        shift = (words(key(seed, Purpose.RUNS, epoch), int(number[-1]) + 1, device) % frames)[number]
        run = (begins | ((frame + shift) % frames == 0)).cumsum(0) - 1
        drawn = words(key(seed, Purpose.ORDER, epoch), int(run[-1]) + 1, device)
        found.append(drawn[run].argsort(stable=True))
    return torch.stack(found)


def following(films: Films, chosen: Int[Tensor, "member place"]) -> Bool[Tensor, "member place"]:
    """Whether each sample of a batch is the frame after the one before it.

    Args:
        films: the film of each sample of the data.
        chosen: samples of the data.
    """
    found = torch.zeros_like(chosen, dtype=torch.bool)
    found[:, 1:] = (chosen[:, 1:] == chosen[:, :-1] + 1) & (films[chosen[:, 1:]] == films[chosen[:, :-1]])
    return found
