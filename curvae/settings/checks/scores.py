"""Scores against experiments."""

from curvae.settings.base import ConfigError, known, listed
from curvae.settings.checks.experiments import encodes, has_flow
from curvae.settings.checks.observations import factors_of
from curvae.settings.scoring import Scoring, presets
from curvae.settings.study import Study

ALIKE = ("factors", "classes", "samples", "train", "test", "batch", "dead", "seed", "decomposed")


def check_scores(study: Study) -> None:
    """Scored experiments exist and have the factors."""
    for name, scoring in study.scores.items():
        allowed = factors_of(study, study.data[encodes(study, f"scores.{name}", name).data])
        for index, factor in enumerate(scoring.factors):
            if factor not in allowed:
                raise ConfigError(f"scores.{name}.factors[{index}]", factor, f"allowed: {listed(allowed)}")
        _check_presets(f"scores.{name}", scoring)
        _check_beside(study, name, scoring)
    for name in study.bounds:
        posterior = encodes(study, f"bounds.{name}", name).model.posterior
        if posterior and posterior.kind == "point":
            raise ConfigError(f"bounds.{name}", name, "allowed: a posterior with a density, not a point")


def check_posteriors(study: Study) -> None:
    """Mapped posteriors are those of two experiments on the same few points."""
    for name, pair in study.posteriors.items():
        for field, value in pair:
            key = f"posteriors.{name}.{field}"
            experiment = encodes(study, key, value)
            shown = experiment.model_of(experiment.shown()[0])
            if study.data[experiment.data].kind != "one_hot" or shown.latent != 2:
                raise ConfigError(key, value, "allowed: an experiment on one_hot data, 2 latents in its shown member")
            if shown.posterior if field == "gaussian" else not has_flow(experiment):
                allowed = "with" if field == "flow" else "without"
                raise ConfigError(key, value, f"allowed: an experiment {allowed} model.posterior")
        if study.experiments[pair.gaussian].data != study.experiments[pair.flow].data:
            raise ConfigError(f"posteriors.{name}.flow", pair.flow, "allowed: an experiment on the same data")


def _check_beside(study: Study, name: str, scoring: Scoring) -> None:
    """What stands in one table was scored on the same images in the same way."""
    for index, other in enumerate(scoring.beside):
        key = f"scores.{name}.beside[{index}]"
        known(key, other, [found for found in study.scores if found != name], "an experiment under `scores`")
        data = study.experiments[name].data
        if encodes(study, f"scores.{other}", other).data != data:
            raise ConfigError(key, other, f"allowed: experiments on {data}")
        for field in ALIKE:
            mine, theirs = getattr(scoring, field), getattr(study.scores[other], field)
            if mine != theirs:
                raise ConfigError(f"scores.{other}.{field}", theirs, f"allowed beside {name}: {mine}")


def _check_presets(key: str, scoring: Scoring) -> None:
    """Every metric has the preset that is asked of it."""
    named = scoring.preset if isinstance(scoring.preset, dict) else dict.fromkeys(scoring.metrics, scoring.preset)
    for metric, preset in named.items():
        if metric not in scoring.metrics:
            raise ConfigError(
                f"{key}.preset.{metric}", preset, f"no metric of {key}; allowed: {listed(scoring.metrics)}"
            )
        if preset not in presets(metric):
            place = f"{key}.preset.{metric}" if isinstance(scoring.preset, dict) else f"{key}.preset"
            raise ConfigError(place, preset, f"allowed for {metric}: {listed(presets(metric))}")
