"""Dynamics against experiments."""

from curvae.settings.base import ConfigError
from curvae.settings.checks.experiments import encodes
from curvae.settings.data import BouncingBall
from curvae.settings.study import Study


def check_dynamics(study: Study) -> None:
    """Windows, warm-up and horizon fit the trajectories."""
    for name, dynamics in study.dynamics.items():
        key = f"dynamics.{name}"
        data = study.data[encodes(study, f"{key}.experiment", dynamics.experiment).data]
        if not isinstance(data, BouncingBall):
            raise ConfigError(f"{key}.experiment", dynamics.experiment, "allowed: an experiment on bouncing_ball data")
        limits = {
            "window": (dynamics.window, data.frames, "frames of a training trajectory"),
            "rollout": (dynamics.rollout, dynamics.window - dynamics.warmup, "window - warmup"),
            "horizon": (dynamics.horizon, data.test_frames - dynamics.warmup, "test_frames - warmup"),
            "trajectories": (dynamics.trajectories, data.trajectories.test, "test trajectories"),
        }
        for field, (value, most, what) in limits.items():
            if value > most:
                raise ConfigError(f"{key}.{field}", value, f"allowed: at most {most} ({what})")
        windows = data.trajectories.train * (1 + (data.frames - dynamics.window) // dynamics.stride)
        if dynamics.train.batch > windows:
            raise ConfigError(f"{key}.train.batch", dynamics.train.batch, f"allowed: at most {windows}, the sequences")
