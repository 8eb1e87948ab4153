"""A whole study: data sets, experiments and what is made of them."""

from itertools import product
from typing import Annotated, Any, Literal, get_args

from pydantic import AfterValidator, Field

from curvae.settings.base import Count, Name, NonNegative, Positive, Settings, Whole
from curvae.settings.data import DataSettings
from curvae.settings.model import Activation, Cell, ModelSettings
from curvae.settings.objective import Elbo, ObjectiveSettings
from curvae.settings.train import Anneal, Budget


def _distinct(values: tuple) -> tuple:
    if len(set(values)) < len(values):
        raise ValueError("every value at most once")
    return values


def _axis(kind: Any) -> Any:
    return Annotated[tuple[kind, ...], Field(min_length=1), AfterValidator(_distinct)]


Stackable = Literal["beta", "lam", "seed", "lr", "anneal"]  # axes that leave shapes and equations alone


class Grid(Settings):
    """The values on each axis of an experiment; a member is one combination of them."""

    beta: _axis(NonNegative) = Field((1.0,), description="weight of what the objective weighs: the KL divergence")
    lam: _axis(NonNegative) = Field((0.0,), description="weight of the sum of squared weights (biases excluded)")
    seed: _axis(Whole) = Field((0,), description="seed of initial weights, batch order and noise")
    latent: _axis(Count) | None = Field(None, description="sizes of the latent space; each is a job of its own")
    activation: _axis(Activation) | None = Field(None, description="activations; each is a job of its own")
    lr: _axis(Positive) | None = Field(None, description="learning rates, in place of the budget's")
    anneal: _axis(Anneal) | None = Field(None, description="ways for beta to grow, in place of the budget's")

    def axes(self) -> dict[str, tuple]:
        """The axes that are set, in the order of the fields."""
        return {name: values for name, values in self if values is not None}


class Experiment(Settings):
    """Networks of one kind on one data set over a grid."""

    data: Name = Field(description="a name under `data`")
    model: ModelSettings
    objective: ObjectiveSettings = Elbo()
    train: Budget = Budget()
    grid: Grid = Grid()
    stack: tuple[Stackable, ...] = Field(
        get_args(Stackable),
        description="axes trained side by side in one job; each value of the others is a job",
    )
    show: dict[str, float | str] = Field(
        {},
        description="axis values of the member that one-member figures, dynamics and geometry use; else the first",
    )

    def jobs(self) -> list[dict[str, Any]]:
        """The combinations of the axes that are not stacked."""
        return _combinations({name: v for name, v in self.grid.axes().items() if name not in self.stack})

    def members(self, job: dict[str, Any]) -> list[dict[str, Any]]:
        """The members that one job trains, first axis slowest.

        Args:
            job: one of `jobs()`.
        """
        stacked = {name: v for name, v in self.grid.axes().items() if name in self.stack}
        return [{**job, **member} for member in _combinations(stacked)]

    def shown(self) -> tuple[dict[str, Any], int]:
        """The job that trains the member to show, and that member's place in its stack."""
        for job in self.jobs():
            for index, member in enumerate(self.members(job)):
                if all(member[axis] == value for axis, value in self.show.items()):
                    return job, index
        raise ValueError(f"show = {self.show}: no member of the grid has these values")

    def model_of(self, job: dict[str, Any]) -> ModelSettings:
        """The model's settings with the job's axis values put in."""
        return self.model.model_copy(update={k: v for k, v in job.items() if k in ("latent", "activation")})


class Dynamics(Settings):
    """Recurrent networks on an experiment's latent statistics, and their rollouts."""

    experiment: Name = Field(description="a name under `experiments`, on a data set of trajectories")
    cells: _axis(Cell) = ("elman", "gru", "lstm")
    hidden: Count = 64
    inputs: Literal["statistics", "means"] = Field(
        "statistics", description="statistics: means and log-variances; means: the means alone"
    )
    seeds: _axis(Whole) = Field((0,), description="seeds of the recurrent networks, trained side by side")
    train: Budget = Budget(epochs=100, batch=50, lr=2e-3, schedule="cosine", clip=1.0)
    noise: NonNegative = Field(0.0, description="noise added to the inputs in training [standard deviations]")
    window: Count = Field(40, description="frames of a training sequence, cut from the training trajectories")
    stride: Count = Field(5, description="frames between the starts of training sequences")
    rollout: Count = Field(1, description="frames of closed loop at the end of a training sequence")
    warmup: Count = Field(10, description="frames seen before the closed loop")
    horizon: Count = Field(100, description="frames predicted")
    trajectories: Count = Field(100, description="test trajectories rolled out")


