"""The record of a run names what it was made from, and every output with its sum."""

import hashlib
import json
import shutil
import subprocess

import pandas as pd
import pytest
from rocrate.rocrate import ROCrate

from curvae import store
from curvae.provenance import ROOT, research_object, run_manifest
from curvae.report import about

CONFIG = {"data": {"d": {"kind": "uniform"}}, "experiments": {"e": {"data": "d", "grid": {"seed": [3, 4]}}, "f": {}}}

JOBS = ["train/e", "record_run"]


@pytest.fixture
def results(tmp_path):
    folder = tmp_path / "results"
    for place in (
        "logs/train/e",
        "benchmarks/train/e",
        "data/d.zarr",
        "data/gone.zarr",
        "train/e/stack~all",
        "train/gone/stack~all",
    ):
        (folder / place).mkdir(parents=True)
    (folder / "data/d.zarr/0").write_bytes(b"numbers")
    (folder / "claims.csv").write_text("claim\n")
    (folder / "train/e/stack~all/weights").write_bytes(b"weights")
    for job, seconds in (("train/e/1.5", 1.5), ("record_run", 2.0), ("train_gone", 4.0)):
        # the job's own account counts where it is higher than what was last seen of it
        (folder / f"logs/{job}.log").write_text(f"finished: {seconds} CPU seconds, 9 MB at its peak")
        table = pd.DataFrame({"s": [seconds], "cpu_time": [1.6], "max_rss": [8]})
        table.to_csv(folder / f"benchmarks/{job}.tsv", sep="\t", index=False)
    for name in ("e", "gone"):
        about = {"environment": {"torch": "1", "device": "cpu"}}
        store.write_json(folder / f"train/{name}/stack~all/manifest.json", about)
    return folder


def recorded(results):
    outputs = [str(results / place) for place in ("claims.csv", "data/d.zarr", "train/e/stack~all/weights")]
    return run_manifest(results, CONFIG, outputs, [str(results / "train/e/stack~all/manifest.json")], JOBS)


def test_the_manifest_says_code_config_seeds_sums_devices_and_cost(results):
    manifest = recorded(results)
    assert manifest["config"] == CONFIG
    assert manifest["seeds"] == {"e": [3, 4], "f": [0]}
    assert manifest["outputs"][str(results / "claims.csv")] == hashlib.sha256(b"claim\n").hexdigest()
    inside = hashlib.sha256(b"numbers").hexdigest()
    assert manifest["data"] == {"d": hashlib.sha256(f"0 {inside}\n".encode()).hexdigest()}
    assert manifest["environments"] == [{"torch": "1", "device": "cpu", "jobs": ["train/e/stack~all"]}]
    assert manifest["jobs"] == 2
    assert manifest["job_seconds"] == 3.5
    assert manifest["cpu_seconds"] == 3.6
    assert manifest["code"]["lock_sha256"] == hashlib.sha256((ROOT / "envs/lock.txt").read_bytes()).hexdigest()


def test_where_no_log_lies_times_are_unknown_and_nothing_is_added_up(results):
    for folder in ("logs", "benchmarks"):
        shutil.rmtree(results / folder)
    manifest = recorded(results)
    assert (manifest["first_log"], manifest["last_log"]) == (None, None)
    assert (manifest["jobs"], manifest["job_seconds"], manifest["cpu_seconds"]) == (0, 0, 0)
    (run,) = (one for one in research_object(results, manifest)["@graph"] if one["@id"] == "#run")
    assert not {"startTime", "endTime"} & run.keys()
    assert about(manifest)["first and last log"] == "none lies here"


def test_without_a_repository_the_commit_is_unknown(results, tmp_path):
    (tmp_path / "envs").mkdir()
    (tmp_path / "envs/lock.txt").write_text("")
    code = run_manifest(results, CONFIG, [], [], JOBS, tmp_path)["code"]
    assert code["commit"] is None
    assert code["changed"] is None


def test_the_commit_is_that_of_the_workflows_own_repository(results, tmp_path):
    def git(*words):
        done = subprocess.run(["git", "-C", tmp_path, *words], capture_output=True, text=True, check=True)
        return done.stdout.strip()

    inside = tmp_path / "inside"
    for folder in (tmp_path, inside):
        (folder / "envs").mkdir(parents=True)
        (folder / "envs/lock.txt").write_text("a\n")
    git("init", "--quiet")
    git("add", "envs")
    git("-c", "user.name=a", "-c", "user.email=a@b", "commit", "--quiet", "--message", "all")
    (tmp_path / "envs/lock.txt").write_text("b\n")
    own, copied = (run_manifest(results, CONFIG, [], [], JOBS, root)["code"] for root in (tmp_path, inside))
    assert (own["commit"], own["changed"]) == (git("rev-parse", "HEAD"), ["envs/lock.txt"])
    assert (copied["commit"], copied["changed"]) == (None, None)


def test_the_research_object_is_read_by_its_library_and_links_workflow_run_and_outputs(results):
    (results / "run").mkdir()
    (results / "run/Snakefile").write_text("")
    (results / "run/config.yaml").write_text("")
    (results / "ro-crate-metadata.json").write_text(json.dumps(research_object(results, recorded(results))))
    crate = ROCrate(results)
    assert crate.mainEntity.id == "run/Snakefile"
    (run,) = crate.root_dataset["mentions"]
    assert run.type == "CreateAction"
    assert run["instrument"] is crate.mainEntity
    assert {entity.id for entity in run["result"]} == {"claims.csv", "data/d.zarr/", "train/e/stack~all/weights"}
    assert [entity.id for entity in run["object"]] == ["run/config.yaml"]
    assert {part.id for part in crate.root_dataset["hasPart"]} >= {"claims.csv", "data/d.zarr/", "run/Snakefile"}
