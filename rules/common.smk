"""The checked study, names and paths that several rules share, and all inputs. No rule stands here."""

from functools import cache
from pathlib import Path

import pandas as pd
from snakemake.exceptions import WorkflowError
from snakemake.utils import Paramspace

from curvae.fingerprint import ROOT, fingerprint
from curvae.settings.base import ConfigError, within
from curvae.settings.check import read_study
from curvae.settings.checks.dynamics import BASELINES
from curvae.settings.file import check_file

if ROOT.resolve() != Path(workflow.basedir, "curvae").resolve():
    raise WorkflowError(
        f"curvae is imported from {ROOT}, not from {workflow.basedir}: uninstall that one"
    )

for file in ["config.yaml", *workflow.configfiles]:
    try:
        check_file(file)
    except ConfigError as error:
        raise WorkflowError(f"{file}: {error}")


configfile: "config.yaml"


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


WEIGHTS = "results/train/{experiment}/{instance}/weights.safetensors"
HISTORY = "results/train/{experiment}/{instance}/history.parquet"
MANIFEST = "results/train/{experiment}/{instance}/manifest.json"
LATENTS = "results/encode/{experiment}/{instance}/latents.zarr"


include: "inputs/training.smk"
include: "inputs/dynamics.smk"
include: "inputs/scores.smk"
include: "inputs/geometry.smk"
include: "inputs/claims.smk"
include: "inputs/page.smk"
include: "results.smk"
