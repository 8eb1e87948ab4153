"""Nothing is unpickled, nothing from a config or data reaches a shell, no archive chooses where it is unpacked."""

import ast
from pathlib import Path

import numpy as np
import pytest
import torch

from curvae import store
from curvae.data.own import make
from curvae.settings.data import Own

ROOT = Path(__file__).parents[1]
SOURCES = [p for room in ("curvae", "workflow_scripts") for p in sorted((ROOT / room).rglob("*.py"))]
FORBIDDEN_MODULES = {"pickle", "cloudpickle", "dill", "joblib", "shelve", "marshal"}
FORBIDDEN_CALLS = {
    "eval",
    "exec",
    "os.system",
    "os.popen",
    "torch.load",
    "yaml.load",
    "pd.read_pickle",
    "shutil.unpack_archive",
}


def calls(tree):
    return [(ast.unparse(node.func), node) for node in ast.walk(tree) if isinstance(node, ast.Call)]


@pytest.mark.parametrize("path", SOURCES, ids=[str(p.relative_to(ROOT)) for p in SOURCES])
def test_the_source_has_no_way_to_run_what_it_reads(path):
    tree = ast.parse(path.read_text())
    imported = {a.name.split(".")[0] for n in ast.walk(tree) if isinstance(n, ast.Import) for a in n.names}
    imported |= {(n.module or "").split(".")[0] for n in ast.walk(tree) if isinstance(n, ast.ImportFrom)}
    assert not imported & FORBIDDEN_MODULES
    for name, call in calls(tree):
        keywords = {k.arg: ast.unparse(k.value) for k in call.keywords}
        assert name not in FORBIDDEN_CALLS
        assert keywords.get("shell") != "True"
        assert keywords.get("allow_pickle") != "True"
        if name.startswith("subprocess.") and call.args:
            assert isinstance(call.args[0], ast.List), "a list of arguments needs no quoting"
        if name.endswith((".extractall", ".extract")):
            pytest.fail(f"{name}: an archive would choose where it writes")


def test_no_rule_has_a_shell_command():
    for path in (ROOT / "Snakefile", *(ROOT / "rules").rglob("*.smk")):
        lines = [line.strip() for line in path.read_text().splitlines()]
        assert not [line for line in lines if line.startswith(("shell:", "run:", "onstart:", "subprocess"))], path.name
        assert not [line for line in lines if any(call in line for call in ("os.system", "shell(", "eval(", "exec("))]


class Trap:
    """Unpickled, it would make a file."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return Path.touch, (self.path,)


def test_a_pickle_in_place_of_weights_or_data_is_not_run(tmp_path):
    trap = tmp_path / "sprung"
    torch.save({"w": Trap(trap)}, tmp_path / "w.safetensors")
    with pytest.raises(Exception, match=r"(?i)header|invalid"):
        store.read_weights(tmp_path / "w.safetensors")
    assert not trap.exists()


def test_an_object_array_in_own_data_is_not_run(tmp_path):
    trap = tmp_path / "sprung"
    np.savez(tmp_path / "mine.npz", images=np.array([Trap(trap)], dtype=object))
    with pytest.raises(ValueError, match=r"mine\.npz"):
        make(Own(kind="own", path=str(tmp_path / "mine.npz")))
    assert not trap.exists()
