"""A whole study: data sets, experiments and what is made of them."""

from typing import Annotated

from pydantic import AfterValidator, Field

from curvae.settings.base import Name, Settings, axis, distinct
from curvae.settings.bound import Bound, CodeShape, Posteriors, Pretraining
from curvae.settings.climate import Climate
from curvae.settings.data import DataSettings
from curvae.settings.dynamics import Dynamics
from curvae.settings.experiment import Experiment
from curvae.settings.flow import ImageFlow
from curvae.settings.generation import Between, Generation
from curvae.settings.geometry import Density, Directions, Geometry, LearntRing
from curvae.settings.scoring import Scoring

Names = Annotated[tuple[Name, ...], AfterValidator(distinct)]


class Figures(Settings):
    """Which subjects each kind of figure is drawn for."""

    loss_curves: Names = Field((), description="experiments")
    latent_scatter: Names = Field((), description="experiments with two latents or more")
    interpolation: Names = Field((), description="experiments on images")
    latent_grid: Names = Field((), description="experiments on images with two latents")
    samples: Names = Field((), description="experiments on images")
    sample_paths: Names = Field((), description="experiments on images")
    adversarial_curves: Names = Field((), description="experiments whose model is a generator")
    between: Names = Field((), description="names under `between`")
    attribute_edits: Names = Field((), description="names under `flows`")
    regularisation: Names = Field((), description="experiments on `uniform` with one or two latents")
    reconstructions: Names = Field((), description="experiments on images")
    traversals: Names = Field((), description="experiments on images")
    score_curves: Names = Field((), description="names under `scores`")
    score_table: Names = Field((), description="names under `scores`, with two `classes` or more")
    kl_terms: Names = Field((), description="names under `scores`")
    factor_latents: Names = Field((), description="names under `scores`")
    metric_schematic: Names = Field((), description="names under `scores`, of experiments on images")
    metric_agreement: Names = Field((), description="names under `scores` with two metrics or more")
    future: Names = Field((), description="names under `dynamics`")
    position_errors: Names = Field((), description="names under `dynamics`")
    phase_portraits: Names = Field((), description="names under `dynamics`, on two latents or more")
    latent_sizes: Names = Field((), description="experiments on `bouncing_ball`")
    level_sets: Names = Field(
        (), description="experiments with fully connected layers, two latents and an invertible activation"
    )
    ring: Names = Field((), description="names under `rings`")
    posteriors: Names = Field((), description="names under `posteriors`")
    bound_curves: Names = Field((), description="names under `bound_curves`")
    ladders: Names = Field((), description="names under `ladders`")
    pretraining: Names = Field((), description="names under `pretraining`")
    exponents: Names = Field((), description="names under `climate`")
    whole_spectrum: Names = Field((), description="names under `climate`, with `whole` above 0")
    return_map: Names = Field((), description="names under `climate`")
    attractor: Names = Field((), description="names under `climate`")
    geodesics: Names = Field((), description="names under `geometry`")
    random_walks: Names = Field((), description="names under `geometry`")
    clusters: Names = Field((), description="names under `geometry` with `groups`")
    mixtures: Names = Field((), description="names under `geometry` with `groups`")
    directions: Names = Field((), description="names under `directions`, of experiments on images")


class Claims(Settings):
    """Which results each source's claims are checked on; claims without results are left out."""

    square: Names = Field((), description="experiments on `uniform`, for the claims on the square")
    digits: Name | None = Field(None, description="experiment on `mnist` with the seed as its only axis")
    convolutional: Name | None = Field(None, description="the same with a convolutional network")
    density: Names = Field((), description="names under `density`")
    ring: Name | None = Field(None, description="a name under `rings`")
    ball: Name | None = Field(None, description="a name under `dynamics`")
    sizes: Name | None = Field(
        None, description="experiment on `bouncing_ball` with several sizes of latents, the seed its only other axis"
    )
    joint: tuple[Name, Name] | None = Field(
        None,
        description="experiments on the same `bouncing_ball` with objective `smooth`: of weight 0, and with a weight",
    )
    climate: Name | None = Field(None, description="a name under `climate`")
    geometry: Name | None = Field(None, description="a name under `geometry`")
    directions: Name | None = Field(None, description="a name under `directions`, of an experiment on `bouncing_ball`")
    inversion: Name | None = Field(None, description="a name under `figures.level_sets`")
    generation: Name | None = Field(None, description="a name under `generation`")
    between: Name | None = Field(
        None, description="a name under `between`, a model `interpolator` among its experiments"
    )
    flow: Name | None = Field(None, description="a name under `flows` with the seed as its only axis")
    disentanglement: Name | None = Field(None, description="a name under `scores`")
    posterior: tuple[Name, Name] | None = Field(
        None, description="names under `bounds`: an experiment with a Gaussian posterior, and the same with a flow"
    )
    pretraining: Name | None = Field(None, description="a name under `pretraining`")
    codes: Name | None = Field(None, description="a name under `codes`, of an experiment with a point as posterior")
    drawn: Name | None = Field(None, description="a name under `drawn_codes`")


class Study(Settings):
    """Everything that one `config.yaml` says."""

    data: dict[Name, DataSettings] = Field(min_length=1, description="data sets by name")
    experiments: dict[Name, Experiment] = Field(min_length=1, description="experiments by name")
    dynamics: dict[Name, Dynamics] = Field({}, description="predictions by name")
    climate: dict[Name, Climate] = Field({}, description="climates of chaotic systems by name")
    scores: dict[Name, Scoring] = Field({}, description="scores by the experiment's name")
    bounds: dict[Name, Bound] = Field({}, description="importance-weighted bounds by the experiment's name")
    posteriors: dict[Name, Posteriors] = Field({}, description="maps of posteriors by name")
    bound_curves: dict[Name, axis(Name)] = Field(
        {}, description="names under `bounds` whose bounds stand in one figure; gains are over the first, by name"
    )
    ladders: dict[Name, axis(Name)] = Field(
        {}, description="names under `bounds`, ladders and what they stand beside in a figure of their layers, by name"
    )
    pretraining: dict[Name, Pretraining] = Field({}, description="comparisons of initial weights by name")
    codes: dict[Name, CodeShape] = Field({}, description="shapes of codes by the experiment's name")
    rings: dict[Name, LearntRing] = Field({}, description="what is learnt of the ring, by name")
    density: dict[Name, Density] = Field({}, description="densities of codes by the experiment's name")
    geometry: dict[Name, Geometry] = Field({}, description="geometries by name")
    directions: dict[Name, Directions] = Field({}, description="likely directions by the experiment's name")
    generation: dict[Name, Generation] = Field({}, description="measures of samples by name")
    drawn_codes: Names = Field(
        (), description="generators of codes, whose draws are compared with codes that nobody saw"
    )
    between: dict[Name, Between] = Field({}, description="measures of what is decoded between codes, by name")
    flows: dict[Name, ImageFlow] = Field({}, description="measures of flows of images by the experiment's name")
    claims: Claims = Claims()
    figures: Figures = Figures()
    explorer: Names = Field((), description="experiments on images whose members become a page to explore")
    tensorboard: bool = Field(True, description="write TensorBoard event files under results/logs while training")
