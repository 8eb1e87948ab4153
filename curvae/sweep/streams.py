"""A member's random streams: functions of its seed, a purpose and an epoch, and of nothing else.

Members that share a seed share initial weights, batch order and noise, so that a difference
between two values of beta or lam is a paired one. Order and noise are counter-based: number i is a
hash of (seed, purpose, epoch, i), computed on the device that needs it, the same on every device.
"""

import math
from collections.abc import Sequence
from enum import IntEnum

import numpy as np
import torch
from torch import Tensor

GOLDEN = -0x61C8864680B583EB  # 2^64 / golden ratio as a signed word


class Purpose(IntEnum):
    """What a stream is for."""

    WEIGHTS = 0
    ORDER = 1
    NOISE = 2
    EVALUATION = 3
    CRITIC = 4
    OBJECTIVE = 5
    OBJECTIVE_EVALUATION = 6
    CRITIC_NOISE = 7
    CRITIC_OBJECTIVE = 8
    IMPORTANCE = 9  # a draw takes the place of the epoch
    LINES = 10
    RUNS = 11
    PRETRAINING_ORDER = 12
    PRETRAINING_HIDDEN = 13
    PRETRAINING_VISIBLE = 14


def stream(seed: int, purpose: Purpose) -> torch.Generator:
    """The generator of one member's weights, on the CPU.

    Args:
        seed: of the member.
        purpose: what the numbers are for.
    """
    return torch.Generator().manual_seed(key(seed, purpose, 0))


def orders(
    seeds: Sequence[int],
    epoch: int,
    samples: int,
    device: torch.device | str = "cpu",
    purpose: Purpose = Purpose.ORDER,
) -> Tensor:
    """The order in which each seed sees the samples, [seed, sample]: they are sorted by random words."""
    keys = [words(key(seed, purpose, epoch), samples, device) for seed in seeds]
    if torch.device(device).type == "cpu":  # numpy sorts faster; distinct words have one order
        return torch.from_numpy(np.stack([drawn.numpy().argsort() for drawn in keys]))
    return torch.stack([drawn.argsort() for drawn in keys])


def normals(
    seeds: Sequence[int],
    purpose: Purpose,
    epoch: int,
    shape: tuple[int, ...],
    device: torch.device | str = "cpu",
    dtype: torch.dtype = torch.float64,
    first: int = 0,
) -> Tensor:
    """Standard normal numbers of each seed, [seed, *shape], computed in float64.

    An epoch has a stream of its own for every `first`, the place of a batch, where numbers are drawn by the batch.

    Two from a word: r cos t and r sin t with r^2 = -2 ln u, t = 2 pi v and u, v the word's halves, uniform in (0, 1).

    Reference: Box & Muller (1958).
    """
    count = math.prod(shape)
    each = (_normals(key(seed, purpose, epoch, first), count, device) for seed in seeds)
    return torch.stack([numbers.to(dtype).view(shape) for numbers in each])


def uniforms(
    seeds: Sequence[int],
    purpose: Purpose,
    epoch: int,
    shape: tuple[int, ...],
    device: torch.device | str = "cpu",
    dtype: torch.dtype = torch.float64,
    first: int = 0,
) -> Tensor:
    """Uniform numbers of each seed, k / 2^24 for k from 0 to 2^24 - 1, [seed, *shape]; arguments as of `normals`."""
    count = math.prod(shape)
    each = (_shifted(words(key(seed, purpose, epoch, first), count, device), 40) for seed in seeds)
    return torch.stack([word.to(dtype).mul_(2.0**-24).view(shape) for word in each])


def words(key: int, count: int, device: torch.device | str = "cpu") -> Tensor:
    """Random 64-bit words of a stream, [count] of int64.

    Word i is a bijective hash of key + (i + 1) g, so that no two of a stream are equal.

    Args:
        key: of the stream, a whole number of 64 bits.
        count: of words, from the first.
        device: where they are computed.

    Reference: Steele, Lea & Flood (2014), Fast Splittable Pseudorandom Number Generators.
    """
    x = torch.arange(1, count + 1, device=device).mul_(GOLDEN).add_(key - 2**64 if key >= 2**63 else key)
    for shift, factor in ((30, -0x40A7B892E31B1A47), (27, -0x6B2FB644ECCEEE15)):
        x = x.bitwise_xor_(_shifted(x, shift)).mul_(factor)
    return x.bitwise_xor_(_shifted(x, 31))


def _normals(key: int, count: int, device: torch.device | str) -> Tensor:
    word = words(key, -(-count // 2), device)
    u, v = (half.double().add_(0.5).mul_(2.0**-32) for half in (_shifted(word, 32), word & 0xFFFFFFFF))
    radius, angle = u.log_().mul_(-2).sqrt_(), v.mul_(2 * math.pi)
    return torch.cat([radius * angle.cos(), radius * angle.sin()])[:count]


def _shifted(x: Tensor, bits: int) -> Tensor:
    """x >> bits with zeros shifted in."""
    return (x >> bits) & ((1 << (64 - bits)) - 1)


def key(seed: int, purpose: Purpose, epoch: int, first: int = 0) -> int:
    """A stream's key, 64 bits: of a seed, a purpose, an epoch and the first sample that it is for."""
    return int(np.random.SeedSequence([seed, int(purpose), epoch, first]).generate_state(1, np.uint64)[0])
