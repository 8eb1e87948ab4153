"""Many symmetric banded systems at once: LDL' factors whose innermost axis is the system."""

from typing import NamedTuple

import torch
from jaxtyping import Bool, Float
from torch import Tensor

Band = Float[Tensor, "row offset system"]  # entry (s, s + offset), offset 0 to the half bandwidth
Vectors = Float[Tensor, "row system"]


class Solution(NamedTuple):
    """Solutions of |A| x = b, and where A has negative curvature.

    |A| = L |D| L' for A = LDL': positive definite, and A itself where A is.
    """

    x: Vectors
    indefinite: Bool[Tensor, " system"]
    downward: Vectors  # where A is indefinite a direction p with p'Ap < 0, else zero


def solve(band: Band, right: Vectors, floor: Float[Tensor, " system"]) -> Solution:
    """Factor without pivoting and solve.

    Args:
        band: upper halves of the matrices; unchanged.
        right: right-hand sides.
        floor: smallest size of a pivot of each system, above zero.
    """
    rows, width, systems = band.shape
    reach = width - 1
    # the lower half is room for the other triangle of each update, which is never read
    work = band.new_zeros(rows + reach, 2 * reach + 1, systems)
    work[:rows, reach:] = band
    y = right.new_zeros(rows + reach, systems)
    y[:rows] = right
    pivots = band.new_empty(rows, systems)
    raw = band.new_empty(rows, systems)
    row, place, lane = work.stride()
    for s in range(rows):
        raw[s] = work[s, reach]
        torch.maximum(raw[s].abs(), floor, out=pivots[s])
        upper = work[s, reach + 1 :]
        factor = upper / pivots[s] if reach else upper
        start = (s + 1) * row + reach * place
        square = work.as_strided((reach, reach, systems), (row - place, place, lane), start)
        square.addcmul_(factor[:, None], upper[None], value=-1)
        y[s + 1 : s + width].addcmul_(factor, y[s], value=-1)
        upper.copy_(factor)
    indefinite = (raw < 0).any(0)
    x = torch.zeros_like(y)
    x[:rows] = y[:rows] / pivots
    _substitute(work, x, rows, reach)
    downward = torch.zeros_like(right)
    if indefinite.any():
        some = torch.nonzero(indefinite)[:, 0]
        p = y.new_zeros(rows + reach, len(some))
        p[(raw[:, some] < 0).int().argmax(0), torch.arange(len(some), device=p.device)] = 1
        _substitute(work[:, :, some], p, rows, reach)
        downward[:, some] = p[:rows]
    return Solution(x[:rows], indefinite, downward)


def form(band: Band, x: Vectors) -> Float[Tensor, " system"]:
    """x'Ax."""
    total = (band[:, 0] * x * x).sum(0)
    for offset in range(1, band.shape[1]):
        total += 2 * (band[:-offset, offset] * x[:-offset] * x[offset:]).sum(0)
    return total


def _substitute(work: Tensor, x: Tensor, rows: int, reach: int) -> None:
    """Solve L'x = x in place."""
    for s in reversed(range(rows)):
        x[s] -= (work[s, reach + 1 :] * x[s + 1 : s + 1 + reach]).sum(0)
