"""Scores against experiments."""

from curvae.settings.base import ConfigError, listed
from curvae.settings.checks.experiments import encodes, factors
from curvae.settings.scoring import Scoring, presets
from curvae.settings.study import Study


def check_scores(study: Study) -> None:
    """Scored experiments exist and have the factors."""
    for name, scoring in study.scores.items():
        allowed = factors(study, encodes(study, f"scores.{name}", name))
        for index, factor in enumerate(scoring.factors):
            if allowed is not None and factor not in allowed:
                raise ConfigError(f"scores.{name}.factors[{index}]", factor, f"allowed: {listed(allowed)}")
        _check_presets(f"scores.{name}", scoring)


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
