"""Lengths of polylines, and the smooth curves of constant speed that follow them."""

import torch
from jaxtyping import Float
from torch import Tensor

from curvae.geometry.metric import Metric, squared_speed
from curvae.geometry.splines import Control, controls, fit
from curvae.types import Curves

PARTS = 128  # of a polyline, about


def curve_length(metric: Metric, points: Curves, *, substeps: int = 16) -> Float[Tensor, " pair"]:
    """Length of polylines by the midpoint rule, sum sqrt(d'M(midpoint)d) over parts d of their chords.

    Args:
        metric: a `PullbackMetric` or any object with `matrix`.
        points: vertices [pair, time, latent], two or more times.
        substeps: parts of a chord.

    Raises:
        ValueError: `points` has another rank or fewer than two times, or `substeps` is below 1.
    """
    if points.ndim != 3 or points.shape[1] < 2:
        raise ValueError(f"points have shape {tuple(points.shape)}: must be [pair, time >= 2, latent]")
    if substeps < 1:
        raise ValueError(f"substeps is {substeps}: must be at least 1")
    part = points.diff(dim=1)[:, :, None] / substeps
    place = torch.arange(substeps, dtype=points.dtype, device=points.device)[:, None] + 0.5
    middle = points[:, :-1, None] + part * place
    squared = squared_speed(metric, middle.flatten(0, 2), part.expand_as(middle).flatten(0, 2))
    return squared.clamp_min(0).sqrt().reshape(len(points), -1).sum(1)


def polyline_speeds(
    metric: Metric, points: Curves
) -> tuple[Float[Tensor, "pair part latent"], Float[Tensor, "pair part"]]:
    """Middles and lengths of the equal parts that the chords of polylines are divided into.

    Two Gauss nodes a part.
    """
    substeps = -(-PARTS // (points.shape[1] - 1))
    part = points.diff(dim=1)[:, :, None] / substeps
    first = points[:, :-1, None] + part * torch.arange(substeps).to(points)[:, None]
    size = 0
    for place in (0.5 - 3**-0.5 / 2, 0.5 + 3**-0.5 / 2):
        at = first + place * part
        size = size + squared_speed(metric, at.flatten(0, 2), part.expand_as(at).flatten(0, 2)).clamp_min(0).sqrt() / 2
    return (first + part / 2).flatten(1, 2), size.view(len(points), -1)


def constant_speed(metric: Metric, points: Curves, pieces: int) -> tuple[Control, Float[Tensor, " pair"]]:
    """Curves close to polylines, at constant speed, and the lengths of the polylines."""
    middles, sizes = polyline_speeds(metric, points)
    length = sizes.sum(1)
    even = torch.full_like(sizes, 1 / sizes.shape[1])
    share = torch.where((length > 0)[:, None], sizes / length[:, None], even)
    pace = (share.cumsum(1) - share / 2).nan_to_num()
    pace = torch.cat([torch.zeros_like(pace[:, :1]), pace, torch.ones_like(pace[:, :1])], dim=1)
    places = torch.cat([points[:, :1], middles, points[:, -1:]], dim=1)
    time = torch.linspace(0, 1, 4 * controls(pieces)).to(points)
    right = torch.searchsorted(pace, time.expand(len(pace), -1).contiguous()).clamp(1, pace.shape[1] - 1)
    before, after = pace.gather(1, right - 1), pace.gather(1, right)
    part = ((time - before) / (after - before).clamp_min(torch.finfo(time.dtype).tiny)).clamp(0, 1)[..., None]
    wide = right[..., None].expand(-1, -1, points.shape[2])
    return fit(torch.lerp(places.gather(1, wide - 1), places.gather(1, wide), part), time, pieces), length
