"""Functions compiled by numba, kept on disk."""

import logging
from collections.abc import Callable

from numba import njit

log = logging.getLogger(__name__)


def compiled(function: Callable) -> Callable:
    """Compiled at its first call; kept on disk, where a folder for that can be written to, until its file changes."""
    # not a number has to stay what it is
    options = {"nogil": True, "error_model": "numpy", "fastmath": {"reassoc", "contract", "arcp", "nsz"}}
    try:
        return njit(cache=True, **options)(function)
    except RuntimeError as error:
        log.info("%s: compiled anew by every process", error)
        return njit(**options)(function)
