"""Settings of a metric: a frozen dataclass of checked fields, and its named presets."""

from collections.abc import Mapping
from dataclasses import field, fields, replace
from math import isfinite
from numbers import Integral, Real
from typing import Any, TypeVar

T = TypeVar("T")


def count(default: int, lowest: int) -> Any:
    """A dataclass field for a whole number of at least `lowest`."""
    return field(default=default, metadata={"lowest": lowest})


def number(default: float, lowest: float, highest: float = float("inf")) -> Any:
    """A dataclass field for a finite number from `lowest` to `highest`."""
    return field(default=default, metadata={"range": (lowest, highest)})


def choice(default: Any, *others: Any) -> Any:
    """A dataclass field for one of a few values."""
    return field(default=default, metadata={"choices": (default, *others)})


def settle(metric: str, presets: Mapping[str, T], preset: str, given: Mapping[str, Any]) -> T:
    """The preset's settings with the given ones in their place.

    Args:
        metric: name of the metric, for messages.
        presets: name -> settings.
        preset: one of the names.
        given: setting -> value.

    Raises:
        ValueError: unknown preset, unknown setting, or a value that the setting does not allow.
    """
    if preset not in presets:
        raise ValueError(f"{metric}: preset = {preset!r}: allowed: {', '.join(presets)}")
    rules = {entry.name: entry.metadata for entry in fields(presets[preset])}
    for name, value in given.items():
        if name not in rules:
            raise ValueError(f"{metric}: unknown setting {name!r}: allowed: {', '.join(rules)}")
        if "choices" in rules[name]:
            if value not in rules[name]["choices"]:
                choices = ", ".join(map(repr, rules[name]["choices"]))
                raise ValueError(f"{metric}: {name} = {value!r}: allowed: {choices}")
        elif "range" in rules[name]:
            _check_range(f"{metric}: {name}", value, *rules[name]["range"])
        else:
            check_whole(f"{metric}: {name}", value, rules[name]["lowest"])
    return replace(presets[preset], **given)


def check_whole(name: str, value: Any, lowest: int) -> None:
    """Raise ValueError unless `value` is a whole number of at least `lowest`."""
    if isinstance(value, bool) or not isinstance(value, Integral) or value < lowest:
        raise ValueError(f"{name} = {value!r}: allowed: whole numbers from {lowest}")


def _check_range(name: str, value: Any, lowest: float, highest: float) -> None:
    sound = isinstance(value, Real) and not isinstance(value, bool) and isfinite(value)
    if not sound or not lowest <= value <= highest:
        bounds = f"from {lowest:g}" if highest == float("inf") else f"from {lowest:g} to {highest:g}"
        raise ValueError(f"{name} = {value!r}: allowed: numbers {bounds}")
