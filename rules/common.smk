"""The checked study, and the names, paths and inputs that several rules share. No rule stands here."""

import re
from functools import cache
from pathlib import Path

import pandas as pd
from snakemake.exceptions import WorkflowError
from snakemake.utils import Paramspace

from curvae.fingerprint import ROOT, fingerprint
from curvae.settings.base import ConfigError
from curvae.settings.check import read_study
from curvae.settings.checks.dynamics import BASELINES

if ROOT.resolve() != Path(workflow.basedir, "curvae").resolve():
    raise WorkflowError(
        f"curvae is imported from {ROOT}, not from {workflow.basedir}: uninstall that one"
    )

try:
    STUDY = read_study(config)
except ConfigError as error:
    raise WorkflowError(f"config.yaml: {error}")

# The axes that are not stacked span a Paramspace: a new value on one of them runs itself alone.
SPACES = {
    name: Paramspace(
        pd.DataFrame([job or {"stack": "all"} for job in experiment.jobs()]),
        filename_params="*",
        filename_sep=",",
        single_wildcard="instance",
    )
    for name, experiment in STUDY.experiments.items()
}
JOBS = {
    name: dict(zip(space.instance_patterns, STUDY.experiments[name].jobs()))
    for name, space in SPACES.items()
}

PREDICTORS = sorted({p for d in STUDY.dynamics.values() for p in d.predictors})


wildcard_constraints:
    dataset="|".join(STUDY.data),
    experiment="|".join(STUDY.experiments),
    dynamics="|".join(STUDY.dynamics) or "none",
    climate="|".join(STUDY.climate) or "none",
    learner="(?!truth)[^/]+",
    system="[^/]+",
    geometry="|".join(STUDY.geometry) or "none",
    posteriors="|".join(STUDY.posteriors) or "none",
    bound_curves="|".join(STUDY.bound_curves) or "none",
    ladders="|".join(STUDY.ladders) or "none",
    pretraining="|".join(STUDY.pretraining) or "none",
    generation="|".join(STUDY.generation) or "none",
    ring="|".join(STUDY.rings) or "none",
    between="|".join(STUDY.between) or "none",
    instance="[^/]+",
    predictor="|".join(PREDICTORS) or "none",
    baseline="|".join(BASELINES),


@cache
def code(script, *modules):
    """Fingerprint of a script and of modules that it imports by a name from the config."""
    return fingerprint(Path(workflow.basedir, "workflow_scripts", script), *modules)


def dump(settings, *only):
    """Settings, or those of some names, as the plain values that params can hold."""
    return settings.model_dump(mode="json", include=set(only) or None)


def dataset_path(experiment):
    return f"results/data/{STUDY.experiments[experiment].data}.zarr"


def every_instance(pattern, experiment):
    """A path for each job of an experiment."""
    return [
        pattern.format(experiment=experiment, instance=instance)
        for instance in JOBS[experiment]
    ]


def shown_path(pattern, experiment):
    """The path of the job that trains an experiment's shown member."""
    job, _ = STUDY.experiments[experiment].shown()
    instance = next(name for name, axes in JOBS[experiment].items() if axes == job)
    return pattern.format(experiment=experiment, instance=instance)


def shown_model(experiment):
    return STUDY.experiments[experiment].model_of(
        STUDY.experiments[experiment].shown()[0]
    )


def shown_member(experiment):
    return STUDY.experiments[experiment].shown()[1]


def shown_place(experiment):
    """The shown member's place among those of all jobs, one job after the other."""
    job, member = STUDY.experiments[experiment].shown()
    jobs = STUDY.experiments[experiment].jobs()
    earlier = jobs[: jobs.index(job)]
    return member + sum(len(STUDY.experiments[experiment].members(j)) for j in earlier)


def model_module(experiment):
    return f"curvae.models.{STUDY.experiments[experiment].model.kind}"


def objective_module(experiment):
    return f"curvae.objectives.{STUDY.experiments[experiment].objective.kind}"


