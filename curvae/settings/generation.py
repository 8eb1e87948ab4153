"""Settings of the measures of generated samples."""

from typing import Annotated

from pydantic import Field, Strict

from curvae.settings.base import Count, Name, Settings, Whole, axis


class Between(Settings):
    """Measures of what some experiments on one data set of images decode between the codes of test images."""

    experiments: axis(Name) = Field(description="names under `experiments`, with an encoder, all on the same data")
    label: str = Field("digit", description="factor in whose values the two images of a pair differ")
    pairs: Annotated[int, Strict(), Field(ge=3)] = Field(200, description="of test images")
    steps: Annotated[int, Strict(), Field(ge=2)] = Field(9, description="of a straight line, with both ends")
    train: Count = Field(10000, description="training images among which the nearest is looked for, at most")
    seed: Whole = Field(0, description="seed of the pairs")


class Generation(Settings):
    """Measures of what the members of some experiments on one data set of images draw."""

    experiments: axis(Name) = Field(description="names under `experiments`, all on the same data")
    label: str = Field("digit", description="factor that a classifier learns, whose features images are compared in")
    samples: Count = Field(2000, description="draws of every member, and real images, at most")
    train: Count = Field(10000, description="training images that the classifier learns from, at most")
    epochs: Count = Field(5, description="passes of the classifier")
    seed: Whole = 0
