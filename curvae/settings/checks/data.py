"""Data sets against experiments, and against the files that they name."""

from curvae.settings.base import ConfigError, known, listed, within
from curvae.settings.checks.arrays import check_own, check_published
from curvae.settings.checks.experiments import IMAGES, encodes, image_side
from curvae.settings.data import Pooled
from curvae.settings.study import Study


def check_data(study: Study) -> None:
    """Codes are of an experiment with an encoder, on data at hand; pooled are images; files hold what they should."""
    for name, settings in study.data.items():
        with within(f"data.{name}"):
            if settings.kind == "own":
                check_own(settings)
            if settings.kind == "sprites" and settings.path is not None:
                check_published(settings.path)
        if settings.kind == "pooled":
            _check_pooled(study, f"data.{name}", settings)
        if settings.kind == "codes":
            key = f"data.{name}.experiment"
            source = study.data.get(encodes(study, key, settings.experiment).data)
            if source is not None and source.kind == "codes":
                raise ConfigError(key, settings.experiment, "allowed: an experiment on data that are no codes")


def _check_pooled(study: Study, key: str, settings: Pooled) -> None:
    known(f"{key}.source", settings.source, study.data, "a data set")
    source = study.data[settings.source]
    if source.kind not in IMAGES:
        raise ConfigError(f"{key}.source", settings.source, f"allowed: data of kind {listed(IMAGES)}")
    side = image_side(study, source)
    if side is not None and side % settings.block:
        raise ConfigError(f"{key}.block", settings.block, f"allowed: a divisor of {side}, the images' side")