def objective_name(experiment):
    """Kind of the objective; where the posterior is no diagonal Gaussian, its kind stands behind."""
    objective, posterior = (
        STUDY.experiments[experiment].objective,
        STUDY.experiments[experiment].model.posterior,
    )
    return f"{objective.kind} ({posterior.kind})" if posterior else objective.kind


def data_module(dataset):
    return f"curvae.data.{STUDY.data[dataset].kind}"


def every_figure():
    return [
        f"results/figures/{kind}/{name}.{ending}"
        for kind, names in STUDY.figures
        for name in names
        for ending in ("png", "pdf", "csv")
    ]


def claims_table():
    """The table of claims, if the config asks for any."""
    return ["results/claims.csv"] if any(names for _, names in STUDY.claims) else []


def every_manifest():
    """What every training says of itself."""
    return [
        *(p for name in STUDY.experiments for p in every_instance(MANIFEST, name)),
        *(
            f"results/dynamics/{name}/trained/{predictor}/manifest.json"
            for name, dynamics in STUDY.dynamics.items()
            for predictor in dynamics.predictors
            if is_trained(name, predictor)
        ),
        *(
            f"results/climate/{name}/{learner}/manifest.json"
            for name, climate in STUDY.climate.items()
            for learner in climate.learners
        ),
    ]


def every_result():
    """Everything that the study asks for."""
    experiments = STUDY.experiments
    weights = [path for name in experiments for path in every_instance(WEIGHTS, name)]
    latents = [
        path
        for name, experiment in experiments.items()
        if experiment.model.encodes
        for path in every_instance(LATENTS, name)
    ]
    return [
        *weights,
        *latents,
        *(path for name in experiments for path in every_instance(HISTORY, name)),
        *(f"results/summary/{name}.csv" for name in STUDY.experiments),
        *(f"results/dynamics/{name}/scores.csv" for name in STUDY.dynamics),
        *(
            f"results/dynamics/{name}/exponents.csv"
            for name, dynamics in STUDY.dynamics.items()
            if any(is_trained(name, predictor) for predictor in dynamics.predictors)
        ),
        *(f"results/climate/{name}/climate.csv" for name in STUDY.climate),
        *(
            f"results/films/{name}.{ending}"
            for name in STUDY.dynamics
            for ending in ("gif", "mp4")
        ),
        *(f"results/scores/{name}.csv" for name in STUDY.scores),
        *(
            f"results/scores/{name}_unlabelled.csv"
            for name, scoring in STUDY.scores.items()
            if scoring.unsupervised
        ),
        *(f"results/bounds/{name}.csv" for name in STUDY.bounds),
        *(f"results/pretraining/{name}.csv" for name in STUDY.pretraining),
        *(f"results/codes/{name}.csv" for name in STUDY.codes),
        *(f"results/density/{name}.csv" for name in STUDY.density),
        *(f"results/ring/{name}.csv" for name in STUDY.rings),
        *(path for name in STUDY.geometry for path in geometry_tables(name).values()),
        *(
            f"results/geometry/{name}/groups_summary.csv"
            for name, geometry in STUDY.geometry.items()
            if geometry.groups
        ),
        *(f"results/directions/{name}.csv" for name in STUDY.directions),
        *(f"results/generation/{name}.csv" for name in STUDY.generation),
        *(f"results/drawn_codes/{name}.csv" for name in STUDY.drawn_codes),
        *(
            f"results/flows/{name}{end}.csv"
            for name in STUDY.flows
            for end in ("", "_edits")
        ),
        *(f"results/between/{name}.csv" for name in STUDY.between),
        *every_figure(),
        *(f"results/explorer/{name}.html" for name in STUDY.explorer),
        *claims_table(),
    ]


WEIGHTS = "results/train/{experiment}/{instance}/weights.safetensors"
HISTORY = "results/train/{experiment}/{instance}/history.parquet"
MANIFEST = "results/train/{experiment}/{instance}/manifest.json"
LATENTS = "results/encode/{experiment}/{instance}/latents.zarr"
