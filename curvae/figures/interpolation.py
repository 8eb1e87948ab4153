"""Decoded steps between the codes of two images."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from jaxtyping import Float
from matplotlib.figure import Figure

from curvae.figures.shapes import check_shapes
from curvae.figures.style import OKABE_ITO, house_style, new_figure
from curvae.figures.tiles import draw_tiles, frame_tile, pixel_table

_ASIDE = 0.3  # how far the inputs stand off the decoded steps, in tiles


@house_style()
def interpolation(
    ends: Float[np.ndarray, "*pair 2 h w"],
    steps: Float[np.ndarray, "*pair step h w"],
    end_labels: Sequence,
    fractions: Float[np.ndarray, " step"] | None = None,
) -> tuple[Figure, pd.DataFrame]:
    """Two inputs, framed, at the far left and right, and what is decoded on the way between their codes.

    Args:
        ends: the inputs, one pair (2, h, w) or several (pair, 2, h, w); intensities from 0 to 1.
        steps: decoded images, with a leading axis of pairs where `ends` has one.
        end_labels: two labels, or two a pair.
        fractions: way covered at each step, from 0 to 1; evenly spaced when not given.

    Returns:
        Figure, and a table: pair, role ("input" or "decoded"), fraction, label, pixels p0, p1, ...

    Raises:
        ValueError: shapes do not fit.
    """
    lead = "pair " if np.ndim(ends) == 4 else ""
    labels = np.asarray(end_labels, dtype=str)
    count = np.shape(steps)[-3] if np.ndim(steps) >= 3 else 0
    fractions = np.linspace(0, 1, count) if fractions is None else np.asarray(fractions)
    check_shapes(
        {
            "ends": (ends, lead + "2 h w"),
            "steps": (steps, lead + "step h w"),
            "end_labels": (labels, lead + "2"),
            "fractions": (fractions, "step"),
        }
    )
    if not lead:
        ends, steps, labels = ends[None], steps[None], labels[None]
    pairs, last = len(ends), count + 1
    images = np.concatenate([ends[:, :1], steps, ends[:, 1:]], axis=1)
    centres = [-_ASIDE, *range(1, count + 1), last + _ASIDE]

    tile = 6.8 / (last + 1 + 2 * _ASIDE)
    figure = new_figure(7.4, 0.75 + pairs * tile * images.shape[2] / images.shape[3])
    axes = figure.subplots()
    draw_tiles(axes, images, centres)
    for row in range(pairs):
        for x, side, label in ((centres[0], -1, labels[row, 0]), (centres[-1], 1, labels[row, 1])):
            frame_tile(axes, x, row, OKABE_ITO[1], 1.8)
            anchor = "right" if side < 0 else "left"
            axes.text(x + side * 0.6, row, label, ha=anchor, va="center", fontweight="bold")
    axes.set_xticklabels(["input", *(f"{value:.2g}" for value in fractions), "input"])
    axes.set_xlabel("way between the two codes [fraction]")
    axes.set_title("Decoded images between two inputs")

    parts = ["input", *["decoded"] * count, "input"]
    numbers = pixel_table(
        {
            "pair": np.repeat(np.arange(pairs), last + 1),
            "role": parts * pairs,
            "fraction": [0.0, *fractions, 1.0] * pairs,
            "label": [text for left, right in labels for text in (left, *[""] * count, right)],
        },
        images.reshape(-1, *images.shape[2:]),
    )
    return figure, numbers
