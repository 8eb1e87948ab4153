"""Settings of the disentanglement scores."""

from typing import Annotated, Literal, get_args

from pydantic import AfterValidator, Field

from curvae.settings.base import Count, Name, NonNegative, Settings, Whole, axis, distinct

Metric = Literal[
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
Preset = Literal["default", "dlib", "fast", "paper", "hsu"]
Unsupervised = Literal[
    "gaussian_total_correlation",
    "gaussian_wasserstein",
    "gaussian_wasserstein_normalised",
    "mutual_information",
    "udr_spearman",
    "udr_lasso",
]
# All metrics have the presets `default` and `dlib`.
FURTHER_PRESETS = {"dci": ("fast",), "irs": ("paper",), "infom": ("hsu",), "infoe": ("hsu",), "infoc": ("hsu",)}


def presets(metric: str) -> tuple[str, ...]:
    """Names of a metric's presets."""
    return ("default", "dlib", *FURTHER_PRESETS.get(metric, ()))


class Scoring(Settings):
    """Disentanglement scores of every member of an experiment."""

    metrics: axis(Metric) = Field(("higgins", "mig"), description="names of metrics, see docs/scores.md")
    unsupervised: Annotated[tuple[Unsupervised, ...], AfterValidator(distinct)] = Field(
        get_args(Unsupervised), description="measures of the codes alone, see docs/scores.md"
    )
    factors: axis(str) = Field(description="names of the data set's factors to score against")
    preset: Preset | dict[Metric, Preset] = Field(
        "default", description="of all metrics, or metric: preset; metrics that are not named there have `default`"
    )
    samples: Count = Field(5000, description="test samples used at most")
    train: Count = Field(
        1000, description="points or samples that higgins, factorvae, sap, dci, explicitness learn from"
    )
    test: Count = Field(500, description="held-out points or samples that these are scored on")
    batch: Count = Field(64, description="pairs of a point of higgins, samples of a point of factorvae")
    dead: NonNegative = Field(0.01, description="latents with a smaller mean KL are held constant for scoring [nats]")
    bootstrap: Count = Field(100, description="resamples of the interval")
    permutations: Count = Field(2, description="permutations of the floor")
    baselines: axis(Literal["ground_truth", "pixels", "pca", "ica", "untrained"]) = Field(
        ("ground_truth", "pixels", "pca", "ica", "untrained"),
        description="representations that the members stand beside in the score table",
    )
    classes: axis(str) = Field(
        ("scale", "orientation", "pos_x", "pos_y"),
        description="factors that the classifier of the score table's paper-like protocol tells apart",
    )
    beside: Annotated[tuple[Name, ...], AfterValidator(distinct)] = Field(
        (), description="names under `scores` whose members stand in the same score table and claims"
    )
    decomposed: Annotated[Count, Field(ge=4)] = Field(
        2000, description="test samples used at most for the parts of the KL divergence; costs grow with their square"
    )
    seed: Whole = 0
