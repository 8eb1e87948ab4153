"""One finished quick study, in a copy of the house that tests may edit."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PARTS = ("Snakefile", "rules", "workflow_scripts", "curvae", "profiles", "envs")


class House:
    """A folder with the workflow and a config, and Snakemake to run it."""

    def __init__(self, folder: Path):
        self.folder = folder
        for part in PARTS:
            place = ROOT / part
            if place.is_dir():
                shutil.copytree(place, folder / part, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copy2(place, folder / part)
        shutil.copy2(ROOT / "quick/config.yaml", folder / "config.yaml")

    def run(self, *arguments: str) -> subprocess.CompletedProcess:
        """Run Snakemake here; output and errors together."""
        command = [sys.executable, "-m", "snakemake", "--cores", "2", *arguments]
        environment = {**os.environ, "PYTHONPATH": str(self.folder), "PYTHONDONTWRITEBYTECODE": "1"}
        return subprocess.run(
            command,
            cwd=self.folder,
            env=environment,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
        )

    def planned(self, *arguments: str) -> set[str]:
        """What a run would do now, as the messages of its jobs."""
        done = self.run("--dry-run", *arguments)
        assert done.returncode == 0, done.stdout
        return set(re.findall(r"^Job \d+: (.+)$", done.stdout, flags=re.MULTILINE))

    def edit(self, path: str, old: str, new: str) -> None:
        """Replace the first occurrence of some text in a file."""
        text = (self.folder / path).read_text()
        assert old in text
        (self.folder / path).write_text(text.replace(old, new, 1))


@pytest.fixture
def house(tmp_path):
    """A copy of the house with nothing made yet."""
    return House(tmp_path)


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    """A copy of the house that the tests of a module share."""
    return House(tmp_path_factory.mktemp("shared"))


@pytest.fixture
def second(tmp_path_factory):
    """Another such copy, as on another machine."""
    return House(tmp_path_factory.mktemp("second"))


@pytest.fixture(scope="session")
def finished(tmp_path_factory):
    """The quick study, run to its end. Tests that edit it go through `edited`."""
    house = House(tmp_path_factory.mktemp("study"))
    done = house.run()
    assert done.returncode == 0, done.stdout[-5000:]
    house.said = done.stdout
    return house


@pytest.fixture
def edited(finished):
    """The finished study; every file of the house is put back afterwards, with its date."""
    kept = finished.folder.parent / "kept"
    kept.mkdir()
    for part in (*PARTS, "config.yaml"):
        place = finished.folder / part
        if place.is_dir():
            shutil.copytree(place, kept / part, copy_function=shutil.copy2)
        else:
            shutil.copy2(place, kept / part)
    yield finished
    for part in (*PARTS, "config.yaml"):
        place = finished.folder / part
        if place.is_dir():
            shutil.rmtree(place)
        else:
            place.unlink()
        shutil.move(kept / part, place)
    kept.rmdir()
