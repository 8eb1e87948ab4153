"""Settings of the data sets, one class a kind."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from curvae.settings.base import Count, Fraction, NonNegative, Positive, Real, Settings, Whole


class Sizes(Settings):
    """How many of something each split has."""

    train: Count
    validation: Count
    test: Count


class BouncingBall(Settings):
    """A blob of light whose centre reflects elastically off the walls of a square box."""

    kind: Literal["bouncing_ball"]
    seed: Whole = 0
    size: Count = Field(28, description="image side [px]")
    margin: NonNegative = Field(3.0, description="distance of the walls from the outermost pixel centres [px]")
    radius: Positive = Field(1.5, description="standard deviation of the blob [px]")
    speed: tuple[Real, Real] = Field((0.5, 2.0), description="range of the speed [px/frame]")
    trajectories: Sizes = Sizes(train=400, validation=50, test=100)
    frames: Count = Field(80, description="frames of a training or validation trajectory")
    test_frames: Count = Field(210, description="frames of a test trajectory")

    @model_validator(mode="after")
    def _fits(self):
        if self.size - 1 - 2 * self.margin <= 0:
            room = f"allowed: below {(self.size - 1) / 2}"
            raise ValueError(f"margin = {self.margin}: leaves no room in an image of {self.size} px; {room}")
        low, high = self.speed
        if not 0 < low <= high:
            raise ValueError(f"speed = [{low}, {high}]: allowed: 0 < lowest <= highest")
        return self


class Uniform(Settings):
    """Points drawn uniformly from the unit square."""

    kind: Literal["uniform"]
    seed: Whole = 0
    samples: Sizes = Sizes(train=10000, validation=2000, test=2000)


class Mnist(Settings):
    """The MNIST digits; validation is the end of the official training set."""

    kind: Literal["mnist"]
    seed: Whole = Field(0, description="seed of the binarisation")
    binarize: bool = Field(True, description="draw each pixel once from Bernoulli(intensity)")
    folder: str | None = Field(None, description="folder with the four raw idx files (plain or .gz); looked in first")
    train: Annotated[Count, Field(le=50000)] = 50000
    validation: Annotated[Count, Field(le=10000)] = 10000
    test: Annotated[Count, Field(le=10000)] = 10000


class Own(Settings):
    """A user's arrays from a .npz, .npy or zarr store."""

    kind: Literal["own"]
    seed: Whole = Field(0, description="seed of the split")
    path: str = Field(description="file or zarr folder with the arrays")
    images: str = Field("images", description="name of the array of images (sample first); ignored for .npy")
    factors: str | None = Field(None, description="name of the array of factors (sample, factor)")
    factor_names: tuple[str, ...] | None = Field(None, description="names of the factors, in order")
    validation: Fraction = Field(0.1, description="share of the samples for validation")
    test: Fraction = Field(0.1, description="share of the samples for testing")

    @model_validator(mode="after")
    def _fits(self):
        if not (self.validation > 0 and self.test > 0 and self.validation + self.test < 1):
            raise ValueError(
                f"validation = {self.validation}, test = {self.test}: allowed: both above 0, together below 1"
            )
        return self


DataSettings = Annotated[BouncingBall | Uniform | Mnist | Own, Field(discriminator="kind")]
DATA_KINDS = ("bouncing_ball", "uniform", "mnist", "own")
