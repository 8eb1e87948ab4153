"""Turns a config into a `Study`, or into one line that says what is wrong with it."""

from typing import Any

from pydantic import ValidationError

from curvae.settings.base import listed, nearest
from curvae.settings.data import DATA_KINDS, SPRITE_LEVELS, BouncingBall
from curvae.settings.model import SIDES
from curvae.settings.study import Experiment, Study

OF_SCORES = ("score_curves", "score_table", "kl_terms", "factor_latents", "metric_schematic", "metric_agreement")
SMOOTH = ("softplus", "tanh", "sigmoid")  # the geodesic equation needs second derivatives


class ConfigError(ValueError):
    """A key of the config, its value and what is allowed, in one line."""

    def __init__(self, key: str, value: Any, allowed: str):
        super().__init__(f"{key} = {value!r}: {allowed}")


def read_study(config: dict[str, Any]) -> Study:
    """Check a config whole before any work.

    Args:
        config: what `config.yaml` holds.

    Raises:
        ConfigError: the first thing that is wrong.
    """
    try:
        study = Study.model_validate(config)
    except ValidationError as error:
        raise _first(error, config) from None
    for name, experiment in study.experiments.items():
        _check_experiment(study, f"experiments.{name}", experiment)
    _check_dynamics(study)
    for name, scoring in study.scores.items():
        _known(f"scores.{name}", name, study.experiments, "an experiment")
        factors = _factors(study, study.experiments[name])
        for index, factor in enumerate(scoring.factors):
            if factors is not None and factor not in factors:
                raise ConfigError(f"scores.{name}.factors[{index}]", factor, f"allowed: {listed(factors)}")
    for name in study.density:
        _known(f"density.{name}", name, study.experiments, "an experiment")
        shown = study.experiments[name].model_of(study.experiments[name].shown()[0]).latent
        if shown < 2:
            raise ConfigError(f"density.{name}", name, f"allowed: a shown member with 2 latents or more, not {shown}")
    for name, geometry in study.geometry.items():
        _known(f"geometry.{name}.experiment", geometry.experiment, study.experiments, "an experiment")
        _check_decoder(f"geometry.{name}.experiment", geometry.experiment, study.experiments[geometry.experiment])
    _check_claims(study)
    _check_figures(study)
    return study


def _check_experiment(study: Study, key: str, experiment: Experiment) -> None:
    _known(f"{key}.data", experiment.data, study.data, "a data set")
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
    sides = {"uniform": 2, "bouncing_ball": getattr(data, "size", None), "mnist": 28, "sprites": 64}
    if experiment.model.network != "mlp" and sides.get(data.kind, 64) not in SIDES:
        allowed = f"allowed on images of {listed(SIDES)} px; on {data.kind}: 'mlp'"
        raise ConfigError(f"{key}.model.network", experiment.model.network, allowed)


def _check_dynamics(study: Study) -> None:
    for name, dynamics in study.dynamics.items():
        key = f"dynamics.{name}"
        _known(f"{key}.experiment", dynamics.experiment, study.experiments, "an experiment")
        data = study.data[study.experiments[dynamics.experiment].data]
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


def _check_decoder(key: str, name: str, experiment: Experiment) -> None:
    shown = experiment.model_of(experiment.shown()[0])
    if shown.latent != 2:
        raise ConfigError(key, name, f"allowed: a shown member with 2 latents, not {shown.latent}")
    activation = shown.decoder_activation or shown.activation
    if activation not in SMOOTH:
        raise ConfigError(key, name, f"allowed: a shown member with {listed(SMOOTH)} in its decoder, not {activation}")


def _check_claims(study: Study) -> None:
    claims, on = study.claims, {name: study.data[e.data].kind for name, e in study.experiments.items()}
    for index, name in enumerate(claims.square):
        _known(
            f"claims.square[{index}]",
            name,
            [name for name in on if on[name] == "uniform"],
            "experiment on uniform data",
        )
    choices = {
        "digits": [name for name in on if on[name] == "mnist"],
        "ball": study.dynamics,
        "geometry": study.geometry,
        "disentanglement": study.scores,
    }
    for role, names in choices.items():
        if (name := getattr(claims, role)) is not None:
            _known(f"claims.{role}", name, names, f"{role} to check claims on")
    if claims.digits:
        axes = study.experiments[claims.digits].grid.axes()
        if any(len(values) > 1 for axis, values in axes.items() if axis != "seed"):
            raise ConfigError("claims.digits", claims.digits, "allowed: an experiment with the seed as its only axis")


