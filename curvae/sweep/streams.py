"""A member's random streams: functions of its seed, a purpose and an epoch, and of nothing else.

Members that share a seed share initial weights, batch order and noise, so that a difference
between two values of beta or lam is a paired one. Streams are drawn on the CPU, so a member
sees the same numbers on every device.
"""

from enum import IntEnum

import numpy as np
import torch
from torch import Tensor


class Purpose(IntEnum):
    """What a stream is for."""

    WEIGHTS = 0
    ORDER = 1
    NOISE = 2
    EVALUATION = 3
    CRITIC = 4
    OBJECTIVE = 5
    OBJECTIVE_EVALUATION = 6


def stream(seed: int, purpose: Purpose, epoch: int = 0) -> torch.Generator:
    """The generator of one member's stream.

    Args:
        seed: of the member.
        purpose: what the numbers are for.
        epoch: which pass over the data.
    """
    state = np.random.SeedSequence([seed, int(purpose), epoch]).generate_state(1, np.uint64)[0]
    return torch.Generator().manual_seed(int(state))


def orders(seeds: list[int], epoch: int, samples: int) -> Tensor:
    """The order in which each seed sees the samples, [seed, sample]."""
    return torch.stack([torch.randperm(samples, generator=stream(s, Purpose.ORDER, epoch)) for s in seeds])


def normals(seeds: list[int], purpose: Purpose, epoch: int, shape: tuple[int, ...]) -> Tensor:
    """Standard normal numbers of each seed, [seed, *shape]."""
    return torch.stack([torch.randn(shape, generator=stream(s, purpose, epoch)) for s in seeds])
