"""Densities and geometries against experiments."""

from curvae.settings.base import ConfigError, listed
from curvae.settings.checks.experiments import encodes
from curvae.settings.experiment import Experiment
from curvae.settings.study import Study

SMOOTH = ("softplus", "tanh", "sigmoid")  # the geodesic equation needs second derivatives


def check_density(study: Study) -> None:
    """Densities are of codes with two latents or more."""
    for name in study.density:
        encodes(study, f"density.{name}", name)
        shown = study.experiments[name].model_of(study.experiments[name].shown()[0]).latent
        if shown < 2:
            raise ConfigError(f"density.{name}", name, f"allowed: a shown member with 2 latents or more, not {shown}")


def check_geometry(study: Study) -> None:
    """Geometries are of smooth decoders of two latents."""
    for name, geometry in study.geometry.items():
        encodes(study, f"geometry.{name}.experiment", geometry.experiment)
        _check_decoder(f"geometry.{name}.experiment", geometry.experiment, study.experiments[geometry.experiment])


def _check_decoder(key: str, name: str, experiment: Experiment) -> None:
    shown = experiment.model_of(experiment.shown()[0])
    if shown.latent != 2:
        raise ConfigError(key, name, f"allowed: a shown member with 2 latents, not {shown.latent}")
    activation = shown.decoder_activation or shown.activation
    if activation not in SMOOTH:
        raise ConfigError(key, name, f"allowed: a shown member with {listed(SMOOTH)} in its decoder, not {activation}")
