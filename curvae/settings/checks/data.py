"""Data sets against experiments, and against the files that they name."""

import os
import zipfile
from pathlib import Path

from curvae.settings.base import ConfigError, known, listed
from curvae.settings.checks.experiments import IMAGES, encodes, image_side
from curvae.settings.data import Own, Pooled
from curvae.settings.study import Study

FILES = "allowed: a .npz file, a .npy file or a zarr folder"


def check_data(study: Study) -> None:
    """Codes are of an experiment with an encoder, on data that are at hand; pooled are images; files are there."""
    for name, settings in study.data.items():
        if settings.kind == "own":
            _check_own(f"data.{name}", settings)
        if settings.kind == "sprites" and settings.path is not None and not os.path.isfile(settings.path):
            raise ConfigError(f"data.{name}.path", settings.path, "no such file; allowed: the published dSprites .npz")
        if settings.kind == "pooled":
            _check_pooled(study, f"data.{name}", settings)
        if settings.kind == "codes":
            key = f"data.{name}.experiment"
            source = study.data.get(encodes(study, key, settings.experiment).data)
            if source is not None and source.kind == "codes":
                raise ConfigError(key, settings.experiment, "allowed: an experiment on data that are no codes")


def _check_own(key: str, settings: Own) -> None:
    """The arrays are there by their names; what they hold is looked at when the data are made."""
    if not os.path.exists(settings.path):  # pathlib's raises for names that are too long
        raise ConfigError(f"{key}.path", settings.path, f"no such file or folder; {FILES}")
    path = Path(settings.path)
    if path.is_dir():
        held = {place.parent.name for mark in (".zarray", "zarr.json") for place in path.glob(f"*/{mark}")}
    elif path.suffix == ".npz":
        try:
            with zipfile.ZipFile(path) as file:
                held = {name.removesuffix(".npy") for name in file.namelist()}
        except (OSError, zipfile.BadZipFile) as error:
            raise ConfigError(f"{key}.path", settings.path, f"cannot be read: {error}; {FILES}") from None
    elif path.suffix != ".npy":
        raise ConfigError(f"{key}.path", settings.path, FILES)
    elif settings.factors is not None:
        raise ConfigError(f"{key}.factors", settings.factors, "a .npy file holds images alone; allowed: .npz or zarr")
    else:
        return
    for kind in ("images", "factors"):
        if (name := getattr(settings, kind)) is not None:
            known(f"{key}.{kind}", name, sorted(held), "an array")


def _check_pooled(study: Study, key: str, settings: Pooled) -> None:
    known(f"{key}.source", settings.source, study.data, "a data set")
    source = study.data[settings.source]
    if source.kind not in IMAGES:
        raise ConfigError(f"{key}.source", settings.source, f"allowed: data of kind {listed(IMAGES)}")
    side = image_side(study, source)
    if side is not None and side % settings.block:
        raise ConfigError(f"{key}.block", settings.block, f"allowed: a divisor of {side}, the images' side")
