"""Small images side by side in one set of axes, and their pixels as a table."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from jaxtyping import Float
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from curvae.figures.style import FRAME, INK

HALF = 0.46  # half a tile's side, where neighbours' centres lie 1 apart


def draw_tiles(axes: Axes, images: Float[np.ndarray, "row column h w"], centres: Sequence[float] | None = None) -> None:
    """Draw images in rows and columns; tile (row, column) is centred on x = centres[column], y = row.

    Args:
        axes: where; its ticks are left at the tiles' centres, without labels.
        images: intensities, 0 is paper and 1 is ink.
        centres: x of each column; 0, 1, 2, ... when not given.
    """
    rows, columns, height, width = images.shape
    centres = range(columns) if centres is None else centres
    for row in range(rows):
        for x, image in zip(centres, images[row], strict=True):
            extent = (x - HALF, x + HALF, row + HALF, row - HALF)
            axes.imshow(image, cmap=INK, vmin=0, vmax=1, extent=extent)
            frame_tile(axes, x, row, FRAME, 0.6)
    axes.set(
        xlim=(centres[0] - 0.5, centres[-1] + 0.5),
        ylim=(rows - 0.5, -0.5),
        aspect=height / width,
        xticks=list(centres),
        yticks=range(rows),
        xticklabels=[],
        yticklabels=[],
    )
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)


def frame_tile(axes: Axes, x: float, row: int, colour: str, linewidth: float) -> None:
    """Draw a frame round the tile centred on (x, row); line width in points."""
    corner = (x - HALF, row - HALF)
    axes.add_patch(Rectangle(corner, 2 * HALF, 2 * HALF, fill=False, ec=colour, lw=linewidth, clip_on=False, zorder=3))


def pixel_table(labels: Mapping[str, Sequence], images: Float[np.ndarray, "image h w"]) -> pd.DataFrame:
    """One row an image: its labels, then its pixels, row by row, as p0, p1, ... with four decimals."""
    pixels = np.asarray(images, dtype=np.float64).reshape(len(images), -1).round(4)
    table = pd.DataFrame(pixels, columns=[f"p{index}" for index in range(pixels.shape[1])])
    return pd.concat([pd.DataFrame(dict(labels)), table], axis=1)
