"""The base of every settings class and the number types they share."""

import difflib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, Strict, model_validator
from pydantic_core import PydanticCustomError

from curvae.refusal import Refusal


class ConfigError(Refusal, ValueError):
    """A key of the config, its value and what is allowed, in one line."""

    def __init__(self, key: str, value: Any, allowed: str):
        super().__init__(f"{key} = {value!r}: {allowed}")
        self.key, self.value, self.allowed = key, value, allowed


@contextmanager
def within(section: str) -> Iterator[None]:
    """Put a section's name before the key of a `ConfigError` from code that knows the section's settings alone."""
    try:
        yield
    except ConfigError as error:
        raise ConfigError(f"{section}.{error.key}", error.value, error.allowed) from None


class Settings(BaseModel):
    """Frozen settings that refuse unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True)

    @model_validator(mode="before")
    @classmethod
    def _only_known_keys(cls, values: Any) -> Any:
        for key in values if isinstance(values, dict) else ():
            if key not in cls.model_fields:
                hint = nearest(str(key), cls.model_fields)
                raise PydanticCustomError("unknown_key", "unknown key; {hint}", {"key": key, "hint": hint})
        return values


def _scientific(value: Any) -> Any:
    """YAML 1.1 reads ``1e-3`` as text; nothing else that is text is a number."""
    if isinstance(value, str):
        try:
            return float(value)
        except ValueError:
            return value
    return value


Real = Annotated[float, Strict(), Field(allow_inf_nan=False), BeforeValidator(_scientific)]
NonNegative = Annotated[Real, Field(ge=0)]
Positive = Annotated[Real, Field(gt=0)]
Fraction = Annotated[Real, Field(ge=0, lt=1)]
Count = Annotated[int, Strict(), Field(ge=1)]
Whole = Annotated[int, Strict(), Field(ge=0)]
Seed = Annotated[Whole, Field(lt=2**63)]  # tables hold it
Name = Annotated[str, Strict(), Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]*$", max_length=64)]


def distinct(values: tuple) -> tuple:
    """Refuse a value that is there twice."""
    if len(set(values)) < len(values):
        raise ValueError("every value at most once")
    return values


def axis(kind: Any) -> Any:
    """Values of one kind, each at most once and at least one."""
    return Annotated[tuple[kind, ...], Field(min_length=1), AfterValidator(distinct)]


def listed(choices: Iterable[Any]) -> str:
    """Choices as an error message lists them."""
    return ", ".join(str(choice) for choice in choices) or "none"


def nearest(name: str, choices: Iterable[str]) -> str:
    """What a misspelt name may have meant, and all that is allowed."""
    close = difflib.get_close_matches(name, list(choices), n=1)
    hint = f"did you mean '{close[0]}'? " if close else ""
    return f"{hint}allowed: {listed(choices)}"


def known(key: str, name: str, choices: Iterable[str], what: str) -> None:
    """Refuse a name that is none of the choices.

    Args:
        key: of the config.
        name: found there.
        choices: allowed names.
        what: what they name, with its article.

    Raises:
        ConfigError: it is none of them.
    """
    if name not in choices:
        raise ConfigError(key, name, f"no such {what.removeprefix('an ').removeprefix('a ')}; {nearest(name, choices)}")
