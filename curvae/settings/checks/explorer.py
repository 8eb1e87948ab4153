"""Pages to explore against experiments."""

from curvae.settings.base import ConfigError, known
from curvae.settings.checks.experiments import IMAGES
from curvae.settings.checks.observations import shape_of
from curvae.settings.study import Study


def check_explorer(study: Study) -> None:
    """Pages are of images and of decoders that are multilayer perceptrons with two latents or more."""
    for index, name in enumerate(study.explorer):
        key = f"explorer[{index}]"
        known(key, name, study.experiments, "an experiment")
        experiment = study.experiments[name]
        if study.data[experiment.data].kind not in IMAGES:
            raise ConfigError(key, name, f"allowed: experiments on images, not on {study.data[experiment.data].kind}")
        if len(shape := shape_of(study, study.data[experiment.data])) != 2:
            raise ConfigError(key, name, f"allowed: images of rows and columns, not of shape {shape}")
        if experiment.model.kind != "vae":
            raise ConfigError(key, name, f"allowed: model.kind = 'vae', not {experiment.model.kind}")
        if experiment.model.network != "mlp":
            raise ConfigError(key, name, f"allowed: network = 'mlp', not {experiment.model.network}")
        fewest = min(experiment.grid.latent or (experiment.model.latent,))
        if fewest < 2:
            raise ConfigError(key, name, f"allowed: members with 2 latents or more, not {fewest}")
