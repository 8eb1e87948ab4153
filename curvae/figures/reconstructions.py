"""Inputs above their reconstructions."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from jaxtyping import Float
from matplotlib.figure import Figure

from curvae.figures.shapes import check_shapes
from curvae.figures.style import house_style, new_figure
from curvae.figures.tiles import draw_tiles, pixel_table

_ROLES = ("input", "reconstruction")


@house_style()
def reconstructions(
    inputs: Float[np.ndarray, "image h w"], outputs: Float[np.ndarray, "image h w"], titles: Sequence
) -> tuple[Figure, pd.DataFrame]:
    """Two rows of images: what went in, and what came out.

    Args:
        inputs: intensities from 0 to 1.
        outputs: reconstructions in the same order.
        titles: one short title an image.

    Returns:
        Figure, and a table: role ("input" or "reconstruction"), title, pixels p0, p1, ...

    Raises:
        ValueError: shapes do not fit.
    """
    titles = np.asarray(titles, dtype=str)
    check_shapes({"inputs": (inputs, "image h w"), "outputs": (outputs, "image h w"), "titles": (titles, "image")})
    images = np.stack([inputs, outputs])
    _, count, height, width = images.shape
    tile = min(0.9, 6.2 / count)
    figure = new_figure(1.1 + count * tile, 0.65 + 2 * tile * height / width)
    axes = figure.subplots()
    draw_tiles(axes, images)
    axes.set_yticklabels(_ROLES)
    axes.set_xticklabels(titles)
    axes.tick_params(labeltop=True, labelbottom=False, labelsize=9)
    axes.set_title("Inputs and their reconstructions")
    labels = {"role": np.repeat(_ROLES, count), "title": np.tile(titles, 2)}
    return figure, pixel_table(labels, images.reshape(-1, height, width))
