"""Scores against experiments."""

from curvae.settings.base import ConfigError, known, listed
from curvae.settings.checks.experiments import factors
from curvae.settings.study import Study


def check_scores(study: Study) -> None:
    """Scored experiments exist and have the factors."""
    for name, scoring in study.scores.items():
        known(f"scores.{name}", name, study.experiments, "an experiment")
        allowed = factors(study, study.experiments[name])
        for index, factor in enumerate(scoring.factors):
            if allowed is not None and factor not in allowed:
                raise ConfigError(f"scores.{name}.factors[{index}]", factor, f"allowed: {listed(allowed)}")
