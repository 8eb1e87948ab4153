"""Settings of experiments: a model, an objective and a budget on a data set, over a grid."""

from itertools import product
from typing import Any, Literal, get_args

from pydantic import Field

from curvae.settings.base import Count, Name, NonNegative, Positive, Seed, Settings, axis
from curvae.settings.model import Activation, ModelSettings
from curvae.settings.objective import Elbo, ObjectiveSettings
from curvae.settings.train import Anneal, Budget

Stackable = Literal["beta", "lam", "seed", "lr", "anneal"]  # axes that leave shapes and equations alone


class Grid(Settings):
    """The values on each axis of an experiment; a member is one combination of them."""

    beta: axis(NonNegative) = Field((1.0,), description="weight of what the objective weighs: the KL divergence")
    lam: axis(NonNegative) = Field((0.0,), description="weight of the sum of squared weights (biases excluded)")
    seed: axis(Seed) = Field((0,), description="seed of initial weights, batch order and noise")
    latent: axis(Count) | None = Field(None, description="sizes of the latent space; each is a job of its own")
    activation: axis(Activation) | None = Field(None, description="activations; each is a job of its own")
    lr: axis(Positive) | None = Field(None, description="learning rates, in place of the budget's")
    anneal: axis(Anneal) | None = Field(None, description="ways for beta to grow, in place of the budget's")

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


def _combinations(axes: dict[str, tuple]) -> list[dict[str, Any]]:
    return [dict(zip(axes, values, strict=True)) for values in product(*axes.values())]
