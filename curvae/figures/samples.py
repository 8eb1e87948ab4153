"""What a model draws: independent samples, and steps between two of them."""

import numpy as np
import pandas as pd
from jaxtyping import Float
from matplotlib.figure import Figure

from curvae.figures.shapes import check_shapes
from curvae.figures.style import house_style, new_figure
from curvae.figures.tiles import draw_tiles, pixel_table


@house_style()
def samples(images: Float[np.ndarray, "row column h w"], title: str = "Drawn at random") -> tuple[Figure, pd.DataFrame]:
    """Independent draws, in no order.

    Args:
        images: intensities from 0 to 1.
        title: of the figure.

    Returns:
        Figure, and a table: row, column, pixels p0, p1, ...

    Raises:
        ValueError: the shape does not fit.
    """
    check_shapes({"images": (images, "row column h w")})
    figure, _, numbers = _sheet(images, 0.72)
    figure.axes[0].set_title(title)
    return figure, numbers


@house_style()
def sample_paths(steps: Float[np.ndarray, "pair step h w"]) -> tuple[Figure, pd.DataFrame]:
    """Decoded steps on straight lines between drawn latents, a line a row.

    Args:
        steps: evenly spaced, both ends among them; intensities from 0 to 1.

    Returns:
        Figure, and a table: row (pair), column (step), fraction, pixels p0, p1, ...

    Raises:
        ValueError: the shape does not fit.
    """
    check_shapes({"steps": (steps, "pair step h w")})
    figure, axes, numbers = _sheet(steps, 0.68)
    fractions = np.linspace(0, 1, steps.shape[1])
    axes.set_xticklabels([f"{fraction:.2g}" for fraction in fractions])
    axes.set(xlabel="way between two drawn latents [fraction]", title="Decoded on the way between two draws")
    numbers.insert(2, "fraction", np.tile(fractions, steps.shape[0]))
    return figure, numbers


def _sheet(images, tile):
    rows, columns, height, width = images.shape
    figure = new_figure(0.3 + tile * columns, 0.6 + tile * rows * height / width)
    axes = figure.subplots()
    draw_tiles(axes, images)
    row, column = np.divmod(np.arange(rows * columns), columns)
    return figure, axes, pixel_table({"row": row, "column": column}, images.reshape(-1, height, width))
