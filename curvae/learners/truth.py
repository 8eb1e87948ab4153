"""The system's own equation, on standardised states."""

from collections.abc import Sequence

import torch

from curvae import data
from curvae.learners import System
from curvae.settings.data import Trajectories


def system(settings: Trajectories, mean: Sequence[float] | float, deviation: Sequence[float] | float) -> System:
    """The step between two frames, as a system of one member without a state.

    Args:
        settings: of the data set.
        mean: of the training split; the attribute of `images`.
        deviation: likewise.
    """
    flow = data.flow(settings)
    shift, scale = (torch.tensor(value, dtype=torch.float64) for value in (mean, deviation))
    return System(lambda state, x: (state, (flow(x * scale + shift) - shift) / scale), lambda starts: None, [0])
