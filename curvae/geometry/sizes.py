"""How much is done at once: what a processor's caches hold, and many times as much where a card has the memory."""

from functools import lru_cache

import torch

UNIT = 2**30  # bytes that curves of a processor's sizes take at their peak, solved by torch, and to spare
SHARE = 0.5  # of a card's free memory that may be taken


@lru_cache
def times(device: torch.device) -> int:
    """By what the processor's sizes (pairs, pieces, points and rows at a time) are multiplied on a device.

    A card's memory is asked once, at its first use: what is free later is less by what torch keeps.
    """
    return fitting(torch.cuda.mem_get_info(device)[0]) if device.type == "cuda" else 1


def fitting(free: int) -> int:
    """The largest power of two, 1 or more, by which sizes can be multiplied in so many free bytes."""
    return 2 ** (max(1, int(SHARE * free) // UNIT).bit_length() - 1)
