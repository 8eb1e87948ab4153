"""What `geodesics` refuses before any work."""

import torch
from torch import Tensor

from curvae.geometry.table import MetricTable
from curvae.types import Codes, Curves

FINEST = 512  # pieces


def check(
    starts: Codes,
    ends: Codes,
    pieces: int,
    iterations: int,
    accuracy: float,
    tolerance: float,
    initial: Curves | None,
    table: MetricTable | None,
    bounds: tuple[Tensor, Tensor] | None,
) -> None:
    """See `curvae.geometry.geodesic.geodesics`.

    Raises:
        ValueError: shapes differ, a point is not finite, or a setting is out of range.
    """
    if starts.ndim != 2 or starts.shape != ends.shape or not starts.is_floating_point() or not starts.numel():
        raise ValueError(
            f"starts {tuple(starts.shape)} {starts.dtype} and ends {tuple(ends.shape)}: "
            "must be equal shapes [pair, latent] of floats, none of them empty"
        )
    if ends.dtype != starts.dtype:
        raise ValueError(f"ends have {ends.dtype}: must be {starts.dtype} as the starts")
    if not (torch.isfinite(starts).all() and torch.isfinite(ends).all()):
        raise ValueError("starts and ends hold values that are not finite: must be finite")
    if not 2 <= pieces <= FINEST or iterations < 1:
        raise ValueError(f"pieces is {pieces}, iterations {iterations}: must be 2 to {FINEST} and at least 1")
    for name, value in (("accuracy", accuracy), ("tolerance", tolerance)):
        if not 0 < value < torch.inf:
            raise ValueError(f"{name} = {value:g}: allowed: a finite number above 0")
    if initial is not None and (initial.ndim != 3 or initial.shape[::2] != starts.shape or initial.shape[1] < 3):
        raise ValueError(f"initial has shape {tuple(initial.shape)}: must be [pair, time >= 3, latent]")
    latents = starts.shape[1]
    if table is not None and table.dim != latents:
        raise ValueError(f"table has {table.dim} latents, starts have {latents}: must be as many")
    if bounds is not None:
        fits = len(bounds) == 2 and all(corner.shape == (latents,) for corner in bounds)
        if not fits or not (bounds[0] < bounds[1]).all():
            said = ", ".join(str(corner.tolist()) for corner in bounds)
            raise ValueError(f"bounds = {said}: allowed: two corners of {latents} latents, the first below the second")
