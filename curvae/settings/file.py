"""The config's file, before Snakemake reads it: what its reader would take in silence or answer with a traceback."""

import os
from pathlib import Path

import yaml

from curvae.settings.base import ConfigError

TEMPLATE = "__use_yte__"  # with this key Snakemake would evaluate Python expressions in the file


def check_file(path: str | os.PathLike) -> None:
    """A config is a text in UTF-8, one YAML document, keys with values, every key once, and no code.

    Args:
        path: of the file; one that is missing is left to Snakemake.

    Raises:
        ConfigError: the first that is not so.
    """
    place = Path(path)
    if not place.exists():
        return
    try:
        text = place.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise ConfigError(f"byte {error.start}", error.object[error.start : error.end], "allowed: UTF-8") from None
    except OSError as error:
        raise ConfigError("config", str(path), f"cannot be read: {error.strerror}; allowed: a file of text") from None
    try:
        _check_keys(yaml.compose(text, Loader=yaml.SafeLoader), "", set())
        content = yaml.safe_load(text)
    except yaml.MarkedYAMLError as error:
        line, column = error.problem_mark.line, error.problem_mark.column
        value = [*text.splitlines(), ""][line].strip()
        raise ConfigError(f"line {line + 1}", value, f"{error.problem} (column {column + 1}); allowed: YAML") from None
    except ConfigError:
        raise
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise ConfigError("config", str(path), f"{' '.join(str(error).split())}; allowed: YAML") from None
    if not isinstance(content, dict):
        raise ConfigError("config", content, "allowed: keys with values, as in docs/config.md")
    if TEMPLATE in content:
        raise ConfigError(TEMPLATE, content[TEMPLATE], "allowed: values alone, no code")


def _check_keys(node: yaml.Node | None, key: str, seen: set[int]) -> None:
    """No mapping has a key twice; `seen` are the nodes looked at, for aliases may lead back."""
    if id(node) in seen:
        return
    seen.add(id(node))
    if isinstance(node, yaml.SequenceNode):
        for place, item in enumerate(node.value):
            _check_keys(item, f"{key}[{place}]", seen)
    if isinstance(node, yaml.MappingNode):
        lines: dict[str, int] = {}
        for name, value in node.value:
            found, line = str(name.value), name.start_mark.line + 1
            at = f"{key}.{found}".removeprefix(".")
            if found in lines:
                shown = value.value if isinstance(value, yaml.ScalarNode) else "..."
                raise ConfigError(
                    at, shown, f"in line {line}, and in line {lines[found]} before; allowed: every key once"
                )
            lines[found] = line
            _check_keys(value, at, seen)
