"""Settings of predictors of latent sequences, and of their rollouts."""

from typing import Literal

from pydantic import Field

from curvae.settings.base import Count, Name, NonNegative, Settings, Whole, axis
from curvae.settings.model import Cell
from curvae.settings.train import Budget


class Dynamics(Settings):
    """Recurrent networks on an experiment's latent statistics, and their rollouts."""

    experiment: Name = Field(description="a name under `experiments`, on a data set of trajectories")
    cells: axis(Cell) = ("elman", "gru", "lstm")
    hidden: Count = 64
    inputs: Literal["statistics", "means"] = Field(
        "statistics", description="statistics: means and log-variances; means: the means alone"
    )
    seeds: axis(Whole) = Field((0,), description="seeds of the recurrent networks, trained side by side")
    train: Budget = Budget(epochs=100, batch=50, lr=2e-3, schedule="cosine", clip=1.0)
    noise: NonNegative = Field(0.0, description="noise added to the inputs in training [standard deviations]")
    window: Count = Field(40, description="frames of a training sequence, cut from the training trajectories")
    stride: Count = Field(5, description="frames between the starts of training sequences")
    rollout: Count = Field(1, description="frames of closed loop at the end of a training sequence")
    warmup: Count = Field(10, description="frames seen before the closed loop")
    horizon: Count = Field(100, description="frames predicted")
    trajectories: Count = Field(100, description="test trajectories rolled out")
