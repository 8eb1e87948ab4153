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
    factor: Float[Tensor, "row place system"]  # L', beyond its diagonal of ones
    pivots: Vectors  # D

    def downward(self, systems: Bool[Tensor, " system"]) -> Vectors:
        """A direction p with p'Ap < 0 in each of some systems that are indefinite, zero in the others."""
        found = torch.zeros_like(self.x)
        some = torch.nonzero(systems & self.indefinite)[:, 0]
        p = found.new_zeros(len(found), len(some))
        p[(self.pivots[:, some] < 0).int().argmax(0), torch.arange(len(some), device=p.device)] = 1
        found[:, some] = _substituted(self.factor[..., some], p)
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
    factor = band.new_empty(rows, reach, systems)
    y = right.new_zeros(rows + reach, systems)
    y[:rows] = right
    pivots = band.new_empty(rows, systems)
    row, place, lane = work.stride()
    for s in range(rows):
        torch.maximum(work[s, reach].abs(), floor, out=pivots[s])
        upper = work[s, reach + 1 :]
        torch.div(upper, pivots[s], out=factor[s])
        square = work.as_strided((reach, reach, systems), (row - place, place, lane), (s + 1) * row + reach * place)
        square.addcmul_(factor[s, :, None], upper[None], value=-1)
        y[s + 1 : s + width].addcmul_(factor[s], y[s], value=-1)
    raw = work[:rows, reach].clone()
    return Solution(_substituted(factor, y[:rows] / pivots), (raw < 0).any(0), factor, raw)


def _substituted(factor: Float[Tensor, "row place system"], x: Vectors) -> Vectors:
    """Solve L'x = x in place, a column of L' at a time."""
    rows, reach, systems = factor.shape
    row, place, lane = factor.stride()
    for s in range(rows - 1, 0, -1):
        first = max(0, s - reach)
        start = first * row + (s - 1 - first) * place
        x[first:s].addcmul_(factor.as_strided((s - first, systems), (row - place, lane), start), x[s], value=-1)
    return x
