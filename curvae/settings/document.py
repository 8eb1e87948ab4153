"""Writes what the settings classes say of themselves: the schema for editors, the page for readers.

python -m curvae.settings.document
"""

from pathlib import Path
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import yaml
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from curvae.settings.study import Study

ROOT = Path(__file__).parents[2]
SCHEMA, PAGE = ROOT / "rules/schemas/config.schema.yaml", ROOT / "docs/config.md"


def schema() -> str:
    """JSON Schema of `config.yaml`, as YAML."""
    return yaml.safe_dump(Study.model_json_schema(), sort_keys=False, width=100)


def page() -> str:
    """Every key of `config.yaml` with its type, default and meaning, as Markdown."""
    lines = [
        "# The keys of `config.yaml`",
        "",
        "Made from the settings classes by `python -m curvae.settings.document`. Unknown keys are refused.",
    ]
    for kind in _settings(Study, []):
        lines += [
            "",
            f"## {kind.__name__}",
            "",
            (kind.__doc__ or "").strip(),
            "",
            "| key | type | default | meaning |",
            "|---|---|---|---|",
        ]
        for name, field in kind.model_fields.items():
            lines.append(
                f"| `{name}` | {_type(field.annotation, field)} | {_default(field)} | {field.description or ''} |"
            )
    return "\n".join(lines) + "\n"


def _settings(kind: type[BaseModel], seen: list[type[BaseModel]]) -> list[type[BaseModel]]:
    """A settings class and all that its fields mention, outermost first."""
    if kind not in seen:
        seen.append(kind)
        for field in kind.model_fields.values():
            for inner in _classes(field.annotation):
                _settings(inner, seen)
    return seen


def _classes(annotation: Any) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [found for part in get_args(annotation) for found in _classes(part)]


def _type(annotation: Any, field: FieldInfo | None = None) -> str:
    """A type in a reader's words."""
    origin, parts = get_origin(annotation), [part for part in get_args(annotation) if part is not NoneType]
    if origin is Annotated:
        bounds = [
            f"{sign} {getattr(mark, at)}"
            for mark in _marks(parts[1:])
            for at, sign in _SIGNS.items()
            if hasattr(mark, at)
        ]
        return " ".join([_type(parts[0]), *bounds])
    if origin is Literal:
        return " or ".join(f"`{value}`" for value in parts)
    if origin in (Union, UnionType):
        return " or ".join(_type(part) for part in parts)
    if origin is tuple:
        inside = "list of " + _type(parts[0]) if parts[-1] is Ellipsis else f"[{', '.join(map(_type, parts))}]"
        return inside
    if origin is dict:
        return f"{_type(parts[0])}: {_type(parts[1])}"
    bounds = [
        f"{sign} {getattr(mark, at)}"
        for mark in (field.metadata if field else [])
        for at, sign in _SIGNS.items()
        if hasattr(mark, at)
    ]
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return f"[{annotation.__name__}](#{annotation.__name__.lower()})"
    return " ".join([_NAMES.get(annotation, str(annotation)), *bounds])


def _marks(metadata: list[Any]) -> list[Any]:
    """Bounds, wherever pydantic keeps them."""
    return [inner for mark in metadata for inner in (mark.metadata if isinstance(mark, FieldInfo) else [mark])]


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "required"
    if isinstance(field.default, BaseModel):
        return ", ".join(f"{name} `{value}`" for name, value in field.default if value) or "none"
    value = field.default
    return "" if value is None else f"`{list(value) if isinstance(value, tuple) else value}`"


_SIGNS = {"ge": ">=", "gt": ">", "le": "<=", "lt": "<"}
_NAMES = {float: "number", int: "whole number", str: "text", bool: "true or false"}

if __name__ == "__main__":
    for path, text in ((SCHEMA, schema()), (PAGE, page())):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
