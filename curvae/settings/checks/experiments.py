"""Experiments against data sets."""

from math import gcd

from curvae.settings.base import ConfigError, known, listed
from curvae.settings.checks.observations import factors_of, shape_of, splits_of
from curvae.settings.data import Trajectories
from curvae.settings.experiment import Experiment
from curvae.settings.model import SIDES
from curvae.settings.objective import DCIGN, OBJECTIVE_KINDS, OF_GENERATORS, Smooth
from curvae.settings.study import Study

OF_GAUSSIANS = ("beta_tcvae", "dip_vae", "smooth")  # objectives that need the posterior's moments in closed form
OF_LAYERS = (*OF_GAUSSIANS, "dc_ign")  # objectives that codes whose layers depend on each other do not go with
REAL = ("uniform", "ring", "codes", "lorenz", "kuramoto_sivashinsky")  # whose numbers are no intensities in [0, 1]
IMAGES = ("mnist", "bouncing_ball", "sprites", "own")  # kinds that are images as they come
ANY_PRIOR = ("elbo", "capacity")  # objectives that ask nothing of the prior but its density
WITHOUT_KL = ("elbo", "wae_mmd", "wae_gan")  # objectives that can do without a KL divergence


def check_experiment(study: Study, key: str, experiment: Experiment) -> None:
    """An experiment's data, axes, batch and network fit each other."""
    known(f"{key}.data", experiment.data, study.data, "a data set")
    data = study.data[experiment.data]
    if len(set(experiment.stack)) < len(experiment.stack):
        raise ConfigError(f"{key}.stack", list(experiment.stack), "every axis at most once")
    axes = experiment.grid.axes()
    for axis, value in experiment.show.items():
        if axis not in axes:
            raise ConfigError(f"{key}.show.{axis}", value, f"unknown axis; allowed: {listed(axes)}")
        if value not in axes[axis]:
            raise ConfigError(f"{key}.show.{axis}", value, f"not on this axis; allowed: {listed(axes[axis])}")
    size, shape = splits_of(study, data)[0], shape_of(study, data)
    if experiment.train.batch > size:
        raise ConfigError(
            f"{key}.train.batch", experiment.train.batch, f"allowed: at most {size}, the training samples"
        )
    _check_players(key, experiment, size)
    if experiment.model.kind == "glow":
        _check_flow(study, key, experiment)
        return
    if experiment.model.kind == "interpolator":
        if len(shape) == 1:
            raise ConfigError(f"{key}.data", experiment.data, "allowed with model interpolator: images, not points")
        return
    if experiment.model.kind == "generator":
        if data.kind == "codes" and experiment.model.output == "tanh":
            raise ConfigError(f"{key}.model.output", "tanh", "allowed on codes, which have no bounds: 'linear'")
        return
    if data.kind in REAL and experiment.model.likelihood == "bernoulli":
        raise ConfigError(f"{key}.model.likelihood", "bernoulli", "allowed on points and codes: 'gaussian'")
    _check_posterior(key, experiment)
    if isinstance(experiment.objective, DCIGN):
        _check_lines(study, key, experiment)
    if isinstance(experiment.objective, Smooth):
        _check_runs(study, key, experiment)
    if experiment.model.network == "philion" and shape != (28, 28):
        raise ConfigError(f"{key}.model.network", "philion", f"allowed on images of 28 px; on {data.kind}: 'mlp'")
    if experiment.model.network not in ("mlp", "ladder") and shape not in [(side, side) for side in SIDES]:
        allowed = f"allowed on images of {listed(SIDES)} px; on {data.kind}: 'mlp'"
        raise ConfigError(f"{key}.model.network", experiment.model.network, allowed)


def _check_posterior(key: str, experiment: Experiment) -> None:
    """The objective can do with the posterior, and the grid leaves alone what the model is made of."""
    model, kind = experiment.model, experiment.objective.kind
    posterior = getattr(model.posterior, "kind", None)
    if posterior == "layered":
        if kind in OF_LAYERS:
            raise ConfigError(f"{key}.objective.kind", kind, f"allowed for model ladder: all but {listed(OF_LAYERS)}")
        if experiment.grid.latent:
            allowed = "allowed for model vae or generator; of a ladder: model.latents"
            raise ConfigError(f"{key}.grid.latent", list(experiment.grid.latent), allowed)
    elif posterior and kind in OF_GAUSSIANS:
        allowed = f"allowed with posterior.kind = {posterior}: all but {listed(OF_GAUSSIANS)}"
        raise ConfigError(f"{key}.objective.kind", kind, allowed)
    if posterior == "point" and kind not in WITHOUT_KL:
        raise ConfigError(f"{key}.objective.kind", kind, f"allowed with posterior.kind = point: {listed(WITHOUT_KL)}")
    if getattr(model, "prior", None):
        if kind not in ANY_PRIOR:
            raise ConfigError(f"{key}.objective.kind", kind, f"allowed with model.prior: {listed(ANY_PRIOR)}")
        if min(experiment.grid.latent or (2,)) < 2:
            raise ConfigError(f"{key}.grid.latent", list(experiment.grid.latent), "allowed with model.prior: from 2")
    if getattr(model, "pretrain", None) and set(experiment.grid.activation or ("sigmoid",)) != {"sigmoid"}:
        raise ConfigError(f"{key}.grid.activation", list(experiment.grid.activation), "allowed with pretrain: sigmoid")


