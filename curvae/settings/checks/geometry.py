"""Densities, geometries and likely directions against experiments."""

from curvae.settings.base import ConfigError, listed
from curvae.settings.checks.experiments import encodes
from curvae.settings.checks.observations import factors_of, splits_of
from curvae.settings.experiment import Experiment
from curvae.settings.geometry import Geometry
from curvae.settings.study import Study

SMOOTH = ("softplus", "tanh", "sigmoid")  # the geodesic equation needs second derivatives


def check_density(study: Study) -> None:
    """Densities are of codes with two latents or more."""
    for name in study.density:
        encodes(study, f"density.{name}", name)
        _check_latents(f"density.{name}", name, study.experiments[name])


def check_rings(study: Study) -> None:
    """What is learnt of the ring is learnt from its points."""
    for name, given in study.rings.items():
        key = f"rings.{name}.experiment"
        experiment = encodes(study, key, given.experiment)
        shown = experiment.model_of(experiment.shown()[0])
        if study.data[experiment.data].kind != "ring" or shown.latent != 2:
            raise ConfigError(
                key, given.experiment, "allowed: an experiment on ring data, 2 latents in its shown member"
            )


def check_geometry(study: Study) -> None:
    """Geometries are of smooth decoders of two latents."""
    for name, geometry in study.geometry.items():
        encodes(study, f"geometry.{name}.experiment", geometry.experiment)
        _check_decoder(f"geometry.{name}.experiment", geometry.experiment, study.experiments[geometry.experiment])
        _check_counts(study, f"geometry.{name}", geometry)
        _check_groups(study, f"geometry.{name}", geometry)


def check_directions(study: Study) -> None:
    """Directions are of codes with two latents or more."""
    for name, given in study.directions.items():
        encodes(study, f"directions.{name}", name)
        _check_latents(f"directions.{name}", name, study.experiments[name])
        _, _, test = splits_of(study, study.data[study.experiments[name].data])
        for field in ("points", "neighbours"):
            if (value := getattr(given, field)) > test:
                raise ConfigError(f"directions.{name}.{field}", value, f"allowed: at most {test}, the test samples")
        if given.dynamics is not None and given.dynamics not in (fits := _with_mixtures(study, name)):
            allowed = f"allowed: {listed(fits)}" if fits else f"no dynamics of {name} has a predictor with mixtures"
            raise ConfigError(f"directions.{name}.dynamics", given.dynamics, allowed)


def _with_mixtures(study: Study, experiment: str) -> list[str]:
    """The dynamics of an experiment that have a predictor with mixtures."""
    own = {name: dynamics for name, dynamics in study.dynamics.items() if dynamics.experiment == experiment}
    return [
        name
        for name, dynamics in own.items()
        if any(getattr(predictor, "mixtures", 0) for predictor in dynamics.predictors.values())
    ]


def _check_latents(key: str, name: str, experiment: Experiment) -> None:
    shown = experiment.model_of(experiment.shown()[0]).latent
    if shown < 2:
        raise ConfigError(key, name, f"allowed: a shown member with 2 latents or more, not {shown}")


def _check_counts(study: Study, key: str, geometry: Geometry) -> None:
    """What is drawn of codes, each once, is not more than there are."""
    train, _, test = splits_of(study, study.data[study.experiments[geometry.experiment].data])
    limits = {
        "pairs": (geometry.pairs, test // 2, "half the test samples"),
        "codes": (geometry.codes, test, "the test samples"),
        "walks.paths": (geometry.walks.paths, test, "the test samples"),
    }
    if geometry.precision is not None:
        most = min(train, geometry.precision.samples)
        limits["precision.centres"] = geometry.precision.centres, most, "precision.samples and the training samples"
    if geometry.groups is not None:
        classes = max(map(len, geometry.groups.subsets))
        limits["groups.codes"] = geometry.groups.codes, test // classes, f"of each of {classes} classes of test samples"
    for field, (value, most, what) in limits.items():
        if value > most:
            raise ConfigError(f"{key}.{field}", value, f"allowed: at most {most}, {what}")


def _check_groups(study: Study, key: str, geometry: Geometry) -> None:
    """Classes are of factors that exist; subsets have two classes or more, each once; votes are fewer than codes."""
    groups, experiment = geometry.groups, study.experiments[geometry.experiment]
    if groups is None:
        return
    allowed = factors_of(study, study.data[experiment.data])
    for index, factor in enumerate(groups.factors):
        if factor not in allowed:
            raise ConfigError(f"{key}.groups.factors[{index}]", factor, f"allowed: {listed(allowed)}")
    if len(groups.factors) > 3:
        raise ConfigError(f"{key}.groups.factors", list(groups.factors), "allowed: at most 3")
    for index, subset in enumerate(groups.subsets):
        if len(subset) < 2 or len(set(subset)) < len(subset) or max(subset) > 9:
            raise ConfigError(
                f"{key}.groups.subsets[{index}]", list(subset), "allowed: two classes or more of 0 to 9, each once"
            )
    votes = min(geometry.codes, 2 * groups.codes) - 1
    if groups.neighbours > votes:
        raise ConfigError(f"{key}.groups.neighbours", groups.neighbours, f"allowed: at most {votes}, the other codes")


def _check_decoder(key: str, name: str, experiment: Experiment) -> None:
    shown = experiment.model_of(experiment.shown()[0])
    if shown.latent != 2:
        raise ConfigError(key, name, f"allowed: a shown member with 2 latents, not {shown.latent}")
    if shown.kind == "interpolator":
        raise ConfigError(key, name, "an interpolator, whose images are cut off at 0 and 1; allowed: a smooth decoder")
    activation = shown.decoder_activation or shown.activation
    if activation not in SMOOTH:
        raise ConfigError(key, name, f"allowed: a shown member with {listed(SMOOTH)} in its decoder, not {activation}")
