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
    factor: Float[Tensor, "row place system"]  # L' beside what elimination left over
    pivots: Vectors  # D

    def downward(self, systems: Bool[Tensor, " system"]) -> Vectors:
        """A direction p with p'Ap < 0 in each of some systems that are indefinite, zero in the others."""
        found = torch.zeros_like(self.x)
        some = torch.nonzero(systems & self.indefinite)[:, 0]
        rows, reach = len(self.x), len(self.factor) - len(self.x)
        p = found.new_zeros(len(self.factor), len(some))
        p[(self.pivots[:, some] < 0).int().argmax(0), torch.arange(len(some), device=p.device)] = 1
        _substitute(self.factor[:, :, some], p, rows, reach)
        found[:, some] = p[:rows]
        return found


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
    return Solution(x[:rows], indefinite, work, raw)


def _substitute(work: Tensor, x: Tensor, rows: int, reach: int) -> None:
    """Solve L'x = x in place."""
    for s in reversed(range(rows)):
        x[s] -= (work[s, reach + 1 :] * x[s + 1 : s + 1 + reach]).sum(0)
