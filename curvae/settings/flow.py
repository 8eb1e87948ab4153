"""Settings of what is measured of flows of images."""

from itertools import pairwise
from typing import Annotated, Literal

from pydantic import Field, Strict, field_validator

from curvae.settings.base import Count, Positive, Real, Settings, Whole, axis

Attribute = Literal["slant", "thickness", "width", "size"]


class ImageFlow(Settings):
    """Likelihood, samples and edits of an experiment whose model is a flow of images."""

    samples: Annotated[int, Strict(), Field(ge=2)] = Field(
        500, description="test images whose bits are counted, at most"
    )
    draws: Count = Field(10, description="draws of the noise within a level for the tighter of two bounds")
    temperature: Positive = Field(0.7, description="deviation of the normal numbers that samples are made from")
    attributes: axis(Attribute) = Field(
        ("slant", "thickness", "width"), description="what is measured on images, and moved along a direction of codes"
    )
    codes: Annotated[int, Strict(), Field(ge=4)] = Field(
        5000, description="training images whose codes give the directions, at most"
    )
    edited: Annotated[int, Strict(), Field(ge=2)] = Field(200, description="test images that are edited, at most")
    strengths: Annotated[tuple[Real, ...], Field(min_length=2)] = Field(
        (-1.0, -0.5, 0.0, 0.5, 1.0), description="of the edits, ascending [differences of the class means]"
    )
    seed: Whole = Field(0, description="seed of the noise")

    @field_validator("strengths")
    @classmethod
    def _ascending(cls, strengths: tuple[float, ...]) -> tuple[float, ...]:
        if any(after <= before for before, after in pairwise(strengths)):
            raise ValueError("allowed: ascending numbers")
        return strengths
