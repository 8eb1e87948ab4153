"""Experiments that stand beside one another in a figure or a table."""

from curvae.settings.base import ConfigError, known, listed
from curvae.settings.checks.experiments import encodes
from curvae.settings.experiment import Experiment
from curvae.settings.study import Study

TOLD = ("beta", "lam", "seed")  # axes that tables of the codes' shape tell
FREE = ("seed", "anneal")  # axes that the figures of bounds tell apart, or average over


def check_comparisons(study: Study) -> None:
    """What is compared was trained on the same data with the same seeds, and measured in the same way."""
    for section in ("bound_curves", "ladders"):
        for name, experiments in getattr(study, section).items():
            key = f"{section}.{name}"
            if len(experiments) < 2:
                raise ConfigError(key, list(experiments), "allowed: two names or more")
            for index, experiment in enumerate(experiments):
                _check_bound(study, f"{key}[{index}]", experiment, experiments[0])
            if section == "ladders" and all(study.experiments[e].model.kind != "ladder" for e in experiments):
                raise ConfigError(key, list(experiments), "allowed: a model ladder among them")
    for name, pair in study.pretraining.items():
        _check_pretraining(study, f"pretraining.{name}", pair.pretrained, pair.scratch)
    for name in study.codes:
        _check_codes(f"codes.{name}", name, encodes(study, f"codes.{name}", name))


def _check_codes(key: str, name: str, experiment: Experiment) -> None:
    shown = experiment.model_of(experiment.shown()[0]).latent
    if shown < 2:
        raise ConfigError(key, name, f"allowed: 2 latents or more, not {shown}")
    if others := [axis for axis, values in experiment.grid.axes().items() if axis not in TOLD and len(values) > 1]:
        raise ConfigError(key, name, f"allowed: a grid of {listed(TOLD)} alone, without {others[0]}")


def _check_bound(study: Study, key: str, name: str, first: str) -> None:
    known(key, name, study.bounds, "a name under bounds")
    one, other = study.experiments[first], study.experiments[name]
    if one.data != other.data or one.grid.seed != other.grid.seed or study.bounds[first] != study.bounds[name]:
        raise ConfigError(key, name, f"allowed: the same data, seeds and bounds as {first}")
    if any(len(values) > 1 for axis, values in other.grid.axes().items() if axis not in FREE):
        raise ConfigError(key, name, "allowed: an experiment with no axes but seed and anneal")


def _check_pretraining(study: Study, key: str, pretrained: str, scratch: str) -> None:
    for field, name in (("pretrained", pretrained), ("scratch", scratch)):
        model = encodes(study, f"{key}.{field}", name).model
        if bool(getattr(model, "pretrain", None)) != (field == "pretrained"):
            allowed = "with" if field == "pretrained" else "without"
            raise ConfigError(f"{key}.{field}", name, f"allowed: an experiment {allowed} model.pretrain")
    one, other = study.experiments[pretrained], study.experiments[scratch]
    if any(len(values) > 1 for axis, values in one.grid.axes().items() if axis != "seed"):
        raise ConfigError(f"{key}.pretrained", pretrained, "allowed: an experiment with the seed as its only axis")
    if other.train.epochs < one.train.epochs:
        raise ConfigError(f"{key}.scratch", scratch, f"allowed: {one.train.epochs} epochs or more, as {pretrained}")
    twin = one.model_copy(
        update={
            "model": one.model.model_copy(update={"pretrain": None}),
            "train": one.train.model_copy(update={"epochs": other.train.epochs}),
        }
    )
    if one.train.schedule != "constant" or twin != other:
        allowed = f"allowed: all as {pretrained} but model.pretrain and train.epochs, at a constant rate"
        raise ConfigError(f"{key}.scratch", scratch, allowed)
