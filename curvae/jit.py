"""Functions compiled by numba, kept on disk."""

import logging
from collections.abc import Callable

from numba import njit

log = logging.getLogger(__name__)


def compiled(function: Callable, fastmath: frozenset[str]) -> Callable:
    """Compiled at its first call; kept on disk, where a folder for that can be written to, until its file changes.

    Args:
        function: to compile.
        fastmath: liberties with floating-point numbers; given in the function's file, so that what is kept has them.
    """
    options = {"nogil": True, "error_model": "numpy", "fastmath": set(fastmath)}
    try:
        return njit(cache=True, **options)(function)
    except RuntimeError as error:
        log.info("%s: compiled anew by every process", error)
        return njit(**options)(function)
