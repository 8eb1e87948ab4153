"""The Python in the documentation runs as it stands."""

import re
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[1]
PAGES = [p for p in sorted(ROOT.glob("docs/*.md")) if "```python" in p.read_text()]


def mapped():
    """Source, what it shows and the kinds and names of our figures, of every row of the gallery's tables."""
    for table in re.findall(r"(?:^\|.*\n)+", (ROOT / "docs/gallery.md").read_text(), flags=re.MULTILINE):
        (source, _), _, *rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in table.splitlines()]
        for shown, ours in rows:
            yield source, shown, [path.partition("/")[::2] for path in re.findall(r"`(\w+(?:/\w+)?)`", ours)]


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.name)
def test_examples_run(page, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    code = "\n".join(re.findall(r"```python\n(.*?)```", page.read_text(), flags=re.DOTALL))
    exec(compile(code, page.name, "exec"), {"__name__": page.stem})


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
