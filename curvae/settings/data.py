"""Settings of the data sets, one class a kind."""

from math import ceil, pi, prod
from typing import Annotated, Any, Literal

from pydantic import Field, Strict, ValidationError, WrapValidator, model_validator

from curvae.settings.base import Count, Fraction, Name, NonNegative, Positive, Real, Settings, Whole


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


class Ring(Settings):
    """Normal points mapped onto a ring by z / 10 + z / |z| (Doersch 2016)."""

    kind: Literal["ring"]
    seed: Whole = 0
    samples: Sizes = Sizes(train=10000, validation=2000, test=2000)


class OneHot(Settings):
    """A few points, the rows of the unit matrix, over and over."""

    kind: Literal["one_hot"]
    seed: Whole = Field(0, description="without effect, nothing is drawn")
    points: Annotated[int, Strict(), Field(ge=2)] = Field(4, description="how many there are, and their dimension")
    samples: Sizes = Sizes(train=2000, validation=400, test=400)


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
        if self.factor_names is not None and self.factors is None:
            raise ValueError(f"factor_names = {list(self.factor_names)}: allowed only where `factors` is set")
        return self

    def named_factors(self, count: int) -> tuple[str, ...]:
        """Names of so many factors: those given, or their numbers."""
        return tuple(f"factor_{k}" for k in range(1, count + 1)) if self.factor_names is None else self.factor_names

    def held_out(self, samples: int) -> tuple[int, int]:
        """How many of so many samples are for validation and for testing."""
        return max(1, round(self.validation * samples)), max(1, round(self.test * samples))


SPRITE_LEVELS = {"shape": 3, "scale": 6, "orientation": 40, "pos_x": 32, "pos_y": 32}  # the last is fastest


class Every(Settings):
    """Every n-th level of a factor, from level 0."""

    every: Count


def _levels(factor: str) -> Any:
    """The type of a choice of levels; whatever else is given is answered with one line."""
    last = SPRITE_LEVELS[factor] - 1
    level = Annotated[Whole, Field(le=last)]
    allowed = f"allowed: a list of different levels from 0 to {last}, or {{every: n}} with n from 1 to {last + 1}"

    def check(value: Any, read: Any) -> Any:
        try:
            chosen = read(value)
        except ValidationError:
            raise ValueError(allowed) from None
        if isinstance(chosen, tuple) and len(set(chosen)) < len(chosen):
            raise ValueError(allowed)
        if isinstance(chosen, Every) and chosen.every > last + 1:
            raise ValueError(allowed)
        return chosen

    return Annotated[Annotated[tuple[level, ...], Field(min_length=1)] | Every | None, WrapValidator(check)]


class Sprites(Settings):
    """White squares, ellipses and hearts on black, in closed form or from the published dSprites file."""

    kind: Literal["sprites"]
    seed: Whole = Field(0, description="seed of the draw of the images")
    path: str | None = Field(None, description="the published dSprites .npz; without it the images are computed")
    shape: _levels("shape") = Field(None, description="levels: 0 square, 1 ellipse, 2 heart; without it all")
    scale: _levels("scale") = Field(None, description="levels 0 to 5 of 0.5 to 1; without it all")
    orientation: _levels("orientation") = Field(None, description="levels 0 to 39 of 0 to 2 pi; without it all")
    pos_x: _levels("pos_x") = Field(None, description="levels 0 to 31, left to right; without it all")
    pos_y: _levels("pos_y") = Field(None, description="levels 0 to 31, top to bottom; without it all")
    samples: Sizes = Field(
        Sizes(train=50000, validation=5000, test=10000),
        description="images drawn from these levels, none of them twice",
    )

    def levels(self) -> dict[str, tuple[int, ...]]:
        """The chosen levels of every factor, in increasing order."""
        chosen = {name: getattr(self, name) or Every(every=1) for name in SPRITE_LEVELS}
        return {
            name: tuple(range(0, SPRITE_LEVELS[name], levels.every) if isinstance(levels, Every) else sorted(levels))
            for name, levels in chosen.items()
        }

    @model_validator(mode="after")
    def _fits(self):
        total, most = sum(size for _, size in self.samples), prod(map(len, self.levels().values()))
        if total > most:
            raise ValueError(f"samples = {total} in all: allowed: at most {most}, the images of these levels")
        return self