def _check_figures(study: Study) -> None:
    subjects = {kind: study.scores for kind in OF_SCORES} | {"future": study.dynamics, "geodesics": study.geometry}
    for kind, names in study.figures:
        for index, name in enumerate(names):
            key = f"figures.{kind}[{index}]"
            _known(key, name, subjects.get(kind, study.experiments), kind.replace("_", " ") + "'s subject")
            if kind in OF_SCORES:
                _check_score_figure(study, key, kind, name)
            if kind in subjects and kind != "geodesics":
                continue
            experiment = study.experiments[study.geometry[name].experiment if kind == "geodesics" else name]
            data, latents = (
                study.data[experiment.data].kind,
                experiment.grid.latent or (experiment.model.latent,),
            )
            shown = experiment.model_of(experiment.shown()[0]).latent
            if kind not in ("loss_curves", "latent_scatter", "regularisation") and data == "uniform":
                raise ConfigError(key, name, "allowed: experiments on images, not on points")
            unlabelled = getattr(study.data[experiment.data], "factors", "known") is None
            if kind in ("latent_scatter", "interpolation", "geodesics") and unlabelled:
                raise ConfigError(key, name, f"allowed: data with factors; data.{experiment.data}.factors is not set")
            if kind == "regularisation" and (data != "uniform" or max(latents) > 2 or len(latents) > 1):
                raise ConfigError(key, name, "allowed: experiments on uniform data with one size of one or two latents")
            if kind == "latent_grid" and shown != 2:
                raise ConfigError(key, name, f"allowed: a shown member with 2 latents, not {shown}")
            if kind == "latent_scatter" and shown < 2:
                raise ConfigError(key, name, f"allowed: a shown member with 2 latents or more, not {shown}")


def _check_score_figure(study: Study, key: str, kind: str, name: str) -> None:
    scoring, experiment = study.scores[name], study.experiments[name]
    if kind in ("score_curves", "kl_terms") and min(experiment.grid.beta) == 0:
        raise ConfigError(key, name, "allowed: a grid whose beta are all above 0, for the axis is logarithmic")
    if kind == "metric_schematic" and study.data[experiment.data].kind == "uniform":
        raise ConfigError(key, name, "allowed: experiments on images, not on points")
    if kind in ("score_table", "metric_schematic") and len(scoring.factors) < 2:
        raise ConfigError(f"scores.{name}.factors", list(scoring.factors), f"figures.{kind} needs two or more")
    if kind == "metric_agreement" and len(scoring.metrics) < 2:
        raise ConfigError(f"scores.{name}.metrics", list(scoring.metrics), f"figures.{kind} needs two or more")
    if kind == "score_table":
        for index, factor in enumerate(scoring.classes):
            if factor not in scoring.factors:
                allowed = f"allowed in figures.score_table: {listed(scoring.factors)}"
                raise ConfigError(f"scores.{name}.classes[{index}]", factor, allowed)
        if len(scoring.classes) < 2:
            raise ConfigError(f"scores.{name}.classes", list(scoring.classes), f"figures.{kind} needs two or more")


def _train_size(data: Any) -> int | None:
    match data.kind:
        case "bouncing_ball":
            return data.trajectories.train * data.frames
        case "uniform" | "sprites":
            return data.samples.train
        case "mnist":
            return data.train
    return None


def _factors(study: Study, experiment: Experiment) -> tuple[str, ...] | None:
    data = study.data[experiment.data]
    known = {
        "bouncing_ball": ("x", "y", "vx", "vy"),
        "uniform": ("x", "y", "quadrant"),
        "mnist": ("digit",),
        "sprites": tuple(SPRITE_LEVELS),
    }
    return known.get(data.kind, getattr(data, "factor_names", None))


def _known(key: str, name: str, choices: Any, what: str) -> None:
    if name not in choices:
        raise ConfigError(key, name, f"no such {what.removeprefix('an ').removeprefix('a ')}; {nearest(name, choices)}")


def _first(error: ValidationError, config: dict[str, Any]) -> ConfigError:
    """The first error that pydantic found, in our words."""
    detail = error.errors(include_url=False)[0]
    value, key = config, ""
    for part in detail["loc"]:  # the path also holds the tags of unions, which are no keys of the config
        if (isinstance(value, dict) and part in value) or (isinstance(value, list) and isinstance(part, int)):
            value = value[part]
            key += f"[{part}]" if isinstance(part, int) else f".{part}"
    value = detail["input"]
    if detail["type"] == "unknown_key":
        part = detail["ctx"]["key"]
        key, value = f"{key}.{part}", value[part]
    if detail["type"] in ("union_tag_invalid", "union_tag_not_found"):
        key, value = f"{key}.kind", value.get("kind")
        return ConfigError(key.removeprefix("."), value, f"allowed: {listed(DATA_KINDS)}")
    if detail["type"] == "missing":
        key, value = f"{key}.{detail['loc'][-1]}", None
    return ConfigError(key.removeprefix(".") or "config", value, detail["msg"].removeprefix("Value error, "))
