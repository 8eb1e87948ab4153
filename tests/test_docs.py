"""The Python in the documentation runs as it stands."""

import re
from pathlib import Path

import pytest

PAGES = [p for p in sorted(Path(__file__).parents[1].glob("docs/*.md")) if "```python" in p.read_text()]


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.name)
def test_examples_run(page, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    code = "\n".join(re.findall(r"```python\n(.*?)```", page.read_text(), flags=re.DOTALL))
    exec(compile(code, page.name, "exec"), {"__name__": page.stem})
