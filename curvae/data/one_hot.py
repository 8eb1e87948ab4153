"""A few data points, over and over: the rows of the unit matrix."""

import numpy as np
import xarray as xr

from curvae.data.layout import SPLITS, assemble
from curvae.settings.data import OneHot


def make(settings: OneHot) -> xr.Dataset:
    """Point k of n is the k-th row of the n x n unit matrix; every split repeats all of them in turn.

    No model can give all n points a mean log-likelihood above -ln n. Factor: `point`, the number k from 0.

    Args:
        settings: number of points and of samples; nothing is drawn.
    """
    counts = [getattr(settings.samples, name) for name in SPLITS]
    point = np.concatenate([np.arange(count) % settings.points for count in counts])
    return assemble(
        settings,
        title=f"{settings.points} points, the rows of the unit matrix",
        images=xr.Variable(("sample", "feature"), np.eye(settings.points, dtype=np.float32)[point]),
        factors={"point": (point, "1")},
        split=np.repeat(np.arange(3), counts),
    )
