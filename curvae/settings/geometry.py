"""Settings of what is measured in a latent space: densities of codes, geometry of a decoder."""

from typing import Annotated

from pydantic import Field

from curvae.settings.base import Count, Name, Settings, Whole


class Density(Settings):
    """Densities fitted to the codes of an experiment's shown member: prior, Gaussian, flows."""

    steps: Count = Field(1000, description="optimiser's steps of each flow")
    seed: Whole = 0


class Geometry(Settings):
    """The pull-back geometry of one decoder and geodesics between codes."""

    experiment: Name = Field(description="a name under `experiments`; its shown member's decoder is used")
    pairs: Count = Field(30, description="geodesics between pairs of test codes")
    grid: Count = Field(80, description="points a side of the map of the magnification factor")
    pieces: Annotated[int, Field(ge=2, le=512)] = Field(512, description="polynomial pieces of the finest curves")
    seed: Whole = Field(0, description="seed of the choice of pairs")
