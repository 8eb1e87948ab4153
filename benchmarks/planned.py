"""The jobs of a study as Snakemake plans them, and where each one's benchmark lies; nothing is run."""

import logging
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import yaml
from snakemake.api import SnakemakeApi
from snakemake.jobs import Job
from snakemake.logging import logger
from snakemake.settings.types import ConfigSettings, OutputSettings, ResourceSettings
from snakemake.workflow import Workflow

ROOT = Path(__file__).parents[1]


@contextmanager
def planned(config: dict) -> Iterator[Workflow]:
    """The workflow of a config after a dry run: `dag` has its jobs, `globals` what the rules' files define."""
    with tempfile.TemporaryDirectory() as folder, SnakemakeApi(OutputSettings(dryrun=True)) as api:
        logger.handlers = [logging.NullHandler()]
        place = Path(folder, "config.yaml")
        place.write_text(yaml.safe_dump(config))
        workflow = api.workflow(
            resource_settings=ResourceSettings(cores=1),
            config_settings=ConfigSettings(configfiles=[place]),
            snakefile=ROOT / "Snakefile",
            workdir=Path(folder),
        )
        workflow.dag().execute_workflow(executor="dryrun")
        yield workflow._workflow


def named(workflow: Workflow) -> dict[str, Job]:
    """Every job that is run, by the path of its benchmark file, as `curvae.spent.read_benchmarks` names it."""
    jobs = [job for job in workflow.dag.jobs if job.benchmark]
    return {name_of(job): job for job in jobs}


def name_of(job: Job) -> str:
    return str(job.benchmark).removeprefix("results/benchmarks/").removesuffix(".tsv")
