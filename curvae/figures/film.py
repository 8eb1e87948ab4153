"""Films of the truth beside predictions, as an animated GIF and as MP4."""

import os
from collections.abc import Mapping, Sequence
from fractions import Fraction

import av
import numpy as np
from jaxtyping import Float
from PIL import Image, ImageDraw

from curvae.figures.shapes import check_shapes
from curvae.store import atomic

SCALE, GAP, HEAD = 4, 8, 16  # screen pixels: of an image's pixel, between films, for the names; even, as MP4 asks
ACROSS = 4
# H.264, hardly to be told from the pages, and the same bytes on every processor.
QUALITY = {"crf": "18", "preset": "medium", "x264-params": "cpu-independent=1"}
GREY = 128  # chroma


def film(
    frames: Mapping[str, Float[np.ndarray, "frame h w"]],
    gif: str | os.PathLike,
    mp4: str | os.PathLike,
    seconds: float = 0.05,
) -> tuple[int, int]:
    """Write films that run side by side, ink on paper, with their names and the frame's number.

    Args:
        frames: name -> images in [0, 1], all of one shape; the first is the truth.
        gif: path of the animated GIF, which runs everywhere.
        mp4: path of the same in H.264, which can be halted and searched.
        seconds: a frame is shown; browsers take .02 and more.

    Returns:
        Width and height in screen pixels.

    Raises:
        ValueError: no film, or shapes that do not fit.
    """
    if not frames:
        raise ValueError("frames = {}: allowed: one film or more")
    check_shapes({name: (np.asarray(one), "frame h w") for name, one in frames.items()})
    pages = _pages(frames)
    with atomic(gif) as part:
        pages[0].save(part, format="GIF", save_all=True, append_images=pages[1:], duration=int(1000 * seconds), loop=0)
    with atomic(mp4) as part:
        _write_mp4(pages, part, seconds)
    return pages[0].size


def _pages(frames: Mapping[str, np.ndarray]) -> list[Image.Image]:
    """The screen at every frame."""
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
    return pages


def _write_mp4(pages: Sequence[Image.Image], path: os.PathLike, seconds: float) -> None:
    with av.open(os.fspath(path), "w", format="mp4") as container:
        stream = container.add_stream("libx264", rate=1 / Fraction(seconds).limit_denominator(1000), options=QUALITY)
        stream.width, stream.height = pages[0].size
        stream.pix_fmt = "yuv420p"  # what browsers play
        stream.codec_context.thread_count = 1  # the same bytes every time
        for page in pages:
            container.mux(stream.encode(av.VideoFrame.from_ndarray(_planes(page), format="yuv420p")))
        container.mux(stream.encode())


def _planes(page: Image.Image) -> np.ndarray:
    """A grey page as the encoder takes it; the conversion that it has itself gave other bytes on a busy machine."""
    levels = np.asarray(page)
    luma = (16 + np.rint(levels * (219 / 255))).astype(np.uint8)  # the range that players expect, 16 to 235
    return np.concatenate([luma, np.full((len(levels) // 2, levels.shape[1]), GREY, np.uint8)])
