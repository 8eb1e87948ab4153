"""Films of the truth beside predictions, as an animated GIF."""

import os
from collections.abc import Mapping

import numpy as np
from jaxtyping import Float
from PIL import Image, ImageDraw

from curvae.figures.shapes import check_shapes
from curvae.store import atomic

SCALE, GAP, HEAD = 4, 8, 16  # screen pixels: of an image's pixel, between films, for the names
ACROSS = 4


def film(
    frames: Mapping[str, Float[np.ndarray, "frame h w"]], path: str | os.PathLike, seconds: float = 0.05
) -> tuple[int, int]:
    """Write films that run side by side, ink on paper, with their names and the frame's number.

    Args:
        frames: name -> images in [0, 1], all of one shape; the first is the truth.
        path: of the GIF.
        seconds: a frame is shown; browsers take .02 and more.

    Returns:
        Width and height in screen pixels.

    Raises:
        ValueError: no film, or shapes that do not fit.
    """
    if not frames:
        raise ValueError("frames = {}: allowed: one film or more")
    check_shapes({name: (np.asarray(one), "frame h w") for name, one in frames.items()})
    count, high, wide = next(iter(frames.values())).shape
    across = min(ACROSS, len(frames))
    cell = (wide * SCALE + GAP, high * SCALE + GAP + HEAD)
    size = (across * cell[0] + GAP, -(-len(frames) // across) * cell[1] + GAP)
    pages = []
    for index in range(count):
        page = Image.new("L", size, 255)
        pen = ImageDraw.Draw(page)
        for place, (name, images) in enumerate(frames.items()):
            x, y = GAP + place % across * cell[0], GAP + place // across * cell[1]
            levels = np.rint(255 * (1 - np.clip(np.nan_to_num(images[index]), 0, 1))).astype(np.uint8)
            page.paste(
                Image.fromarray(levels).resize((wide * SCALE, high * SCALE), Image.Resampling.NEAREST), (x, y + HEAD)
            )
            pen.rectangle((x - 1, y + HEAD - 1, x + wide * SCALE, y + HEAD + high * SCALE), outline=200)
            pen.text((x, y + 2), f"{name} {index + 1}" if place == 0 else name, fill=0)
        pages.append(page)
    with atomic(path) as part:
        pages[0].save(part, format="GIF", save_all=True, append_images=pages[1:], duration=int(1000 * seconds), loop=0)
    return size
