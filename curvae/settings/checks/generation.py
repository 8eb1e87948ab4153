"""Measures of samples against experiments."""

from curvae.settings.base import ConfigError, known, listed
from curvae.settings.checks.experiments import POINTS, factors
from curvae.settings.study import Study


def check_generation(study: Study) -> None:
    """Samples are images of one data set, which has the label."""
    for name, settings in study.generation.items():
        key = f"generation.{name}"
        for index, experiment in enumerate(settings.experiments):
            known(f"{key}.experiments[{index}]", experiment, study.experiments, "an experiment")
            data, first = (study.experiments[e].data for e in (experiment, settings.experiments[0]))
            if data != first:
                raise ConfigError(f"{key}.experiments[{index}]", experiment, f"allowed: experiments on data {first}")
        first = study.experiments[settings.experiments[0]]
        if study.data[first.data].kind in POINTS:
            raise ConfigError(f"{key}.experiments[0]", settings.experiments[0], "allowed: experiments on images")
        allowed = factors(study, first)
        if allowed is not None and settings.label not in allowed:
            raise ConfigError(f"{key}.label", settings.label, f"allowed: {listed(allowed)}")
