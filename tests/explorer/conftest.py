"""Pages opened in a real browser."""

from itertools import count

import pytest


@pytest.fixture
def visit(browse, tmp_path):
    """Opens the text of a page."""
    numbers = count()

    def open_text(text, **options):
        file = tmp_path / f"page{next(numbers)}.html"
        file.write_text(text)
        return browse(file, **options)

    return open_text
