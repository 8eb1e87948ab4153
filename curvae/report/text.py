"""Captions: reStructuredText in which the subject's name stands for every wildcard, as HTML."""

from docutils.core import publish_parts
from jinja2 import Environment, StrictUndefined

_JINJA = Environment(undefined=StrictUndefined, autoescape=False)
_DOCUTILS = {"file_insertion_enabled": False, "raw_enabled": False, "halt_level": 3, "report_level": 3}


class _Subject:
    """Answers every wildcard with one name."""

    def __init__(self, name: str):
        self.name = name

    def __getattr__(self, wildcard: str) -> str:
        return self.name


def caption(text: str, subject: str) -> str:
    """HTML of a caption.

    Args:
        text: reStructuredText with ``{{ snakemake.wildcards.* }}``, as Snakemake's own report takes it.
        subject: what every wildcard is.

    Raises:
        docutils.utils.SystemMessage: text that is no reStructuredText.
    """
    filled = _JINJA.from_string(text).render(snakemake={"wildcards": _Subject(subject)})
    return publish_parts(filled, writer="html5", settings_overrides=_DOCUTILS)["fragment"]
