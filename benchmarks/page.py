"""Where tables that a benchmark measured go: between two marks of a page."""

from collections.abc import Iterable
from pathlib import Path

DOCS = Path(__file__).parents[1] / "docs"


def put(lines: Iterable[str], page: str, mark: str) -> None:
    """Replace what stands between ``<!-- mark -->`` and the next ``<!-- end -->``.

    Raises:
        ValueError: the page has no such mark.
    """
    place = DOCS / page
    before, found, rest = place.read_text().partition(f"<!-- {mark} -->\n")
    if not found:
        raise ValueError(f"{place}: no line <!-- {mark} -->")
    place.write_text(before + found + "\n".join(lines) + "\n<!-- end -->" + rest.partition("<!-- end -->")[2])
