"""Where tables that a benchmark measured stand: between two marks of a page; what made them."""

import platform
import re
import sys
from collections.abc import Iterable
from pathlib import Path

DOCS = Path(__file__).parents[1] / "docs"
END = "<!-- end -->"


def put(lines: Iterable[str], page: str, mark: str) -> None:
    """Replace what stands between ``<!-- mark -->`` and the next ``<!-- end -->``.

    Raises:
        ValueError: the page has no such mark.
    """
    before, _, after = parts(page, mark)
    (DOCS / page).write_text(before + "\n".join(lines) + "\n" + after)


def rows(page: str, mark: str) -> list[dict[str, str]]:
    """The rows of the table that stands there, each cell by its column's name; errors as above."""
    lines = [line for line in parts(page, mark)[1].splitlines() if line.startswith("|")]
    names, _, *cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    return [dict(zip(names, row, strict=True)) for row in cells]


def parts(page: str, mark: str) -> tuple[str, str, str]:
    """A page before a mark and with it, what stands there, and the rest from the end of that; errors as above."""
    place = DOCS / page
    before, found, rest = place.read_text().partition(f"<!-- {mark} -->\n")
    if not found:
        raise ValueError(f"{place}: no line <!-- {mark} -->")
    inside, end, after = rest.partition(END)
    return before + found, inside, end + after


def processor() -> str:
    """Of this machine, as Linux names it, or else as Python does."""
    names = Path("/proc/cpuinfo")
    found = re.search(r"model name\s*: (.*)", names.read_text()) if names.exists() else None
    return found[1] if found else platform.processor() or platform.machine()


def command(mark: str) -> str:
    """What was typed to run the benchmark of a mark, from the project's root."""
    return f"`PYTHONPATH=. python {' '.join([mark, *sys.argv[1:]])}`"
