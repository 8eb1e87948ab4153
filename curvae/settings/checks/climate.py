"""Climates against data sets."""

from curvae.settings.base import ConfigError, known
from curvae.settings.climate import Climate, Recurrent, Reservoir
from curvae.settings.data import Trajectories
from curvae.settings.study import Study

BLOCKS = 10  # of time, for the interval of an exponent


def check_climate(study: Study) -> None:
    """Climates are of chaotic systems, and what is asked fits their trajectories."""
    chaotic = {name: data for name, data in study.data.items() if isinstance(data, Trajectories)}
    for name, climate in study.climate.items():
        key = f"climate.{name}"
        known(f"{key}.data", climate.data, chaotic, "a data set of kind lorenz or kuramoto_sivashinsky")
        data = chaotic[climate.data]
        least = climate.every * BLOCKS
        at_most = {
            "starts": (climate.starts, data.trajectories.test, "test trajectories"),
            "orbits": (climate.orbits, climate.starts, "starts"),
            "horizon": (climate.horizon, data.test_frames - climate.warmup, "test_frames - warmup"),
            "coordinate": (climate.coordinate, data.width - 1, "last entry of the state"),
            "segment": (climate.segment, min(climate.free, data.test_frames), "free and test_frames"),
            "exponents": (climate.exponents, data.width, "entries of the state"),
        }
        for field, (value, most, what) in at_most.items():
            if value > most:
                raise ConfigError(f"{key}.{field}", value, f"allowed: at most {most} ({what})")
        if climate.steps < least:
            raise ConfigError(f"{key}.steps", climate.steps, f"allowed: at least {least} ({BLOCKS} QR decompositions)")
        if 0 < climate.whole < least:
            raise ConfigError(f"{key}.whole", climate.whole, f"allowed: 0, or at least {least}")
        for learner, settings in climate.learners.items():
            if learner == "truth":
                raise ConfigError(f"{key}.learners", learner, "allowed: another name, for this is the system's own")
            check = _check_reservoir if isinstance(settings, Reservoir) else _check_recurrent
            check(f"{key}.learners.{learner}", settings, data)
        _check_warmup(key, climate)


def _check_warmup(key: str, climate: Climate) -> None:
    longest = max((s.warmup for s in climate.learners.values() if isinstance(s, Recurrent)), default=1)
    if climate.warmup < longest:
        raise ConfigError(f"{key}.warmup", climate.warmup, f"allowed: at least {longest}, a learner's warm-up")


def _check_reservoir(key: str, settings: Reservoir, data: Trajectories) -> None:
    if settings.degree > settings.units:
        raise ConfigError(f"{key}.degree", settings.degree, f"allowed: at most {settings.units} (units)")
    if settings.washout + 2 > data.frames:
        raise ConfigError(f"{key}.washout", settings.washout, f"allowed: at most {data.frames - 2} (frames - 2)")
    if settings.trajectories > data.trajectories.train:
        most = f"allowed: at most {data.trajectories.train} (training trajectories)"
        raise ConfigError(f"{key}.trajectories", settings.trajectories, most)


def _check_recurrent(key: str, settings: Recurrent, data: Trajectories) -> None:
    if settings.window > data.frames:
        raise ConfigError(f"{key}.window", settings.window, f"allowed: at most {data.frames} (frames)")
    if settings.rollout > settings.window - settings.warmup:
        most = f"allowed: at most {settings.window - settings.warmup} (window - warmup)"
        raise ConfigError(f"{key}.rollout", settings.rollout, most)
    windows = data.trajectories.train * (1 + (data.frames - settings.window) // settings.stride)
    if settings.train.batch > windows:
        raise ConfigError(f"{key}.train.batch", settings.train.batch, f"allowed: at most {windows}, the sequences")
