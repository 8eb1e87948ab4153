"""The fingerprint moves with code that a script can reach, and with nothing else."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.fixture
def house(tmp_path):
    """A copy of the package and the scripts that a test may edit."""
    for part in ("curvae", "workflow_scripts"):
        shutil.copytree(ROOT / part, tmp_path / part, ignore=shutil.ignore_patterns("__pycache__"))
    return tmp_path


def prints(house, *entries):
    code = f"from curvae.fingerprint import fingerprint; print(fingerprint(*{[str(e) for e in entries]!r}))"
    return subprocess.run(
        [sys.executable, "-c", code],
        cwd=house,
        env={"PYTHONPATH": str(house)},
        capture_output=True,
        text=True,
        check=True,
    ).stdout


def edit(path, old, new):
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


def test_comments_and_docstrings_do_not_count(house):
    script = house / "workflow_scripts/find_geodesics.py"
    before = prints(house, script)
    geodesic = house / "curvae/geometry/geodesic.py"
    geodesic.write_text(
        "# a remark\n" + geodesic.read_text().replace("Curves of least energy", "Short curves", 1) + "\n# end\n"
    )
    edit(script, '"""', '"""Indeed. ')
    assert prints(house, script) == before


@pytest.mark.parametrize(
    ("changed", "moved", "still"),
    [
        (
            "curvae/geometry/geodesic.py",
            ["find_geodesics.py"],
            ["train.py", "score.py", "figure_geodesics.py", "make_data.py"],
        ),
        ("curvae/scores/mig.py", ["score.py"], ["train.py", "find_geodesics.py", "roll_out.py"]),
        ("curvae/figures/future.py", ["figure_future.py"], ["figure_traversals.py", "train.py"]),
        ("curvae/store.py", ["make_data.py", "train.py", "figure_future.py", "score.py"], []),
        ("curvae/settings/train.py", ["train.py", "train_predictor.py"], ["make_data.py", "score.py"]),
    ],
)
def test_code_reruns_what_hangs_on_it(house, changed, moved, still):
    scripts = {name: house / "workflow_scripts" / name for name in (*moved, *still)}
    before = {name: prints(house, path) for name, path in scripts.items()}
    (house / changed).write_text((house / changed).read_text() + "\nADDED = 1\n")
    after = {name: prints(house, path) for name, path in scripts.items()}
    assert {name for name in scripts if before[name] != after[name]} == set(moved)


def test_a_module_named_by_the_config_is_an_entry_of_its_own(house):
    script = house / "workflow_scripts/make_data.py"
    before = {kind: prints(house, script, f"curvae.data.{kind}") for kind in ("uniform", "mnist")}
    (house / "curvae/data/mnist.py").write_text((house / "curvae/data/mnist.py").read_text() + "\nADDED = 1\n")
    after = {kind: prints(house, script, f"curvae.data.{kind}") for kind in ("uniform", "mnist")}
    assert after["uniform"] == before["uniform"]
    assert after["mnist"] != before["mnist"]


def test_a_folder_of_other_files_counts_as_it_is(house):
    script, static = house / "workflow_scripts/explorer.py", house / "curvae/explorer/static"
    before = prints(house, script), prints(house, script, static)
    edit(static / "page.css", "color-scheme: light", "color-scheme: dark")
    assert prints(house, script) == before[0]
    assert prints(house, script, static) != before[1]


def test_an_unknown_entry_is_named():
    from curvae.fingerprint import fingerprint

    with pytest.raises(FileNotFoundError, match=r"curvae\.nothing: neither a script nor a module"):
        fingerprint("curvae.nothing")