class Scoring(Settings):
    """Disentanglement scores of every member of an experiment."""

    metrics: _axis(
        Literal[
            "higgins",
            "factorvae",
            "mig",
            "sap",
            "dci",
            "modularity",
            "explicitness",
            "irs",
            "infom",
            "infoe",
            "infoc",
            "dcimig",
            "jemmig",
            "migsup",
        ]
    ) = Field(("higgins", "mig"), description="names of metrics, see docs/scores.md")
    factors: _axis(str) = Field(description="names of the data set's factors to score against")
    preset: Literal["default", "dlib"] = "default"
    samples: Count = Field(5000, description="test samples used at most")
    train: Count = Field(
        1000, description="points or samples that higgins, factorvae, sap, dci, explicitness learn from"
    )
    test: Count = Field(500, description="held-out points or samples that these are scored on")
    batch: Count = Field(64, description="pairs of a point of higgins, samples of a point of factorvae")
    dead: NonNegative = Field(0.01, description="latents with a smaller mean KL are held constant for scoring [nats]")
    bootstrap: Count = Field(100, description="resamples of the interval")
    permutations: Count = Field(2, description="permutations of the floor")
    baselines: _axis(Literal["ground_truth", "pixels", "pca", "ica", "untrained"]) = Field(
        ("ground_truth", "pixels", "pca", "ica", "untrained"),
        description="representations that the members stand beside in the score table",
    )
    classes: _axis(str) = Field(
        ("scale", "orientation", "pos_x", "pos_y"),
        description="factors that the classifier of the score table's paper-like protocol tells apart",
    )
    decomposed: Annotated[Count, Field(ge=4)] = Field(
        2000, description="test samples used at most for the parts of the KL divergence; costs grow with their square"
    )
    seed: Whole = 0


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


class Figures(Settings):
    """Which subjects each kind of figure is drawn for."""

    loss_curves: tuple[Name, ...] = Field((), description="experiments")
    latent_scatter: tuple[Name, ...] = Field((), description="experiments with two latents or more")
    interpolation: tuple[Name, ...] = Field((), description="experiments on images")
    latent_grid: tuple[Name, ...] = Field((), description="experiments on images with two latents")
    regularisation: tuple[Name, ...] = Field((), description="experiments on `uniform` with one or two latents")
    reconstructions: tuple[Name, ...] = Field((), description="experiments on images")
    traversals: tuple[Name, ...] = Field((), description="experiments on images")
    score_curves: tuple[Name, ...] = Field((), description="names under `scores`")
    score_table: tuple[Name, ...] = Field((), description="names under `scores`, with two `classes` or more")
    kl_terms: tuple[Name, ...] = Field((), description="names under `scores`")
    factor_latents: tuple[Name, ...] = Field((), description="names under `scores`")
    metric_schematic: tuple[Name, ...] = Field((), description="names under `scores`, of experiments on images")
    metric_agreement: tuple[Name, ...] = Field((), description="names under `scores` with two metrics or more")
    future: tuple[Name, ...] = Field((), description="names under `dynamics`")
    geodesics: tuple[Name, ...] = Field((), description="names under `geometry`")


class Claims(Settings):
    """Which results each source's claims are checked on; claims without results are left out."""

    square: tuple[Name, ...] = Field((), description="experiments on `uniform`, for the claims on the square")
    digits: Name | None = Field(None, description="experiment on `mnist` with the seed as its only axis")
    ball: Name | None = Field(None, description="a name under `dynamics`")
    geometry: Name | None = Field(None, description="a name under `geometry`")
    disentanglement: Name | None = Field(None, description="a name under `scores`")


class Study(Settings):
    """Everything that one `config.yaml` says."""

    data: dict[Name, DataSettings] = Field(min_length=1, description="data sets by name")
    experiments: dict[Name, Experiment] = Field(min_length=1, description="experiments by name")
    dynamics: dict[Name, Dynamics] = Field({}, description="predictions by name")
    scores: dict[Name, Scoring] = Field({}, description="scores by the experiment's name")
    density: dict[Name, Density] = Field({}, description="densities of codes by the experiment's name")
    geometry: dict[Name, Geometry] = Field({}, description="geometries by name")
    claims: Claims = Claims()
    figures: Figures = Figures()
    tensorboard: bool = Field(True, description="write TensorBoard event files under results/logs while training")


def _combinations(axes: dict[str, tuple]) -> list[dict[str, Any]]:
    return [dict(zip(axes, values, strict=True)) for values in product(*axes.values())]
