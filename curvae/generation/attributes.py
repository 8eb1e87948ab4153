"""What can be read off an image of strokes or of one shape: slant, thickness, width, size.

Ink is what is darker than PAPER. Pixels are unit squares; x goes right and y up.
"""

import numpy as np
from jaxtyping import Float

PAPER = 0.1
Pictures = Float[np.ndarray, "sample h w"]
Numbers = Float[np.ndarray, " sample"]


def slant(images: Pictures) -> Numbers:
    """How far the ink leans to the right as it goes up: cov(x, y) / var(y) [px/px]; NaN without height.

    The slope of the line that predicts x from y, by the moments of the ink.

    Args:
        images: intensities from 0 to 1.
    """
    _, xy, yy = _moments(images)
    return np.divide(xy, yy, out=np.full(len(images), np.nan), where=yy > 0)


def width(images: Pictures) -> Numbers:
    """How wide the upright image is [px]: (12 (var(x) - cov(x, y)^2 / var(y)) + 1)^(1/2); NaN without ink.

    The width of a bar of the same variance along x once the slant is taken away; the 1 is the width of a pixel.

    Args:
        images: intensities from 0 to 1.
    """
    xx, xy, yy = _moments(images)
    explained = np.divide(xy**2, yy, out=np.zeros(len(images)), where=yy > 0)
    return np.sqrt(12 * (xx - explained).clip(0) + 1)


def thickness(images: Pictures) -> Numbers:
    """Twice the area of the ink over the length of its edges [px]; NaN without ink.

    A long stroke of thickness t and length l has the area t l and edges 2 l. The length of edges is the total
    variation, the sum over pixels of the gradient's norm, the image lying on paper.

    Args:
        images: intensities from 0 to 1.
    """
    ink = np.pad(_ink(images), ((0, 0), (1, 1), (1, 1)))
    down, right = np.diff(ink, axis=1, append=0), np.diff(ink, axis=2, append=0)
    edges = np.hypot(down, right).sum((1, 2))
    return np.divide(2 * ink.sum((1, 2)), edges, out=np.full(len(images), np.nan), where=edges > 0)


def size(images: Pictures) -> Numbers:
    """Side of a square with as much ink [px].

    Args:
        images: intensities from 0 to 1.
    """
    return np.sqrt(_ink(images).sum((1, 2)))


ATTRIBUTES = {"slant": slant, "thickness": thickness, "width": width, "size": size}
UNITS = {"slant": "px/px", "thickness": "px", "width": "px", "size": "px"}


def _ink(images: Pictures) -> Pictures:
    return np.where(images > PAPER, images, 0.0).astype(np.float64)


def _moments(images: Pictures) -> tuple[Numbers, Numbers, Numbers]:
    """Central second moments xx, xy, yy of the ink [px^2]; NaN without ink."""
    ink, (_, rows, columns) = _ink(images), images.shape
    mass = ink.sum((1, 2))
    share = np.divide(ink, mass[:, None, None], out=np.full_like(ink, np.nan), where=mass[:, None, None] > 0)
    x, y = np.arange(columns), np.arange(rows)[::-1]
    along, up = share.sum(1), share.sum(2)
    mx, my = along @ x, up @ y
    xy = np.einsum("nhw,h,w->n", share, y, x) - mx * my
    return along @ x**2 - mx**2, xy, up @ y**2 - my**2
