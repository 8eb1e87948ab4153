"""The pinned environments agree with one another and with what the package asks for."""

import re
import tomllib
from pathlib import Path

import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
CONDA_NAMES = {"pytorch": "torch", "matplotlib-base": "matplotlib"}


def locked():
    lines = (ROOT / "envs/lock.txt").read_text().splitlines()
    return dict(line.lower().split("==") for line in lines if line and not line.startswith("#"))


def test_the_lock_pins_every_line_and_names_no_build():
    lines = [line for line in (ROOT / "envs/lock.txt").read_text().splitlines() if not line.startswith("#")]
    assert all(re.fullmatch(r"[A-Za-z0-9._-]+==[0-9][0-9A-Za-z.]*", line) for line in lines)


def test_the_lock_satisfies_every_range():
    pins = locked()
    wanted = PROJECT["dependencies"] + [line for extra in PROJECT["optional-dependencies"].values() for line in extra]
    for requirement in map(Requirement, wanted):
        assert requirement.specifier.contains(pins[requirement.name.lower()]), requirement


def test_the_conda_environment_holds_the_packages_at_the_versions_of_the_lock():
    pins = locked()
    lines = yaml.safe_load((ROOT / "envs/curvae.yaml").read_text())["dependencies"]
    conda = {CONDA_NAMES.get(name, name): version for name, version in (line.split("=") for line in lines)}
    assert SpecifierSet(PROJECT["requires-python"]).contains(conda.pop("python") + ".0")
    needed = {Requirement(line).name for line in PROJECT["dependencies"]}
    assert conda == {name: pins[name.lower()] for name in needed}


def test_every_rule_that_runs_a_script_names_the_environment():
    for path in (ROOT / "rules").rglob("*.smk"):
        rules = re.split(r"^rule ", path.read_text(), flags=re.MULTILINE)[1:]
        for rule in rules:
            for directive in (
                "log:",
                "benchmark:",
                "threads:",
                "resources:",
                "conda:",
                "params:",
                "script:",
                "message:",
            ):
                assert f"    {directive}" in rule, f"{path.name}, rule {rule.split(':')[0]}: no {directive}"
            assert '"../envs/curvae.yaml"' in rule
            assert "code(" in rule
