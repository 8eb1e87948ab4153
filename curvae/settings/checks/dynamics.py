"""Dynamics against experiments."""

from curvae.settings.base import ConfigError, listed
from curvae.settings.checks.experiments import encodes
from curvae.settings.data import BouncingBall
from curvae.settings.dynamics import (
    BilliardPredictor,
    Dynamics,
    PredictorChoice,
    RecurrentPredictor,
    ReservoirPredictor,
)
from curvae.settings.study import Study

BASELINES = ("last_frame", "constant_velocity", "ceiling")  # they share a folder with the predictors


def check_dynamics(study: Study) -> None:
    """Windows, warm-up and horizon fit the trajectories."""
    for name, dynamics in study.dynamics.items():
        key = f"dynamics.{name}"
        experiment = encodes(study, f"{key}.experiment", dynamics.experiment)
        if experiment.model.posterior and experiment.model.posterior.kind == "point":
            raise ConfigError(f"{key}.experiment", dynamics.experiment, "allowed: a posterior with a variance")
        data = study.data[experiment.data]
        if not isinstance(data, BouncingBall):
            raise ConfigError(f"{key}.experiment", dynamics.experiment, "allowed: an experiment on bouncing_ball data")
        limits = {
            "warmup": (dynamics.warmup, data.test_frames - 1, "test_frames - 1"),
            "horizon": (dynamics.horizon, data.test_frames - dynamics.warmup, "test_frames - warmup"),
            "trajectories": (dynamics.trajectories, data.trajectories.test, "test trajectories"),
        }
        for field, (value, most, what) in limits.items():
            _at_most(f"{key}.{field}", value, most, what)
        for predictor, choice in dynamics.predictors.items():
            _check_predictor(f"{key}.predictors.{predictor}", predictor, choice, dynamics, data)


def _check_predictor(key: str, name: str, choice: PredictorChoice, dynamics: Dynamics, data: BouncingBall) -> None:
    if name in BASELINES:
        raise ConfigError(key, choice.kind, f"allowed: other names than those of the baselines, {listed(BASELINES)}")
    if hasattr(choice, "window"):
        _at_most(f"{key}.window", choice.window, data.frames, "frames of a training trajectory")
    if isinstance(choice, RecurrentPredictor):
        count = data.trajectories.train * (1 + (data.frames - choice.window) // choice.stride)
        _at_most(f"{key}.train.batch", choice.train.batch, count, "the sequences")
        _at_most(f"{key}.rollout", choice.rollout, choice.window - dynamics.warmup, "window - warmup")
    if isinstance(choice, BilliardPredictor) and dynamics.warmup < 3:
        raise ConfigError(key, "billiard", f"allowed: with a warmup of at least 3, not {dynamics.warmup}")
    for field in ("lags", "delays"):
        if hasattr(choice, field):
            _at_most(f"{key}.{field}", getattr(choice, field), dynamics.warmup, "the warm-up")
            _at_most(f"{key}.{field}", getattr(choice, field), data.frames - 1, "frames of a training trajectory - 1")
    if isinstance(choice, ReservoirPredictor):
        _at_most(f"dynamics warmup of {key}", dynamics.warmup, data.frames - 2, "frames of a training trajectory - 2")


def _at_most(key: str, value: int, most: int, what: str) -> None:
    if value > most:
        raise ConfigError(key, value, f"allowed: at most {most} ({what})")
