"""What `newton.descend`, `judge.judge` and `MetricTable.expand` do, for tables of two latents by compiled code."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import torch

from curvae.geometry.judge import Figures
from curvae.geometry.kernels import COUPLING, CURVATURE, FIGURES, FUNCTIONS, MATRIX, Packed, expanded, solved
from curvae.geometry.metric import Expansion
from curvae.geometry.newton import FIRST_DAMPING, KICK, LARGEST_DAMPING, LONGEST_STEP
from curvae.geometry.splines import FEW_SEEN, FEW_UNSEEN, ORDER, Control, grid
from curvae.types import Codes

SHARES = 8  # parts that each thread's curves come in, as some take longer than others

if FUNCTIONS != ORDER + 1:
    raise ValueError(f"kernels.FUNCTIONS = {FUNCTIONS}: allowed: {ORDER + 1}, for splines of order {ORDER}")


def expand(table: Packed, z: Codes, velocity: Codes) -> Expansion:
    """See `curvae.geometry.metric.expand`."""
    fields = torch.from_numpy(expanded(table, z.contiguous().numpy(), velocity.contiguous().numpy()))
    symmetric = [0, 1, 1, 2]
    matrix = fields[MATRIX:COUPLING][symmetric].unflatten(0, (2, 2))
    coupling = fields[COUPLING:CURVATURE].unflatten(0, (2, 2))
    curvature = fields[CURVATURE:][symmetric].unflatten(0, (2, 2))
    return Expansion(velocity.mT, matrix, fields[:2], fields[2:MATRIX], coupling, curvature)


def descend_and_judge(
    table: Packed, control: Control, pieces: int, *, iterations: int, last_step: float
) -> tuple[Control, Figures]:
    """Curves of least energy by a table, and their figures; as many threads as torch has.

    Args:
        table: see `MetricTable.packed`.
        control: where to begin, float64.
        pieces: of the curves.
        iterations: largest number of Newton steps.
        last_step: see `newton.descend`.
    """
    limits = (LONGEST_STEP, KICK, FIRST_DAMPING, LARGEST_DAMPING, last_step)
    grids = []
    for nodes in (FEW_SEEN, FEW_UNSEEN):
        g = grid(pieces, nodes, control)
        grids.append((g.value.numpy(), g.slope.numpy(), g.weight[:nodes].numpy(), g.within.numpy()))
    curves = control.permute(2, 1, 0).numpy().copy()
    figures = np.empty((len(curves), FIGURES))
    threads = max(1, min(torch.get_num_threads(), len(curves)))

    def solve(first: int) -> None:
        own = slice(first, None, SHARES * threads)
        part = curves[own].copy()
        figures[own] = solved(table, part, *grids, iterations, limits)
        curves[own] = part

    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(solve, range(SHARES * threads)))
    return torch.from_numpy(curves).permute(2, 1, 0), Figures(*torch.from_numpy(figures).mT)
