"""Decoded images as one latent moves and the others stay."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from jaxtyping import Float
from matplotlib.figure import Figure

from curvae.figures.shapes import check_shapes
from curvae.figures.style import house_style, new_figure
from curvae.figures.tiles import draw_tiles, pixel_table


@house_style()
def traversals(
    images: Float[np.ndarray, "latent step h w"], values: Float[np.ndarray, " step"], notes: Sequence[str]
) -> tuple[Figure, pd.DataFrame]:
    """A row a latent: that latent takes the values, all others stay fixed at a code.

    Args:
        images: decoded images, intensities from 0 to 1.
        values: of the moving latent, in standard deviations of the prior.
        notes: one a latent, such as "KL 2.1 nats".

    Returns:
        Figure, and a table: latent (from 1), value, note, pixels p0, p1, ...

    Raises:
        ValueError: shapes do not fit.
    """
    notes = np.asarray(notes, dtype=str)
    check_shapes({"images": (images, "latent step h w"), "values": (values, "step"), "notes": (notes, "latent")})
    latents, steps, height, width = images.shape
    tile = min(0.75, 6.0 / steps)
    figure = new_figure(1.2 + steps * tile, 0.8 + latents * tile * height / width)
    axes = figure.subplots()
    draw_tiles(axes, images)
    axes.set_yticklabels([f"z{index}\n{note}" for index, note in enumerate(notes, start=1)])
    axes.set_xticklabels([f"{value:.2g}" for value in values])
    axes.set_xlabel("value of the moving latent [prior s.d.]")
    axes.set_title("One latent moves, the others stay")
    numbers = pixel_table(
        {
            "latent": np.repeat(np.arange(1, latents + 1), steps),
            "value": np.tile(values, latents),
            "note": np.repeat(notes, steps),
        },
        images.reshape(-1, height, width),
    )
    return figure, numbers
