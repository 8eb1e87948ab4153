"""One check of array shapes for all figures."""

from collections.abc import Mapping

import numpy as np


def check_shapes(arrays: Mapping[str, tuple[np.ndarray, str]]) -> None:
    """Check arrays against patterns of axis names whose sizes must agree between the arrays.

    Args:
        arrays: name -> (array, pattern), a pattern such as ``"sample 2"``: a number fixes the size of an
            axis, a word stands for one size above zero wherever it occurs.

    Raises:
        ValueError: an array does not fit its pattern.
    """
    sizes: dict[str, int] = {}
    for name, (array, pattern) in arrays.items():
        axes = pattern.split()
        shape = np.shape(array)
        fits = len(shape) == len(axes) and all(
            size > 0 and size == (int(axis) if axis.isdigit() else sizes.setdefault(axis, size))
            for axis, size in zip(axes, shape, strict=True)
        )
        if not fits:
            known = ", ".join(f"{axis} = {sizes[axis]}" for axis in axes if axis in sizes)
            raise ValueError(f"{name}: shape {shape}; allowed: ({', '.join(axes)}){known and ' with ' + known}")
