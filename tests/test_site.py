"""The documentation builds as a site: every page has its place, and every link leads somewhere."""

import re
import subprocess
import sys
from pathlib import Path

import yaml

import curvae

ROOT = Path(__file__).parents[1]


def test_the_site_builds_and_no_link_is_broken(modules, tmp_path):
    modules(("mkdocs", "material"), "envs/docs.txt")
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(tmp_path / "site")]
    done = subprocess.run(command, cwd=ROOT, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    assert done.returncode == 0, done.stdout
    pages = {path.stem for path in (ROOT / "docs").glob("*.md")}
    assert pages <= {path.stem for path in (tmp_path / "site").glob("*.html")}


def test_links_of_the_front_page_lead_somewhere():
    for page in ("README.md", "CHANGELOG.md", "config/README.md"):
        for link in re.findall(r"\]\(((?!http)[^)#]+)[^)]*\)", (ROOT / page).read_text()):
            assert ((ROOT / page).parent / link).exists(), f"{page}: {link}"


def test_the_requirements_pin_what_the_lock_does_not():
    lines = [line for line in (ROOT / "envs/docs.txt").read_text().splitlines() if not line.startswith("#")]
    assert all(re.fullmatch(r"[A-Za-z0-9._-]+==[0-9][0-9A-Za-z.]*", line) for line in lines)
    locked = {line.split("==")[0].lower() for line in (ROOT / "envs/lock.txt").read_text().splitlines()}
    assert not locked & {line.split("==")[0].lower() for line in lines}


def test_the_catalogue_finds_what_it_asks_for():
    about = yaml.safe_load((ROOT / ".snakemake-workflow-catalog.yml").read_text())["usage"]
    assert about["report"] is True
    assert about["software-stack-deployment"]["conda"] is True
    assert "## Usage" in (ROOT / "README.md").read_text()
    for name in ("Snakefile", "LICENSE", "CITATION.cff", "CHANGELOG.md", "config/README.md"):
        assert (ROOT / name).is_file(), name


def test_one_version_and_its_notes_and_date_everywhere():
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text())
    newest = re.search(r"^## (\S+) \((\S+)\)$", (ROOT / "CHANGELOG.md").read_text(), flags=re.MULTILINE)
    assert newest.groups() == (curvae.__version__, str(citation["date-released"]))
    assert citation["version"] == curvae.__version__


def test_the_citation_has_what_its_format_requires():
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text())
    assert citation["cff-version"] == "1.2.0"
    assert citation["message"]
    assert citation["title"]
    assert citation["type"] in ("software", "dataset")
    assert citation["license"] == "MIT"
    assert all(author.keys() & {"name", "family-names", "given-names"} for author in citation["authors"])
    assert len(set(citation["keywords"])) == len(citation["keywords"]) > 0
    allowed = {"cff-version", "message", "title", "type", "version", "date-released", "license", "authors", "keywords"}
    assert citation.keys() <= allowed | {"abstract", "repository-code", "url", "doi", "identifiers", "references"}
