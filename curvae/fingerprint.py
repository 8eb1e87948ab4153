"""A hash of the code that a script runs: its own and every module of curvae that it can import."""

import ast
import hashlib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parent


def fingerprint(*entries: str | Path) -> str:
    """Hash of the import closure of some scripts and modules, blind to comments and docstrings.

    Args:
        entries: paths of scripts, dotted names of modules of curvae (for what a script imports
            by a name that only the config knows), or folders of files that are no Python, hashed as they are.

    Raises:
        FileNotFoundError: an entry is none of them.
    """
    seen: set[Path] = set()
    folders = [entry for entry in entries if "/" in str(entry) and Path(entry).is_dir()]
    waiting = [_file(entry) for entry in entries if entry not in folders]
    while waiting:
        path = waiting.pop()
        if path not in seen:
            seen.add(path)
            waiting += _parsed(path)[1]
    read = [path for folder in folders for path in Path(folder).iterdir()]
    digests = sorted([_parsed(path)[0] for path in seen] + [hashlib.sha256(p.read_bytes()).hexdigest() for p in read])
    return hashlib.sha256("".join(digests).encode()).hexdigest()[:16]


def _file(entry: str | Path) -> Path:
    path = Path(entry) if str(entry).endswith(".py") else _module(str(entry))
    if path is None or not path.is_file():
        raise FileNotFoundError(f"{entry}: neither a script nor a module of curvae nor a folder")
    return path.resolve()


def _module(name: str) -> Path | None:
    """The file of a dotted name within curvae, if there is one."""
    first, *rest = name.split(".")
    if first != ROOT.name:
        return None
    place = ROOT.joinpath(*rest)
    candidates = [place / "__init__.py", place.with_suffix(".py")] if rest else [place / "__init__.py"]
    return next((path.resolve() for path in candidates if path.is_file()), None)


@cache
def _parsed(path: Path) -> tuple[str, tuple[Path, ...]]:
    """Digest of one file's syntax tree, and the files of curvae that importing it runs."""
    tree = ast.parse(path.read_text())
    statements = list(_statements(tree))
    names = [name for node in statements for name in _imports(node)]
    if path.is_relative_to(ROOT.resolve()):
        names.append(".".join([ROOT.name, *path.relative_to(ROOT.resolve()).parent.parts]))
    parents = {".".join(name.split(".")[:length]) for name in names for length in range(1, name.count(".") + 2)}
    files = tuple(sorted({file for name in parents if (file := _module(name)) is not None}))
    for node in statements:
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            _drop_docstring(node)
    return hashlib.sha256(ast.dump(tree).encode()).hexdigest(), files


def _statements(node: ast.AST) -> Iterator[ast.AST]:
    """A tree's statements alone: imports and docstrings stand nowhere else, and expressions are most of a tree."""
    yield node
    for field in ("body", "orelse", "finalbody", "handlers", "cases"):
        for child in getattr(node, field, ()):
            yield from _statements(child)


def _imports(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom) and node.module and not node.level:
        return [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
    return []


def _drop_docstring(node: ast.AST) -> None:
    first = node.body[0] if node.body else None
    if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and isinstance(first.value.value, str):
        node.body = node.body[1:]