class Trajectories(Settings):
    """What data sets of a chaotic system share: how trajectories are sampled and how many there are."""

    kind: str
    seed: Whole = 0
    dt: Positive = Field(description="time between frames")
    substeps: Count = Field(description="equal time steps of the solver between two frames")
    transient: Whole = Field(description="frames left out at the start, on the way to the attractor")
    trajectories: Sizes
    frames: Count = Field(description="frames of a training or validation trajectory")
    test_frames: Count = Field(description="frames of a test trajectory")

    @property
    def width(self) -> int:
        """Entries of the state."""
        return getattr(self, "points", 3)

    def runs(self) -> list[tuple[int, int, int]]:
        """Number of the split, trajectories and frames of each, for every split."""
        counts = (self.trajectories.train, self.trajectories.validation, self.trajectories.test)
        return list(zip(range(3), counts, (self.frames, self.frames, self.test_frames), strict=True))


class Lorenz(Trajectories):
    """Trajectories of the Lorenz system of 1963."""

    kind: Literal["lorenz"]
    sigma: Positive = Field(10.0, description="Prandtl number")
    rho: Positive = Field(28.0, description="Rayleigh number over its critical value")
    beta: Positive = Field(8 / 3, description="shape of the convection cells")
    dt: Positive = Field(0.02, description="time between frames")
    substeps: Count = Field(4, description="equal time steps of the solver between two frames")
    transient: Whole = Field(2000, description="frames left out at the start, on the way to the attractor")
    trajectories: Sizes = Sizes(train=10, validation=2, test=50)
    frames: Count = Field(2500, description="frames of a training or validation trajectory")
    test_frames: Count = Field(1000, description="frames of a test trajectory")


class KuramotoSivashinsky(Trajectories):
    """Trajectories of the Kuramoto-Sivashinsky equation on a periodic domain."""

    kind: Literal["kuramoto_sivashinsky"]
    length: Positive = Field(22.0, description="period of the domain")
    points: Annotated[int, Strict(), Field(ge=8)] = Field(64, description="grid points")
    dt: Positive = Field(0.25, description="time between frames")
    substeps: Count = Field(1, description="equal time steps of the solver between two frames")
    transient: Whole = Field(2000, description="frames left out at the start, on the way to the attractor")
    trajectories: Sizes = Sizes(train=10, validation=2, test=50)
    frames: Count = Field(4000, description="frames of a training or validation trajectory")
    test_frames: Count = Field(1000, description="frames of a test trajectory")

    @model_validator(mode="after")
    def _fits(self):
        least = ceil(2 * self.length / pi)
        if self.points < least:
            raise ValueError(
                f"points = {self.points}: allowed: at least {least} for this length, "
                "so that waves twice as short as the shortest growing one are resolved"
            )
        return self


class Codes(Settings):
    """The codes that the shown member of an experiment has of its data, standardised; a generator's data."""

    kind: Literal["codes"]
    experiment: Name = Field(description="a name under `experiments`, with an encoder and data of another kind")


class Pooled(Settings):
    """Images of another data set, averaged over blocks of pixels."""

    kind: Literal["pooled"]
    source: Name = Field(description="a name under `data`, of images that are not pooled")
    block: Annotated[int, Strict(), Field(ge=2)] = Field(2, description="side of a block [px]; divides the image's")
    samples: Sizes | None = Field(None, description="the first ones of each split, at most; without it all")


DataSettings = Annotated[
    BouncingBall | Uniform | Ring | OneHot | Mnist | Own | Sprites | Lorenz | KuramotoSivashinsky | Codes | Pooled,
    Field(discriminator="kind"),
]
DATA_KINDS = (
    *("bouncing_ball", "uniform", "mnist", "own", "sprites", "lorenz", "kuramoto_sivashinsky"),
    *("ring", "one_hot", "codes", "pooled"),
)
