"""Levels of grey as cells of a line, so that a density of numbers is one of levels.

P(k) = E p(y) |dy/du| with u uniform in (0, 1) and y running through the cell of k; -log P(k) <= -E log p(y) |dy/du|.

Reference: Theis, van den Oord & Bethge (2016), A Note on the Evaluation of Generative Models, section 3.1.
"""

import math
from typing import Any

import torch
from torch import Tensor

LOG_ROOT_TWO_PI = 0.5 * math.log(2 * math.pi)


def level_logits(levels: Tensor, count: int) -> Tensor:
    """ln of each level's share of all pixels, [member, count]; each is counted once more than it is seen.

    Args:
        levels: whole numbers from 0 to count - 1, [member, sample, pixel].
        count: of levels.
    """
    seen = torch.stack([torch.bincount(own.flatten().long(), minlength=count) for own in levels])
    return ((seen + 1) / (seen + 1).sum(1, keepdim=True)).log()


def place(levels: Tensor, u: Tensor, count: int, logits: Tensor | None) -> tuple[Tensor, Tensor]:
    """y, and log dy/du, both of the shape of the levels.

    Without logits the cells are equal, y = (k + u) / count - 1/2. Else they are as probable under N(0, 1) as the levels
    k are with P = softmax(logits), y = Phi^-1(P(< k) + P(k) u): levels of these probabilities become standard normal.

    Args:
        levels: k, [member, sample, pixel].
        u: from 0 to 1.
        count: of levels.
        logits: of the cells, [member, count].
    """
    if logits is None:
        return (levels + u) / count - 0.5, torch.full_like(u, -math.log(count))
    logs = logits.log_softmax(1)
    shares = logs.exp()
    below = shares.cumsum(1) - shares
    index = levels.long().flatten(1)
    log_share, share, under = (part.gather(1, index).view(levels.shape) for part in (logs, shares, below))
    edge = torch.finfo(u.dtype).eps
    y = torch.special.ndtri((under + share * u).clamp(edge, 1 - edge))
    return y, log_share + 0.5 * y.square() + LOG_ROOT_TWO_PI


def levels_in(y: Tensor, count: int, logits: Tensor | None) -> Tensor:
    """The levels in whose cells numbers lie, or to which they are next; arguments as of `place`."""
    if logits is None:
        return torch.floor((y + 0.5) * count).clamp(0, count - 1)
    edges = logits.softmax(1).cumsum(1)[:, :-1].contiguous()
    found = torch.searchsorted(edges, torch.special.ndtr(y).flatten(1), right=True)
    return found.view(y.shape).to(y.dtype)


def bits_per_dimension(log_prob: Any, dim: int, count: int = 1) -> Any:
    """-log2 of the probability of the levels, a dimension: (-log p / dim + ln count) / ln 2.

    Args:
        log_prob: of the levels, or of what lies in their cells, in nats.
        dim: numbers in an image.
        count: of levels, if `log_prob` is of images in equal cells of width 1 / count.
    """
    return (-log_prob / dim + math.log(count)) / math.log(2)
