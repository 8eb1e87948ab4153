"""Data sets against experiments."""

from curvae.settings.base import ConfigError
from curvae.settings.checks.experiments import encodes
from curvae.settings.study import Study


def check_data(study: Study) -> None:
    """Codes are those of an experiment with an encoder, on data that are at hand."""
    for name, settings in study.data.items():
        if settings.kind == "codes":
            key = f"data.{name}.experiment"
            source = study.data.get(encodes(study, key, settings.experiment).data)
            if source is not None and source.kind == "codes":
                raise ConfigError(key, settings.experiment, "allowed: an experiment on data that are no codes")
