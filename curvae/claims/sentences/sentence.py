"""A sentence of a source that asserts something measurable, and where its answer stands."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Sentence:
    """What one of the study's sources asserts, and exactly one of: rows that measure it, another sentence, a reason.

    Attributes:
        key: "document.sentence"; no two sentences share one.
        document: that asserts it.
        place: where in the document.
        text: what is asserted, in our own words.
        rows: keys of the claims that measure it, or patterns of them (``climate.*.largest``).
        see: key of a sentence of another document that asserts the same and has the rows.
        reason: why no row can decide it here.

    Raises:
        ValueError: none or several of rows, see and reason.
    """

    key: str
    document: str
    place: str
    text: str
    rows: tuple[str, ...] = ()
    see: str = ""
    reason: str = ""

    def __post_init__(self):
        if sum(map(bool, (self.rows, self.see, self.reason))) != 1:
            raise ValueError(f"sentence {self.key}: rows, see, reason; allowed: exactly one of them")


def said_in(document: str, prefix: str):
    """A constructor of sentences of one document: ``said(key, place, text, *rows, see=, reason=)``."""

    def said(key: str, place: str, text: str, *rows: str, see: str = "", reason: str = "") -> Sentence:
        return Sentence(f"{prefix}.{key}", document, place, text, rows, see, reason)

    return said
