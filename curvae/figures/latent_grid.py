"""Decoded images on a square grid of latent values."""

import numpy as np
import pandas as pd
from jaxtyping import Float
from matplotlib.figure import Figure

from curvae.figures.shapes import check_shapes
from curvae.figures.style import INK, LATENT_AXES, house_style, new_figure
from curvae.figures.tiles import pixel_table


@house_style()
def latent_grid(
    images: Float[np.ndarray, "row column h w"],
    values: Float[np.ndarray, " row"],
    axis_names: tuple[str, str] = LATENT_AXES,
) -> tuple[Figure, pd.DataFrame]:
    """One picture without gaps of what is decoded on a grid of two latents.

    Args:
        images: images[i, j] is decoded at z1 = values[j] (to the right), z2 = values[i] (upwards);
            intensities from 0 to 1.
        values: grid values, ascending, the same on both axes.
        axis_names: with unit.

    Returns:
        Figure, and a table: z1, z2, pixels p0, p1, ...

    Raises:
        ValueError: shapes do not fit.
    """
    check_shapes({"images": (images, "grid grid h w"), "values": (values, "grid")})
    count, _, height, width = images.shape
    canvas = np.flip(images, axis=0).transpose(0, 2, 1, 3).reshape(count * height, count * width)
    figure = new_figure(5.6, 5.6 * height / width)
    axes = figure.subplots()
    axes.imshow(
        canvas,
        cmap=INK,
        vmin=0,
        vmax=1,
        extent=(-0.5, count - 0.5, -0.5, count - 0.5),
        aspect=height / width,
        interpolation="auto",
    )
    ticks = np.arange(0, count, 1 + (count - 1) // 15)
    names = [f"{values[tick]:.2g}" for tick in ticks]
    axes.set(xticks=ticks, yticks=ticks, xticklabels=names, yticklabels=names)
    axes.tick_params(labelsize=7)
    axes.spines[:].set_visible(True)
    axes.set(xlabel=axis_names[0], ylabel=axis_names[1], title="What the decoder draws at each latent point")
    z2, z1 = np.meshgrid(values, values, indexing="ij")
    return figure, pixel_table({"z1": z1.ravel(), "z2": z2.ravel()}, images.reshape(-1, height, width))
