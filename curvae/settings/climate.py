"""Settings of learners of a chaotic system, and of what is measured of its climate."""

from typing import Annotated, Literal

from pydantic import Field

from curvae.settings.base import Count, Name, NonNegative, Positive, Real, Seed, Settings, Whole, axis
from curvae.settings.model import Cell
from curvae.settings.train import Budget


class Reservoir(Settings):
    """Random recurrent networks of which ridge regression learns the read-out."""

    kind: Literal["reservoir"]
    units: Count = 300
    degree: Positive = Field(6.0, description="mean number of links into a unit")
    radius: NonNegative = Field(0.1, description="spectral radius of the links")
    input_scale: NonNegative = Field(0.3, description="largest weight of an input")
    bias_scale: NonNegative = Field(0.5, description="largest bias")
    leak: Annotated[Real, Field(gt=0, le=1)] = Field(1.0, description="share of a unit that is new in every step")
    squares: bool = Field(True, description="square every second unit before the read-out")
    penalty: NonNegative = Field(1e-8, description="of the squared read-out, beside the error summed over frames")
    washout: Whole = Field(100, description="frames at the start of a trajectory that do not count")
    trajectories: Count = Field(2, description="training trajectories that the read-out is fitted on")


class Recurrent(Settings):
    """Recurrent networks trained by backpropagation through time."""

    kind: Literal["recurrent"]
    cell: Cell
    hidden: Count = Field(40, description="units of the recurrent state")
    window: Count = Field(30, description="frames of a training sequence, cut from the training trajectories")
    stride: Count = Field(5, description="frames between the starts of training sequences")
    warmup: Count = Field(5, description="frames at the start of a sequence whose predictions do not count")
    rollout: Count = Field(1, description="frames of closed loop at the end of a training sequence")
    noise: NonNegative = Field(1e-3, description="noise added to the inputs in training [standard deviations]")
    train: Budget = Budget(epochs=10, batch=32, lr=1e-2, schedule="cosine")


Learner = Annotated[Reservoir | Recurrent, Field(discriminator="kind")]
LEARNER_KINDS = ("reservoir", "recurrent")


class Climate(Settings):
    """A chaotic system, those who learn it, and what their orbits in closed loop are asked."""

    data: Name = Field(description="a name under `data`, of kind lorenz or kuramoto_sivashinsky")
    learners: dict[Name, Learner] = Field(min_length=1, description="learners by name; `truth` is taken")
    seeds: axis(Seed) = Field((0, 1, 2, 3, 4), description="seeds of every learner")
    warmup: Count = Field(100, description="test frames seen before the closed loop")
    starts: Annotated[Count, Field(ge=2)] = Field(50, description="test trajectories predicted")
    horizon: Count = Field(900, description="frames compared with the truth")
    free: Annotated[Count, Field(ge=8)] = Field(1500, description="frames after them, of which statistics are taken")
    coordinate: Whole = Field(2, description="entry of the state whose maxima and power spectrum are taken")
    segment: Annotated[Count, Field(ge=8)] = Field(512, description="frames of a segment of the power spectrum")
    exponents: Count = Field(3, description="Lyapunov exponents of every seed, from the largest down")
    orbits: Annotated[Count, Field(ge=2)] = Field(50, description="starts whose exponents are measured")
    steps: Count = Field(1500, description="frames over which exponents are measured, after `free`")
    discard: Whole = Field(400, description="frames before them, in which tangent vectors align")
    every: Count = Field(5, description="frames between two QR decompositions")
    whole: Whole = Field(
        300,
        description="frames over which all exponents of every seed are measured, in one orbit; 0: they are not",
    )
