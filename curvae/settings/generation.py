"""Settings of the measures of generated samples."""

from pydantic import Field

from curvae.settings.base import Count, Name, Settings, Whole, axis


class Generation(Settings):
    """Measures of what the members of some experiments on one data set of images draw."""

    experiments: axis(Name) = Field(description="names under `experiments`, all on the same data")
    label: str = Field("digit", description="factor that a classifier learns, whose features images are compared in")
    samples: Count = Field(2000, description="draws of every member, and real images, at most")
    train: Count = Field(10000, description="training images that the classifier learns from, at most")
    epochs: Count = Field(5, description="passes of the classifier")
    seed: Whole = 0