def check_priors(study: Study) -> None:
    """What takes the prior for N(0, I) is asked of experiments with that prior."""
    asked = [(f"{part}.{name}", name) for part in ("scores", "density", "directions") for name in getattr(study, part)]
    asked += [(f"rings.{name}.experiment", ring.experiment) for name, ring in study.rings.items()]
    asked += [(f"posteriors.{name}.{field}", other) for name, pair in study.posteriors.items() for field, other in pair]
    for key, name in asked:
        if getattr(study.experiments[name].model, "prior", None):
            raise ConfigError(key, name, "allowed: an experiment with the prior N(0, I), without model.prior")


def has_flow(experiment: Experiment) -> bool:
    """Whether a flow makes the posterior."""
    return getattr(experiment.model.posterior, "kind", None) == "iaf"


def _check_players(key: str, experiment: Experiment, size: int) -> None:
    """A generator has an objective for generators, whose critic's steps fit into an epoch; no other model has."""
    model, objective, batch = experiment.model, experiment.objective, experiment.train.batch
    others = tuple(kind for kind in OBJECTIVE_KINDS if kind not in (*OF_GENERATORS, "gaia"))
    fits = {"generator": OF_GENERATORS, "glow": ("elbo",), "interpolator": ("gaia",)}.get(model.kind, others)
    if objective.kind not in fits:
        raise ConfigError(f"{key}.objective.kind", objective.kind, f"allowed for model {model.kind}: {listed(fits)}")
    if objective.kind == "infogan" and not model.codes:
        raise ConfigError(f"{key}.model.codes", 0, "allowed with objective infogan: one or more")
    if hasattr(objective, "steps") and objective.steps > (batches := -(-size // batch)):
        raise ConfigError(f"{key}.objective.steps", objective.steps, f"allowed: at most {batches}, the batches a pass")


def _check_flow(study: Study, key: str, experiment: Experiment) -> None:
    """A flow of images has images whose sides can be halved at every level, and no axes of other models."""
    shape, model = shape_of(study, study.data[experiment.data]), experiment.model
    if len(shape) != 2:
        raise ConfigError(f"{key}.data", experiment.data, "allowed with model glow: images, not points")
    side = gcd(*shape)
    if side % 2**model.levels:
        most, sides = (side & -side).bit_length() - 1, " x ".join(map(str, sorted(set(shape))))
        allowed = f"allowed on images of {sides} px: at most {most}" if most else f"no number fits images of {sides} px"
        raise ConfigError(f"{key}.model.levels", model.levels, allowed)
    for axis in ("latent", "activation", "anneal"):
        if (values := getattr(experiment.grid, axis)) is not None:
            raise ConfigError(f"{key}.grid.{axis}", list(values), "allowed: nothing with model glow")
    if len(experiment.grid.beta) > 1:
        raise ConfigError(f"{key}.grid.beta", list(experiment.grid.beta), "allowed: one value with model glow")


def encodes(study: Study, key: str, name: str) -> Experiment:
    """An experiment that is known and whose observations have codes.

    Raises:
        ConfigError: there is none of that name, or its model has no encoder.
    """
    known(key, name, study.experiments, "an experiment")
    experiment = study.experiments[name]
    if not experiment.model.encodes:
        raise ConfigError(key, name, f"allowed: an experiment with an encoder; a {experiment.model.kind} has none")
    return experiment


def _check_lines(study: Study, key: str, experiment: Experiment) -> None:
    """Batches can vary one factor of the data, and each has a latent."""
    data, asked = study.data[experiment.data], experiment.objective.factors
    if data.kind not in ("sprites", "own"):
        allowed = "allowed on data whose factors lie on a grid: sprites, own"
        raise ConfigError(f"{key}.objective.kind", experiment.objective.kind, allowed)
    names = factors_of(study, data)
    varied = {name for name, levels in data.levels().items() if len(levels) > 1} if data.kind == "sprites" else names
    for index, name in enumerate(asked):
        if name not in varied:
            allowed = f"allowed: {listed(name for name in names if name in varied)}"
            raise ConfigError(f"{key}.objective.factors[{index}]", name, allowed)
    fewest = min(experiment.grid.latent or (experiment.model.latent,))
    if len(asked) > fewest:
        raise ConfigError(f"{key}.objective.factors", list(asked), f"allowed: at most {fewest}, one a latent")


def _check_runs(study: Study, key: str, experiment: Experiment) -> None:
    """The data are films, and a batch holds a run."""
    data, frames = study.data[experiment.data], experiment.objective.frames
    if data.kind != "bouncing_ball" and not isinstance(data, Trajectories):
        allowed = "allowed on data in films: bouncing_ball, lorenz, kuramoto_sivashinsky"
        raise ConfigError(f"{key}.objective.kind", experiment.objective.kind, allowed)
    most = min(data.frames, experiment.train.batch)
    if frames > most:
        raise ConfigError(f"{key}.objective.frames", frames, f"allowed: at most {most} (frames of a film, and batch)")
