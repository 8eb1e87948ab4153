"""Settings of predictors of latent sequences, and of their rollouts."""

from typing import Annotated, Any, Literal

from pydantic import Field

from curvae.settings.base import Count, Fraction, Name, NonNegative, Positive, Seed, Settings, Whole, axis
from curvae.settings.model import Predictor
from curvae.settings.train import Budget

Inputs = Literal["statistics", "means"]
OWN = {"noise": True, "train": {"lr"}}  # what predictors of one stack may differ in


class Observed(Settings):
    """What every predictor has."""

    inputs: Inputs = Field("means", description="statistics: means and log-variances; means: the means alone")


class Trained(Observed):
    """What predictors trained by gradients have."""

    window: Count = Field(40, description="frames of a training sequence, cut from the training trajectories")
    stride: Count = Field(5, description="frames between the starts of training sequences")
    train: Budget = Budget(epochs=100, batch=50, lr=2e-3, schedule="cosine", clip=1.0)


class RecurrentPredictor(Trained):
    """A recurrent network with a residual read-out."""

    kind: Literal["elman", "gru", "lstm"]
    hidden: Count = Predictor.model_fields["hidden"]
    mixtures: Whole = Predictor.model_fields["mixtures"]
    rollout: Count = Predictor.model_fields["rollout"]
    curriculum: Fraction = Predictor.model_fields["curriculum"]
    sampling: bool = Predictor.model_fields["sampling"]
    noise: NonNegative = Predictor.model_fields["noise"]

    def model(self, warmup: int) -> Predictor:
        """Settings of the network, given the frames of the warm-up."""
        shared = ("hidden", "mixtures", "rollout", "curriculum", "sampling", "noise")
        return Predictor(cell=self.kind, warmup=warmup, **{name: getattr(self, name) for name in shared})


class BilliardPredictor(Observed):
    """Free flight between mirrors in coordinates found from the latent paths: the structured predictor."""

    kind: Literal["billiard"]
    units: Count = Field(300, description="random features of the chart; the way back has twice as many")
    window: Annotated[Count, Field(ge=8)] = Field(40, description="frames of a flight that is fitted in training")
    penalty: Positive = Field(1e-6, description="weight of the squared coefficients [variance of the features]")


class RidgePredictor(Observed):
    """Linear autoregression."""

    kind: Literal["ridge"]
    lags: Count = Field(10, description="frames that enter")
    penalty: NonNegative = Field(1e-6, description="weight of the squared coefficients")


class KoopmanPredictor(Observed):
    """Extended dynamic-mode decomposition of delayed frames."""

    kind: Literal["koopman"]
    delays: Count = Field(3, description="frames that are one state together")
    degree: Count = Field(2, description="of the monomials that are the observables")
    penalty: NonNegative = Field(1e-6, description="weight of the squared coefficients")


class ReservoirPredictor(Observed):
    """An echo state network."""

    kind: Literal["reservoir"]
    units: Count = Field(300, description="of the random recurrent network")
    radius: Positive = Field(0.9, description="largest magnitude of an eigenvalue")
    input_scale: Positive = Field(0.5, description="largest weight of an input")
    bias_scale: NonNegative = Field(0.5, description="largest bias")
    leak: Annotated[Positive, Field(le=1)] = Field(1.0, description="share of a unit that is new in each frame")
    penalty: NonNegative = Field(1e-6, description="weight of the squared read-out")


PredictorChoice = Annotated[
    RecurrentPredictor | BilliardPredictor | RidgePredictor | KoopmanPredictor | ReservoirPredictor,
    Field(discriminator="kind"),
]
PREDICTOR_KINDS = ("elman", "gru", "lstm", "billiard", "ridge", "koopman", "reservoir")


class Dynamics(Settings):
    """Predictors of an experiment's latent statistics, and their rollouts."""

    experiment: Name = Field(description="a name under `experiments`, on a data set of trajectories")
    predictors: dict[Name, PredictorChoice] = Field(
        min_length=1,
        description="predictors by name; those that differ in `noise` and `train.lr` alone are trained in one job",
    )
    seeds: axis(Seed) = Field((0,), description="seeds of the predictors, trained side by side")
    warmup: Count = Field(10, description="frames seen before the closed loop")
    horizon: Count = Field(100, description="frames predicted")
    trajectories: Count = Field(100, description="test trajectories rolled out")

    def stacks(self) -> list[tuple[str, ...]]:
        """The names of the predictors that each training job trains, side by side; those without gradients are in none.

        Predictors are together where they differ in learning rate and noise alone. All else that they have changes
        shapes, data or what a step does.
        """
        found: dict[str, list[str]] = {}
        for name, choice in self.predictors.items():
            if isinstance(choice, Trained):
                found.setdefault(choice.model_dump_json(exclude=OWN), []).append(name)
        return [tuple(names) for names in found.values()]

    def stack_of(self, predictor: str) -> tuple[str, ...]:
        """The stack of a trained predictor."""
        return next(names for names in self.stacks() if predictor in names)

    def members(self, stack: tuple[str, ...]) -> list[dict[str, Any]]:
        """The members that one job trains: all seeds of its first predictor, then of the next.

        Where there are several predictors, a member says whose it is, with the learning rate and the noise of that one.

        Args:
            stack: one of `stacks()`.
        """
        chosen = {name: self.predictors[name] for name in stack} if len(stack) > 1 else {}
        own = [{"predictor": name, "lr": one.train.lr, "noise": one.noise} for name, one in chosen.items()] or [{}]
        return [{"beta": 0.0, "lam": 0.0, "seed": seed, **axes} for axes in own for seed in self.seeds]
