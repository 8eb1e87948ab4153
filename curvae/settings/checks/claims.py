"""Claims against everything else."""

from curvae.settings.base import ConfigError, known
from curvae.settings.study import Study


def check_claims(study: Study) -> None:
    """Claims are checked on results that exist and can bear them."""
    claims, on = study.claims, {name: study.data[e.data].kind for name, e in study.experiments.items()}
    for index, name in enumerate(claims.square):
        known(
            f"claims.square[{index}]",
            name,
            [name for name in on if on[name] == "uniform"],
            "experiment on uniform data",
        )
    choices = {
        "digits": [name for name in on if on[name] == "mnist"],
        "ball": study.dynamics,
        "geometry": study.geometry,
        "disentanglement": study.scores,
    }
    for role, names in choices.items():
        if (name := getattr(claims, role)) is not None:
            known(f"claims.{role}", name, names, f"{role} to check claims on")
    if claims.digits:
        axes = study.experiments[claims.digits].grid.axes()
        if any(len(values) > 1 for axis, values in axes.items() if axis != "seed"):
            raise ConfigError("claims.digits", claims.digits, "allowed: an experiment with the seed as its only axis")
    if claims.disentanglement and study.experiments[claims.disentanglement].model.posterior:
        raise ConfigError("claims.disentanglement", claims.disentanglement, "allowed: with a Gaussian posterior")
