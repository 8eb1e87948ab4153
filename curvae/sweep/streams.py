"""A member's random streams: functions of its seed, a purpose and an epoch, and of nothing else.

Members that share a seed share initial weights, batch order and noise, so that a difference
between two values of beta or lam is a paired one. Order and noise are counter-based: number i is a
hash of (seed, purpose, epoch, i), computed on the device that needs it, the same on every device: orders
exactly, normal numbers as far as its logarithm and cosine in float64 are.
"""

import math
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from enum import IntEnum

import numpy as np
import torch
from torch import Tensor

GOLDEN = -0x61C8864680B583EB  # 2^64 / golden ratio as a signed word
TOGETHER = {"cpu": 2**18}  # words that all streams together make at a time: on a CPU as many as stay in its caches


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
    parts = torch.cat(list(_parts(keys(seeds, purpose, epoch, [0], device)[0], samples)))
    if parts.device.type != "cpu":
        return parts.argsort()
    with ThreadPoolExecutor(torch.get_num_threads()) as pool:  # numpy sorts faster; distinct words have one order
        return torch.from_numpy(np.stack(list(pool.map(np.argsort, parts.numpy()))))


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
    return normals_of(keys(seeds, purpose, epoch, [first], device)[0], shape, dtype)


def normals_of(streams: Tensor, shape: tuple[int, ...], dtype: torch.dtype = torch.float64) -> Tensor:
    """Standard normal numbers of streams by their `keys` [stream], on the device of these, [stream, *shape]."""
    count = math.prod(shape)
    parts = (_normals(word, count) for word in _parts(streams, -(-count // 2)))
    return torch.cat([numbers.to(dtype).view(len(numbers), *shape) for numbers in parts])


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
    return uniforms_of(keys(seeds, purpose, epoch, [first], device)[0], shape, dtype)


def uniforms_of(streams: Tensor, shape: tuple[int, ...], dtype: torch.dtype = torch.float64) -> Tensor:
    """Uniform numbers of streams by their `keys` [stream], on the device of these, [stream, *shape]."""
    parts = (_shifted(word, 40) for word in _parts(streams, math.prod(shape)))
    return torch.cat([word.to(dtype).mul_(2.0**-24).view(len(word), *shape) for word in parts])


def words(key: int | Tensor, count: int, device: torch.device | str = "cpu") -> Tensor:
    """Random 64-bit words of a stream, [count] of int64; of many streams [stream, count].

    Word i is a bijective hash of key + (i + 1) g, so that no two of a stream are equal.

    Args:
        key: of the stream, a whole number of 64 bits; of many streams [stream, 1], signed.
        count: of words, from the first.
        device: where they are computed.

    Reference: Steele, Lea & Flood (2014), Fast Splittable Pseudorandom Number Generators.
    """
    x = torch.arange(1, count + 1, device=device).mul_(GOLDEN)
    x = x + key if isinstance(key, Tensor) else x.add_(_signed(key))
    for shift, factor in ((30, -0x40A7B892E31B1A47), (27, -0x6B2FB644ECCEEE15)):
        x = x.bitwise_xor_(_shifted(x, shift)).mul_(factor)
    return x.bitwise_xor_(_shifted(x, 31))


def _parts(streams: Tensor, count: int) -> Iterator[Tensor]:
    """Words of streams by their keys, [stream, count], as many streams at a time as pay."""
    for some in streams.split(max(1, TOGETHER.get(streams.device.type, 2**24) // max(count, 1))):
        yield words(some[:, None], count, streams.device)


def _normals(word: Tensor, count: int) -> Tensor:
    """Two from each word of [stream, word], of which the last may be left out."""
    u, v = (half.double().add_(0.5).mul_(2.0**-32) for half in (_shifted(word, 32), word & 0xFFFFFFFF))
    radius, angle = u.log_().mul_(-2).sqrt_(), v.mul_(2 * math.pi)
    return torch.cat([radius * angle.cos(), radius * angle.sin()], dim=1)[:, :count].contiguous()


def _shifted(x: Tensor, bits: int) -> Tensor:
    """x >> bits with zeros shifted in."""
    return (x >> bits) & ((1 << (64 - bits)) - 1)


def keys(
    seeds: Sequence[int], purpose: Purpose, epoch: int, firsts: Sequence[int], device: torch.device | str = "cpu"
) -> Tensor:
    """The keys of seeds' streams as signed words on a device, [first, seed]: one copy from the host."""
    rows = [[_signed(key(seed, purpose, epoch, first)) for seed in seeds] for first in firsts]
    return torch.tensor(rows, device=device)


def _signed(word: int) -> int:
    return word - 2**64 if word >= 2**63 else word


def key(seed: int, purpose: Purpose, epoch: int, first: int = 0) -> int:
    """A stream's key, 64 bits: of a seed, a purpose, an epoch and the first sample that it is for."""
    return int(np.random.SeedSequence([seed, int(purpose), epoch, first]).generate_state(1, np.uint64)[0])
