"""Settings of what is measured in a latent space: densities of codes, geometry of a decoder, likely directions."""

from typing import Annotated, Literal

from pydantic import Field

from curvae.settings.base import Count, Name, Positive, Settings, Whole, axis


class Density(Settings):
    """Densities fitted to the codes of an experiment's shown member: prior, Gaussian, flows."""

    steps: Count = Field(1000, description="optimiser's steps of each flow")
    seed: Whole = 0


class LearntRing(Settings):
    """What an autoencoder and a flow learn of the ring."""

    experiment: Name = Field(description="an experiment with two latents on `ring` data; its shown member is used")
    steps: Count = Field(600, description="optimiser's steps of the flow")
    seed: Whole = Field(0, description="seed of the flow and of all draws")


class Precision(Settings):
    """A standard deviation that grows away from the data: radial functions on the precision, fitted after training."""

    centres: Count = Field(64, description="radial functions")
    width: Positive = Field(2.0, description="their width over the size of a cluster")
    bandwidth: Literal["distance", "covariance"] = Field(
        "distance",
        description="a cluster's size: mean distance of its codes to its centre, or their standard deviation a latent",
    )
    floor: Positive = Field(1.0, description="precision far from the data [1 / intensity squared]")
    iterations: Count = Field(100, description="steps of the fit")
    samples: Count = Field(2000, description="training samples it is fitted to")


class Mixtures(Settings):
    """LAND and Gaussian mixtures, a component a class."""

    codes: Count = Field(30, description="training codes of a class")
    held_out: Count = Field(50, description="test codes of a class, on which the log-likelihood is measured")
    samples: Annotated[Count, Field(ge=16)] = Field(300, description="Monte Carlo samples of a LAND's normaliser")
    iterations: Count = Field(50, description="largest number of steps of LAND's expectation maximisation")


class Groups(Settings):
    """Classes of test codes, told apart under the Riemannian and the Euclidean distance."""

    factors: axis(str) = Field(
        description="factors that classes are made of: the values of one with at most 10 whole values from 0 on, "
        "else the halves of up to 3"
    )
    subsets: axis(tuple[Whole, ...]) = Field(
        description="sets of classes to tell apart, each a task of its own; of halves, the sum of 1, 2 and 4 for "
        "the upper half of the first, second and third factor names a class"
    )
    codes: Count = Field(20, description="codes of a class in a draw")
    repeats: Count = Field(3, description="draws of every subset")
    neighbours: Count = Field(7, description="votes of nearest-neighbour classification")
    map: Annotated[Count, Field(ge=2)] = Field(20, description="points a side of the maps of regions and densities")
    mixtures: Mixtures = Mixtures()


class Walks(Settings):
    """Random walks by the metric and by the Euclidean one."""

    paths: Count = Field(20, description="walks of each kind")
    steps: Count = Field(500, description="of a walk")
    stride: Positive = Field(0.15, description="standard deviation of a Euclidean step in each latent [prior s.d.]")


class Geometry(Settings):
    """The pull-back geometry of one decoder, and what it makes of its codes."""

    experiment: Name = Field(description="a name under `experiments`; its shown member's decoder is used")
    precision: Precision | None = Field(None, description="standard deviation of the decoder; without it none")
    accuracy: Annotated[Positive, Field(le=0.5)] = Field(
        0.01,
        description="relative error of the metric's table at 99 % of the places around the codes; finer costs more",
    )
    pairs: Count = Field(30, description="geodesics between pairs of test codes")
    grid: Annotated[Count, Field(ge=2)] = Field(80, description="points a side of maps of the magnification factor")
    pieces: Annotated[int, Field(ge=2, le=512)] = Field(512, description="polynomial pieces of the finest curves")
    codes: Annotated[Count, Field(ge=2)] = Field(60, description="test codes between which all distances are found")
    groups: Groups | None = Field(None, description="what clusters, neighbours and mixtures are made of")
    walks: Walks = Walks()
    seed: Whole = Field(0, description="seed of every choice")


class Directions(Settings):
    """Likely and unlikely directions at the codes of an experiment's shown member."""

    points: Count = Field(300, description="test codes looked at")
    neighbours: Annotated[Count, Field(ge=2)] = Field(200, description="nearest codes or steps of a local covariance")
    dynamics: Name | None = Field(
        None,
        description="a name under `dynamics`, of the same experiment; its first predictor with mixtures is asked",
    )
    step: Positive = Field(0.5, description="length of the moves whose effect on images is measured [prior s.d.]")
    seed: Whole = 0
