"""How a finished study came about: a manifest of the run, and the same as a research object (RO-Crate).

Reference: Soiland-Reyes et al. (2022), Packaging research artefacts with RO-Crate; Leo et al. (2024), Recording
provenance of workflow runs with RO-Crate (the profile Workflow Run Crate).
"""

import json
import subprocess
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rocrate.model.contextentity import ContextEntity
from rocrate.rocrate import ROCrate

import curvae
from curvae.fingerprint import ROOT as PACKAGE
from curvae.spent import jobs_of, read_benchmarks
from curvae.store import read_json, sha256

ROOT = PACKAGE.parent  # of the workflow

PROFILES = tuple(f"https://w3id.org/ro/wfrun/{kind}/0.5" for kind in ("process", "workflow"))  # the crate follows both
LICENSE = "https://spdx.org/licenses/MIT"


def run_manifest(
    results: Path,
    config: dict[str, Any],
    outputs: Iterable[str],
    manifests: Iterable[str],
    jobs: Iterable[str],
    root: Path = ROOT,
) -> dict[str, Any]:
    """What a run was made from and with, and what came out; what other configs have left is no part of it.

    Args:
        results: folder of a finished study.
        config: the study's.
        outputs: paths of files and folders that it made.
        manifests: paths of what its trainings say of themselves.
        jobs: their names, or those of folders of them, as they stand under the logs and benchmarks.
        root: folder of the workflow, a git checkout or not.

    Returns:
        code (version, commit, changed files, SHA-256 of the lock), config, seeds of every experiment, SHA-256 of every
        data set and output, environments (versions, device) with the jobs that ran in them; times and cost of the jobs
        whose logs and benchmark files lie beside the results (`jobs`), None for times where there are no logs.
    """
    outputs, jobs = sorted(outputs), {Path(job) for job in jobs}
    data = [path for path in sorted((results / "data").glob("*.zarr")) if path.stem in config["data"]]
    environments: dict[str, list[str]] = {}
    for path in sorted(map(Path, manifests)):
        said = json.dumps(read_json(path)["environment"], sort_keys=True)
        environments.setdefault(said, []).append(str(path.parent.relative_to(results)))
    logs = [path.stat().st_mtime for path in _logs(results / "logs", jobs)]
    costs = jobs_of(read_benchmarks(results / "benchmarks"), map(str, jobs))
    times = [datetime.fromtimestamp(time, UTC).isoformat(timespec="seconds") for time in sorted(logs)]
    return {
        "code": {"version": curvae.__version__, "lock_sha256": sha256(root / "envs/lock.txt"), **_commit(root)},
        "config": config,
        "seeds": {name: e.get("grid", {}).get("seed", [0]) for name, e in config["experiments"].items()},
        "data": {path.stem: sha256(path) for path in data},
        "outputs": {str(path): sha256(path) for path in outputs},
        "environments": [json.loads(said) | {"jobs": jobs} for said, jobs in sorted(environments.items())],
        "first_log": times[0] if times else None,
        "last_log": times[-1] if times else None,
        "jobs": len(costs),
        "job_seconds": round(float(costs["s"].sum()), 1),
        "cpu_seconds": round(float(costs["cpu_time"].sum()), 1),
    }


def research_object(results: Path, manifest: dict[str, Any]) -> dict[str, Any]:
    """The run as a Workflow Run Crate whose root is the results folder: content of ``ro-crate-metadata.json``.

    Args:
        results: folder of the study.
        manifest: what `run_manifest` returned; its outputs lie under the folder.
    """
    crate = ROCrate(gen_preview=False)
    crate.name, crate.license = "curvae: a study of autoencoder latent spaces", LICENSE
    crate.description = "Data, trained members, codes, measures, figures and claims of one run of the workflow."
    begun, ended = manifest["first_log"], manifest["last_log"]
    crate.datePublished = datetime.fromisoformat(ended) if ended else datetime.now(UTC)
    for name in PROFILES:
        crate.add(ContextEntity(crate, name, {"@type": "CreativeWork", "name": name.split("/")[-2] + " run crate"}))
    crate.root_dataset["conformsTo"] = [{"@id": name} for name in PROFILES]
    workflow = crate.add_workflow(
        dest_path="run/Snakefile",
        main=True,
        lang="snakemake",
        properties={"name": "curvae", "version": manifest["code"]["version"], "license": LICENSE},
    )
    config = crate.add_file(dest_path="run/config.yaml", properties={"name": "what was computed"})
    workflow["input"] = [parameter := ContextEntity(crate, "#config", _parameter("config"))]
    crate.add(parameter)
    config["exampleOfWork"] = parameter
    made = []
    for path, digest in manifest["outputs"].items():
        place = Path(path).relative_to(results)
        about = {"name": str(place), "sha256": digest}
        add = crate.add_dataset if Path(path).is_dir() else crate.add_file
        made.append(add(dest_path=str(place) + "/" * Path(path).is_dir(), properties=about))
    run = crate.add_action(
        workflow,
        identifier="#run",
        object=[config],
        result=made,
        properties={
            "name": f"curvae {manifest['code']['version']}, commit {manifest['code']['commit'] or 'unknown'}",
            **({"startTime": begun, "endTime": ended} if ended else {}),
            "actionStatus": "http://schema.org/CompletedActionStatus",
        },
    )
    crate.root_dataset["mentions"] = [run]
    return crate.metadata.generate()


def _is_among(place: Path, names: set[Path]) -> bool:
    """Whether a place or a folder that it lies in is one of some names."""
    return bool(names & {place, *place.parents})


def _logs(folder: Path, jobs: set[Path]) -> list[Path]:
    places = {path: path.relative_to(folder).with_suffix("") for path in sorted(folder.rglob("*.log"))}
    return [path for path, place in places.items() if _is_among(place, jobs)]


def _parameter(name: str) -> dict[str, Any]:
    kind = "https://bioschemas.org/profiles/FormalParameter/1.0-RELEASE"
    return {"@type": "FormalParameter", "additionalType": "File", "name": name, "conformsTo": {"@id": kind}}


def _commit(root: Path) -> dict[str, Any]:
    """The commit that is checked out and the files that differ from it; None where the folder is no repository's own.

    A copy inside another repository says nothing: that one's commit is not where its files are from.
    """
    unknown = {"commit": None, "changed": None}
    try:
        if Path(_git(root, "rev-parse", "--show-toplevel").strip()).resolve() != root.resolve():
            return unknown
        commit = _git(root, "rev-parse", "HEAD").strip()
        changed = _git(root, "status", "--porcelain", "--untracked-files=no").splitlines()
    except (OSError, subprocess.CalledProcessError):
        return unknown
    return {"commit": commit, "changed": [line[3:] for line in changed]}


def _git(root: Path, *words: str) -> str:
    return subprocess.run(["git", "-C", root, *words], capture_output=True, text=True, check=True).stdout
