"""The quick study, cut down, on a real SLURM of two nodes: the same bytes as here, whatever is done to its jobs."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pandas as pd
import pytest
import yaml
from slurm_cluster import PROGRAMS, Cluster, wait

pytestmark = pytest.mark.timeout(1800)

PROFILE = ["--profile", "profiles/slurm", "--latency-wait", "5", "--slurm-init-seconds-before-status-checks", "1"]
KEPT = {"data": ["ball", "square"], "experiments": ["square2", "ball"], "dynamics": ["ball"]}


@pytest.fixture(scope="module")
def cluster(tmp_path_factory, programs):
    programs(PROGRAMS, "slurmctld slurmd slurm-client munge")
    port = 16817 + 20 * (os.getpid() % 700)  # below those that systems give out; two runs at once do not meet
    with Cluster(tmp_path_factory.mktemp("slurm"), port=port) as cluster:
        yield cluster


@pytest.fixture
def cut(house):
    """The house with a part of the quick study, on the same settings."""
    whole = yaml.safe_load((house.folder / "config.yaml").read_text())
    part = {key: {name: whole[key][name] for name in names} for key, names in KEPT.items()}
    predictors = part["dynamics"]["ball"]["predictors"]
    part["dynamics"]["ball"]["predictors"] = {name: predictors[name] for name in ("gru", "ridge")}
    part |= {"claims": {"square": ["square2"], "ball": "ball"}, "figures": {"loss_curves": ["ball"]}}
    (house.folder / "config.yaml").write_text(yaml.safe_dump(part))
    return house


def start(house, cluster, *arguments):
    """Snakemake on the cluster, as a process that writes to a file."""
    environment = cluster.environment | {"PYTHONPATH": str(house.folder), "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, "-m", "snakemake", *PROFILE, *arguments]
    with (house.folder / "said").open("w") as said:
        return subprocess.Popen(command, cwd=house.folder, env=environment, stdout=said, stderr=subprocess.STDOUT)


def finish(house, process):
    assert process.wait(1500) == 0, (house.folder / "said").read_text()[-5000:]


def same_as(house, finished, *folders):
    """Every file of the folders has the bytes of the local run."""
    count = 0
    for folder in folders:
        for path in (house.folder / "results" / folder).rglob("*"):
            if path.is_file() and "manifest.json" not in path.name and path.name != ".snakemake_timestamp":
                assert path.read_bytes() == (finished.folder / path.relative_to(house.folder)).read_bytes(), path
                count += 1
    return count


def running(cluster, rule, wildcards=""):
    """The first running job of a rule, once there is one."""
    found = []

    def look():
        lines = cluster.run("squeue", "--noheader", "--states", "running", "--format", "%A %k").splitlines()
        found[:] = [line.split()[0] for line in lines if f"rule_{rule}_" in f"{line}_" and wildcards in line]
        return bool(found)

    wait(600, look)
    return found[0]


def rule_of(job):
    """The rule that a SLURM job ran, from the comment that Snakemake gave it."""
    return job["Comment"].split("_wildcards_")[0].removeprefix("rule_")


def ends(jobs):
    """A job for every way in which jobs of a rule stand or ended."""
    return {(job["JobState"], rule_of(job)): job for job in jobs}


def script(house, rule):
    """The process of a rule's script, once there is one."""
    found = []

    def look():
        for process in Path("/proc").glob("[0-9]*"):
            try:
                words = (process / "cmdline").read_bytes().decode().split("\0")
            except OSError:
                continue
            if any(f"{house.folder}/.snakemake/scripts/" in w and w.endswith(f".{rule}.py") for w in words[:3]):
                found.append(int(process.name))
                return True
        return False

    wait(600, look)
    return found[0]


def test_the_study_runs_on_slurm_to_the_same_bytes(cut, cluster, finished):
    finish(cut, start(cut, cluster))
    assert same_as(cut, finished, "data", "train", "encode") > 20
    assert same_as(cut, finished, "dynamics/ball/trained/gru/rollouts.zarr", "dynamics/ball/baselines") > 4
    for table in ("measures/square2.csv", "summary/ball.csv"):
        pd.testing.assert_frame_equal(
            pd.read_csv(cut.folder / "results" / table), pd.read_csv(finished.folder / "results" / table)
        )
    assert cut.planned() == set()
    assert "gpu:1" in cluster.run("scontrol", "show", "job", "-d"), "training asks for a card"


def test_the_study_outlives_what_happens_to_its_jobs(cut, cluster, finished):
    """A job cancelled, one killed on its node, a node down and back, one over its memory, one over its time."""
    long = yaml.safe_load((cut.folder / "config.yaml").read_text())
    long["dynamics"]["ball"]["predictors"]["gru"]["train"]["epochs"] = 600
    (cut.folder / "config.yaml").write_text(yaml.safe_dump(long))
    small = ["summarise:mem_mb=250*attempt*attempt", "train_predictor:runtime=attempt*attempt"]
    process = start(cut, cluster, "--set-resources", *small)
    cluster.run("scancel", cancelled := running(cluster, "train", "square2"))
    os.kill(script(cut, "encode"), signal.SIGKILL)
    wait(600, lambda: ("TIMEOUT", "train_predictor") in ends(cluster.records(cut.folder)))
    lost = running(cluster, "train_predictor")
    node = cluster.job(lost, "NodeList")
    cluster.kill_node(node)
    time.sleep(1)
    wait(120, lambda: cluster.run("sinfo", "-h", "-n", node, "-o", "%T").startswith("down"))
    cluster.start_node(node)
    finish(cut, process)
    jobs, hungry = cluster.records(cut.folder), cluster.over_memory()
    by_end = ends(job for job in jobs if job["JobId"] not in hungry)
    assert by_end["CANCELLED", "train"]["JobId"] == cancelled
    assert ("FAILED", "encode") in by_end, "its script was killed"
    assert ("TIMEOUT", "train_predictor") in by_end
    assert by_end["NODE_FAIL", "train_predictor"]["JobId"] == lost
    starved = [job for job in jobs if job["JobId"] in hungry]
    assert {rule_of(job) for job in starved} == {"summarise"}
    assert {(job["JobState"], job["MinMemoryNode"]) for job in starved} == {("FAILED", "250M")}
    last = {job["Comment"]: job["JobState"] for job in sorted(jobs, key=lambda job: int(job["JobId"]))}
    assert set(last.values()) == {"COMPLETED"}, last
    assert same_as(cut, finished, "data", "train", "encode") > 20
    assert same_as(cut, finished, "dynamics/ball/baselines") > 4
    log = (cut.folder / "results/logs/train_predictor/ball/gru.log").read_text()
    assert "goes on in epoch" in log, "the attempt after the time limit starts where the one before it was stopped"
    assert cut.planned() == set()
