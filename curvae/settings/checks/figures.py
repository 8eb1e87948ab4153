"""Figures against their subjects."""

from curvae.settings.base import ConfigError, known, listed
from curvae.settings.checks.experiments import encodes
from curvae.settings.checks.observations import factors_of, shape_of
from curvae.settings.experiment import Experiment
from curvae.settings.model import ModelSettings
from curvae.settings.study import Study

OF_SCORES = ("score_curves", "score_table", "kl_terms", "factor_latents", "metric_schematic", "metric_agreement")
OF_GEOMETRY = ("geodesics", "random_walks", "clusters", "mixtures")
OF_CLIMATE = ("exponents", "whole_spectrum", "return_map", "attractor")
DRAWN = ("beta", "lam", "seed")  # axes that curves of scores show, or average over
OF_LOSSES = ("loss_curves", "adversarial_curves")


def check_figures(study: Study) -> None:
    """Figures are of subjects that exist and can be drawn."""
    subjects = {kind: study.scores for kind in OF_SCORES} | {kind: study.climate for kind in OF_CLIMATE}
    subjects |= {kind: study.geometry for kind in OF_GEOMETRY}
    subjects |= {"future": study.dynamics, "directions": study.directions, "posteriors": study.posteriors}
    subjects |= {"position_errors": study.dynamics, "phase_portraits": study.dynamics}
    subjects |= {"ring": study.rings, "bound_curves": study.bound_curves, "ladders": study.ladders}
    subjects["pretraining"] = study.pretraining
    subjects |= {"attribute_edits": study.flows, "between": study.between}
    for kind, names in study.figures:
        for index, name in enumerate(names):
            key = f"figures.{kind}[{index}]"
            known(key, name, subjects.get(kind, study.experiments), kind.replace("_", " ") + "'s subject")
            if kind in OF_SCORES:
                _check_score_figure(study, key, kind, name)
            if kind == "whole_spectrum" and not study.climate[name].whole:
                raise ConfigError(key, name, f"allowed: a climate whose whole is above 0; climate.{name}.whole is 0")
            if kind in ("clusters", "mixtures") and study.geometry[name].groups is None:
                raise ConfigError(key, name, f"allowed: a geometry with groups; geometry.{name}.groups is not set")
            if kind == "phase_portraits":
                _check_latents(study, key, name)
            if kind in subjects and kind not in ("geodesics", "directions"):
                continue
            experiment = study.experiments[study.geometry[name].experiment if kind == "geodesics" else name]
            _check_players(key, kind, name, experiment)
            if kind not in (*OF_LOSSES, "samples", "sample_paths"):
                encodes(study, key, study.geometry[name].experiment if kind == "geodesics" else name)
            settings = study.data[experiment.data]
            data, latents = settings.kind, experiment.grid.latent or (experiment.model.latent,)
            shown = experiment.model_of(experiment.shown()[0]).latent
            if kind not in (*OF_LOSSES, "latent_scatter", "regularisation"):
                check_images(key, name, shape_of(study, settings))
            if kind in ("latent_scatter", "interpolation", "geodesics") and not factors_of(study, settings):
                raise ConfigError(key, name, f"allowed: data with factors; data.{experiment.data}.factors is not set")
            if kind == "regularisation" and (data != "uniform" or max(latents) > 2 or len(latents) > 1):
                raise ConfigError(key, name, "allowed: experiments on uniform data with one size of one or two latents")
            if kind == "latent_sizes" and data != "bouncing_ball":
                raise ConfigError(key, name, f"allowed: experiments on bouncing_ball, not on {data}")
            if kind == "level_sets":
                _check_level_sets(key, name, experiment.model_of(experiment.shown()[0]))
            if kind == "latent_grid" and shown != 2:
                raise ConfigError(key, name, f"allowed: a shown member with 2 latents, not {shown}")
            if kind == "latent_scatter" and shown < 2:
                raise ConfigError(key, name, f"allowed: a shown member with 2 latents or more, not {shown}")


def check_images(key: str, name: str, shape: tuple[int, ...]) -> None:
    """Observations are images that can be drawn: of rows and columns."""
    if len(shape) != 2:
        said = "points" if len(shape) == 1 else f"observations of shape {shape}"
        raise ConfigError(key, name, f"allowed: experiments on images, not on {said}")


def _check_players(key: str, kind: str, name: str, experiment: Experiment) -> None:
    """Losses of a generator and its critic have a figure of their own."""
    of_players = dict.fromkeys(("generator", "interpolator"), "adversarial_curves")
    fits = {**of_players, "glow": None}.get(experiment.model.kind, "loss_curves")
    if kind in OF_LOSSES and kind != fits:
        allowed = f"under figures.{fits}" if fits else "no figure of losses"
        raise ConfigError(key, name, f"a {experiment.model.kind}; allowed: {allowed}")


def _check_latents(study: Study, key: str, name: str) -> None:
    experiment = study.experiments[study.dynamics[name].experiment]
    if (latent := experiment.model_of(experiment.shown()[0]).latent) < 2:
        raise ConfigError(key, name, f"allowed: predictions of 2 latents or more, not {latent}")


def _check_level_sets(key: str, name: str, model: ModelSettings) -> None:
    activation = model.decoder_activation or model.activation
    if model.network != "mlp" or model.latent != 2 or activation == "relu":
        allowed = "allowed: network = mlp, 2 latents and a decoder's activation with an inverse (relu has none)"
        raise ConfigError(key, name, allowed)


def _check_score_figure(study: Study, key: str, kind: str, name: str) -> None:
    scoring, experiment = study.scores[name], study.experiments[name]
    others = [axis for axis, values in experiment.grid.axes().items() if axis not in DRAWN and len(values) > 1]
    if kind in ("score_curves", "kl_terms") and others:
        raise ConfigError(key, name, f"allowed: a grid of {listed(DRAWN)} alone, without {listed(others)}")
    if kind in ("score_curves", "kl_terms") and min(experiment.grid.beta) == 0:
        raise ConfigError(key, name, "allowed: a grid whose beta are all above 0, for the axis is logarithmic")
    if kind == "kl_terms" and experiment.model.posterior:
        raise ConfigError(key, name, "allowed: experiments with a Gaussian posterior, whose density is in closed form")
    if kind == "metric_schematic":
        check_images(key, name, shape_of(study, study.data[experiment.data]))
    if kind in ("score_table", "metric_schematic") and len(scoring.factors) < 2:
        raise ConfigError(f"scores.{name}.factors", list(scoring.factors), f"figures.{kind} needs two or more")
    if kind == "metric_agreement" and len(scoring.metrics) < 2:
        raise ConfigError(f"scores.{name}.metrics", list(scoring.metrics), f"figures.{kind} needs two or more")
    if kind == "score_table":
        for index, factor in enumerate(scoring.classes):
            if factor not in scoring.factors:
                allowed = f"allowed in figures.score_table: {listed(scoring.factors)}"
                raise ConfigError(f"scores.{name}.classes[{index}]", factor, allowed)
        if len(scoring.classes) < 2:
            raise ConfigError(f"scores.{name}.classes", list(scoring.classes), f"figures.{kind} needs two or more")
