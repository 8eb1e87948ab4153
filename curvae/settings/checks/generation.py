"""Measures of samples and of flows against experiments."""

from curvae.settings.base import ConfigError, known, listed
from curvae.settings.checks.experiments import encodes
from curvae.settings.checks.figures import check_images
from curvae.settings.checks.observations import factors_of, shape_of
from curvae.settings.generation import Between, Generation
from curvae.settings.study import Study


def check_flows(study: Study) -> None:
    """What is measured of flows of images is measured of experiments with such a model."""
    flows = [name for name, experiment in study.experiments.items() if experiment.model.kind == "glow"]
    for name in study.flows:
        known(f"flows.{name}", name, flows, "an experiment with model glow")


def check_generation(study: Study) -> None:
    """What is measured of samples, and between codes, are images of one data set, which has the label."""
    for kind in ("generation", "between"):
        for name, settings in getattr(study, kind).items():
            _check_images(study, f"{kind}.{name}", settings)
    generators = [
        name
        for name, experiment in study.experiments.items()
        if experiment.model.kind == "generator" and study.data[experiment.data].kind == "codes"
    ]
    for index, name in enumerate(study.drawn_codes):
        known(f"drawn_codes[{index}]", name, generators, "a generator on data of kind codes")
    for name, settings in study.between.items():
        for index, experiment in enumerate(settings.experiments):
            encodes(study, f"between.{name}.experiments[{index}]", experiment)


def _check_images(study: Study, key: str, settings: Between | Generation) -> None:
    for index, experiment in enumerate(settings.experiments):
        known(f"{key}.experiments[{index}]", experiment, study.experiments, "an experiment")
        data, first = (study.experiments[e].data for e in (experiment, settings.experiments[0]))
        if data != first:
            raise ConfigError(f"{key}.experiments[{index}]", experiment, f"allowed: experiments on data {first}")
    first = study.experiments[settings.experiments[0]]
    check_images(f"{key}.experiments[0]", settings.experiments[0], shape_of(study, study.data[first.data]))
    allowed = factors_of(study, study.data[first.data])
    if settings.label not in allowed:
        raise ConfigError(f"{key}.label", settings.label, f"allowed: {listed(allowed)}")
