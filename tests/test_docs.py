"""The documentation works as it stands: Python runs, settings are a study, commands and paths name what is there."""

import re
import subprocess
import sys
from functools import cache
from pathlib import Path

import numpy as np
import pytest
import yaml

from curvae.settings.check import read_study
from curvae.settings.data import DATA_KINDS

ROOT = Path(__file__).parents[1]
TEXTS = [ROOT / "README.md", ROOT / "config/README.md", *sorted(ROOT.glob("docs/*.md"))]
OBJECTIVES = ROOT / "docs/objectives.md"
WITH_COMMANDS = [p for p in TEXTS if re.search(r"^```sh|^    snakemake ", p.read_text(), re.MULTILINE)]
RUNS = {"--cores", "--profile", "-n", "--report", "--unlock"}  # Snakemake asks for one of these
ROOMS = "benchmarks|config|curvae|docs|envs|full|profiles|quick|rules|tests|workflow_scripts"
PAGES = [p for p in sorted(ROOT.glob("docs/*.md")) if "```python" in p.read_text()]


def blocks(page, language):
    return re.findall(rf"```{language}\n(.*?)```", page.read_text(), flags=re.DOTALL)


def mapped():
    """Source, what it shows and the kinds and names of our figures, of every row of the gallery's tables."""
    for table in re.findall(r"(?:^\|.*\n)+", (ROOT / "docs/gallery.md").read_text(), flags=re.MULTILINE):
        (source, _), _, *rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in table.splitlines()]
        for shown, ours in rows:
            yield source, shown, [path.partition("/")[::2] for path in re.findall(r"`(\w+(?:/\w+)?)`", ours)]


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.name)
def test_examples_run(page, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    exec(compile("\n".join(blocks(page, "python")), page.name, "exec"), {"__name__": page.stem})


def test_settings_of_the_front_page_can_be_written_into_the_study(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    np.savez("mine.npz", images=np.zeros((1000, 8, 8), np.float32), factors=np.zeros((1000, 2)))
    default = yaml.safe_load((ROOT / "config.yaml").read_text())
    parts = [yaml.safe_load(part) for part in blocks(TEXTS[0], "yaml")]
    parts += [yaml.safe_load(part) for part in re.findall(r"^(?:    .*\n)+", OBJECTIVES.read_text(), re.MULTILINE)]
    assert [set(part["experiments"]) for part in parts] == [{"digits_grid"}, {"mine"}, {"digits_factorvae"}]
    for part in parts:  # written into the default config
        assert read_study(default | {name: {**default[name], **said} for name, said in part.items()})


@pytest.mark.parametrize("page", TEXTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_path_that_a_page_names_is_there(page):
    named = re.findall(rf"(?<![\w./-])(?:{ROOMS})/[\w./-]*\w(?![\w*{{]|/[*{{])", page.read_text())
    made = ("quick/results", "full/results")
    assert [path for path in named if not path.startswith(made) and not (ROOT / path).exists()] == []


def test_every_folder_of_results_stands_on_the_front_page():
    rules = "".join(path.read_text() for path in ROOT.glob("rules/*.smk"))
    made = set(re.findall(r'"results/(\w+)/', rules))
    assert made
    assert made - set(re.findall(r"results/(\w+)/", TEXTS[0].read_text())) == set()


def test_every_kind_of_data_has_a_row():
    kinds = re.findall(r"^\| `(\w+)` \|", (ROOT / "docs/data.md").read_text(), flags=re.MULTILINE)
    assert sorted(kinds) == sorted(DATA_KINDS)


@cache
def options():
    """Of Snakemake."""
    said = subprocess.run([sys.executable, "-m", "snakemake", "--help"], capture_output=True, text=True, check=True)
    return set(re.findall(r"(?<!\S)--?[a-z][a-z0-9-]*", said.stdout))


@pytest.mark.parametrize("page", WITH_COMMANDS, ids=lambda path: str(path.relative_to(ROOT)))
def test_commands_name_targets_and_options_that_there_are(page):
    lines = "".join(blocks(page, "sh")).replace("\\\n", " ").splitlines()
    lines += re.findall(r"^    (snakemake .*)", page.read_text(), flags=re.MULTILINE)
    commands = [line.split(" #")[0].split() for line in lines if line.strip()]
    assert {command[0] for command in commands} <= {"make", "snakemake", "tensorboard", ".", "mkdir", "pip", "export"}
    for first, *rest in commands:
        if first == "make":
            done = subprocess.run(["make", "--dry-run", *rest], cwd=ROOT, capture_output=True, text=True, check=False)
            assert done.returncode == 0, done.stderr
        if first == "snakemake":
            asked = {word for word in rest if word.startswith("-") and not word.startswith("--storage-s3")}
            assert asked <= options(), rest
            assert asked & RUNS, rest


def test_the_sources_figures_are_where_the_gallery_says():
    """Figures that the default study draws, with captions that name the source and, where it has one, the number."""
    drawn = yaml.safe_load((ROOT / "config.yaml").read_text())["figures"]
    rows = list(mapped())
    assert {source for source, _, _ in rows} == {"Philion (2018)", "Pyle (2019)"}
    for source, shown, figures in rows:
        for kind, name in figures:
            if kind not in drawn:  # names of subjects, and of what is no figure
                continue
            caption = (ROOT / f"rules/captions/{kind}.rst").read_text()
            assert not name or name in drawn[kind]
            assert re.search(source.replace(" (", r"\s+\(?").rstrip(")"), caption), kind
            numbers = re.match(r"[\d, ]+(?=:)", shown)
            for number in numbers.group().split(", ") if numbers else ():
                assert re.search(rf"[Ff]igure\s+{number}\b", caption), (kind, number)
