"""How decided the pixels of images are, and how smooth their surfaces."""

import numpy as np
from jaxtyping import Float

Pictures = Float[np.ndarray, "sample h w"]


def sharpness(images: Pictures) -> Float[np.ndarray, " sample"]:
    """One less the fuzz of an image, the mean of 4 x (1 - x) over its pixels that are not paper (x > .05).

    1 for a binary or an empty image, 0 for one that is all of the grey 1/2.

    Args:
        images: intensities from 0 to 1.
    """
    inked = images > 0.05
    fuzz = (4 * images * (1 - images) * inked).sum((1, 2)) / np.maximum(inked.sum((1, 2)), 1)
    return 1 - fuzz


def evenness(images: Pictures) -> Float[np.ndarray, " sample"]:
    """How smooth an image is: one less the mean squared difference of adjacent pixels over twice their variance.

    The correlation of neighbours: near 1 for a slow ramp, 0 for independent pixels, -1 for a chess board; 1 for a flat
    image.

    Args:
        images: intensities.
    """
    steps = [np.square(np.diff(images, axis=axis)).mean((1, 2)) for axis in (1, 2)]
    variance = images.var((1, 2))
    return 1 - np.divide(np.mean(steps, 0), 2 * variance, out=np.zeros(len(images)), where=variance > 0)
