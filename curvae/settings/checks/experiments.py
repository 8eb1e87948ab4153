"""Experiments against data sets."""

from typing import Any

from curvae.settings.base import ConfigError, known, listed
from curvae.settings.data import SPRITE_LEVELS
from curvae.settings.experiment import Experiment
from curvae.settings.model import SIDES
from curvae.settings.study import Study

OF_GAUSSIANS = ("beta_tcvae", "dip_vae")  # objectives that need the posterior's mean and variance in closed form


def check_experiment(study: Study, key: str, experiment: Experiment) -> None:
    """An experiment's data, axes, batch and network fit each other."""
    known(f"{key}.data", experiment.data, study.data, "a data set")
    data = study.data[experiment.data]
    if len(set(experiment.stack)) < len(experiment.stack):
        raise ConfigError(f"{key}.stack", list(experiment.stack), "every axis at most once")
    axes = experiment.grid.axes()
    for axis, value in experiment.show.items():
        if axis not in axes:
            raise ConfigError(f"{key}.show.{axis}", value, f"unknown axis; allowed: {listed(axes)}")
        if value not in axes[axis]:
            raise ConfigError(f"{key}.show.{axis}", value, f"not on this axis; allowed: {listed(axes[axis])}")
    size = _train_size(data)
    if size is not None and experiment.train.batch > size:
        raise ConfigError(
            f"{key}.train.batch", experiment.train.batch, f"allowed: at most {size}, the training samples"
        )
    if data.kind == "uniform" and experiment.model.likelihood == "bernoulli":
        raise ConfigError(f"{key}.model.likelihood", "bernoulli", "allowed on points of the square: 'gaussian'")
    if experiment.model.posterior and experiment.objective.kind in OF_GAUSSIANS:
        allowed = f"allowed with posterior.kind = {experiment.model.posterior.kind}: all but {listed(OF_GAUSSIANS)}"
        raise ConfigError(f"{key}.objective.kind", experiment.objective.kind, allowed)
    sides = {"uniform": 2, "bouncing_ball": getattr(data, "size", None), "mnist": 28, "sprites": 64}
    if experiment.model.network != "mlp" and sides.get(data.kind, 64) not in SIDES:
        allowed = f"allowed on images of {listed(SIDES)} px; on {data.kind}: 'mlp'"
        raise ConfigError(f"{key}.model.network", experiment.model.network, allowed)


def factors(study: Study, experiment: Experiment) -> tuple[str, ...] | None:
    """Names of the true factors of an experiment's data; None if they are not known before the data are read."""
    data = study.data[experiment.data]
    known = {
        "bouncing_ball": ("x", "y", "vx", "vy"),
        "uniform": ("x", "y", "quadrant"),
        "mnist": ("digit",),
        "sprites": tuple(SPRITE_LEVELS),
    }
    return known.get(data.kind, getattr(data, "factor_names", None))


def _train_size(data: Any) -> int | None:
    match data.kind:
        case "bouncing_ball":
            return data.trajectories.train * data.frames
        case "uniform" | "sprites":
            return data.samples.train
        case "mnist":
            return data.train
    return None
