"""Claims against everything else."""

from curvae.settings.base import ConfigError, known
from curvae.settings.checks.experiments import encodes, has_flow
from curvae.settings.study import Study

CONVOLUTIONAL = ("burgess", "locatello", "philion")


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
        "digits": (digits := [name for name in on if on[name] == "mnist"]),
        "convolutional": [name for name in digits if study.experiments[name].model.network in CONVOLUTIONAL],
        "ring": study.rings,
        "ball": study.dynamics,
        "sizes": [name for name in on if on[name] == "bouncing_ball"],
        "climate": study.climate,
        "geometry": study.geometry,
        "directions": [name for name in study.directions if on[name] == "bouncing_ball"],
        "inversion": study.figures.level_sets,
        "generation": study.generation,
        "between": {
            name: s
            for name, s in study.between.items()
            if any(study.experiments[one].model.kind == "interpolator" for one in s.experiments)
        },
        "flow": study.flows,
        "disentanglement": study.scores,
        "pretraining": study.pretraining,
        "codes": study.codes,
        "drawn": study.drawn_codes,
    }
    for role, names in choices.items():
        if (name := getattr(claims, role)) is not None:
            known(f"claims.{role}", name, names, f"{role} to check claims on")
    for index, name in enumerate(claims.density):
        known(f"claims.density[{index}]", name, study.density, "name under density")
    for role in ("digits", "convolutional", "flow", "drawn"):
        name = getattr(claims, role)
        axes = study.experiments[name].grid.axes() if name else {}
        if any(len(values) > 1 for axis, values in axes.items() if axis != "seed"):
            raise ConfigError(f"claims.{role}", name, "allowed: an experiment with the seed as its only axis")
    if name := claims.disentanglement:
        for index, other in enumerate((name, *study.scores[name].beside)):
            key = f"scores.{name}.beside[{index - 1}]" if index else "claims.disentanglement"
            _check_axes(study, key, other, ("beta", "seed"))
            if study.experiments[other].model.posterior:
                raise ConfigError(key, other, "allowed under claims.disentanglement: with a Gaussian posterior")
    if claims.sizes:
        encodes(study, "claims.sizes", claims.sizes)
        _check_axes(study, "claims.sizes", claims.sizes)
        if len(study.experiments[claims.sizes].grid.latent or ()) < 2:
            raise ConfigError("claims.sizes", claims.sizes, "allowed: an experiment with several sizes in grid.latent")
    if claims.joint:
        _check_joint(study, *claims.joint)
    if claims.codes:
        _check_codes(study, claims.codes)
    if claims.posterior:
        _check_posterior(study, *claims.posterior)


def _check_axes(study: Study, key: str, name: str, own: tuple[str, str] = ("latent", "seed")) -> None:
    """Members differ in their size, or other axis, and seed alone."""
    axes = study.experiments[name].grid.axes()
    if others := [axis for axis, values in axes.items() if axis not in own and len(values) > 1]:
        raise ConfigError(key, name, f"allowed: an experiment with {' and '.join(own)} as axes, without {others[0]}")


def _check_joint(study: Study, plain: str, joint: str) -> None:
    """Both experiments see the same batches of the same balls, and only the second has the term."""
    for index, name in enumerate((plain, joint)):
        key = f"claims.joint[{index}]"
        encodes(study, key, name)
        _check_axes(study, key, name)
        objective = study.experiments[name].objective
        if objective.kind != "smooth" or (objective.weight > 0) != bool(index):
            weight = "above 0" if index else "0: its batches are the same runs of frames"
            raise ConfigError(key, name, f"allowed: an experiment with objective smooth of weight {weight}")
    first, second = (study.experiments[name] for name in (plain, joint))
    if first.data != second.data or study.data[first.data].kind != "bouncing_ball":
        raise ConfigError("claims.joint", [plain, joint], "allowed: experiments on the same bouncing_ball data")
    if first.objective.frames != second.objective.frames:
        frames = [first.objective.frames, second.objective.frames]
        raise ConfigError("claims.joint", frames, "allowed: objectives of the same number of frames")


def _check_codes(study: Study, name: str) -> None:
    experiment = study.experiments[name]
    if getattr(experiment.model.posterior, "kind", None) != "point":
        raise ConfigError("claims.codes", name, "allowed: an experiment with a point as posterior")
    if any(len(values) > 1 for axis, values in experiment.grid.axes().items() if axis != "seed"):
        raise ConfigError("claims.codes", name, "allowed: an experiment with the seed as its only axis")


def _check_posterior(study: Study, plain: str, flow: str) -> None:
    """Both experiments have bounds for the same seeds, and only the second has a flow."""
    for index, name in enumerate((plain, flow)):
        key = f"claims.posterior[{index}]"
        known(key, name, study.bounds, "a name under bounds")
        experiment = study.experiments[name]
        if not has_flow(experiment) if index else experiment.model.posterior:
            raise ConfigError(key, name, f"allowed: an experiment {'with' if index else 'without'} model.posterior")
        if any(len(values) > 1 for axis, values in experiment.grid.axes().items() if axis != "seed"):
            raise ConfigError(key, name, "allowed: an experiment with the seed as its only axis")
    first, second = (study.experiments[name] for name in (plain, flow))
    if first.data != second.data or first.grid.seed != second.grid.seed or study.bounds[plain] != study.bounds[flow]:
        raise ConfigError(
            "claims.posterior", [plain, flow], "allowed: experiments with the same data, seeds and bounds"
        )
