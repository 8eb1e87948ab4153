"""Data sets against experiments, and against the files that they name."""

import os

from curvae.settings.base import ConfigError, known, listed, within
from curvae.settings.checks.arrays import check_own, check_published
from curvae.settings.checks.experiments import IMAGES, encodes
from curvae.settings.checks.observations import shape_of
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
            if settings.kind == "mnist" and settings.folder is not None and not os.path.isdir(settings.folder):
                raise ConfigError("folder", settings.folder, "no such folder; allowed: one with the four raw idx files")
    for name, settings in study.data.items():
        if settings.kind == "pooled":
            _check_pooled(study, f"data.{name}", settings)
        if settings.kind == "codes":
            key = f"data.{name}.experiment"
            source = encodes(study, key, settings.experiment).data
            known(f"experiments.{settings.experiment}.data", source, study.data, "a data set")
            if study.data[source].kind == "codes":
                raise ConfigError(key, settings.experiment, "allowed: an experiment on data that are no codes")


def _check_pooled(study: Study, key: str, settings: Pooled) -> None:
    known(f"{key}.source", settings.source, study.data, "a data set")
    source = study.data[settings.source]
    if source.kind not in IMAGES:
        raise ConfigError(f"{key}.source", settings.source, f"allowed: data of kind {listed(IMAGES)}")
    shape = shape_of(study, source)
    if len(shape) != 2:
        raise ConfigError(
            f"{key}.source", settings.source, f"allowed: images of rows and columns, not of shape {shape}"
        )
    if any(side % settings.block for side in shape):
        sides = " and ".join(map(str, sorted(set(shape))))
        raise ConfigError(f"{key}.block", settings.block, f"allowed: a divisor of {sides}, the images' side")
