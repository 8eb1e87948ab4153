"""Decoded steps between the codes of the same images under several models, and how good they are on the way."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from jaxtyping import Float
from matplotlib.figure import Figure

from curvae.figures.shapes import check_shapes
from curvae.figures.style import OKABE_ITO, house_style, new_figure
from curvae.figures.tiles import draw_tiles

COLUMNS = ("experiment", "fraction", "sharpness", "distance")
LABELS = {"sharpness": "sharpness [1]", "distance": "distance to the nearest\ntraining image [intensity]"}
MARKERS = "os^Dv"


@house_style()
def between(
    steps: Float[np.ndarray, "pair model step h w"], names: Sequence[str], table: pd.DataFrame
) -> tuple[Figure, pd.DataFrame]:
    """Left a block a pair of images, a row a model; right sharpness and distance to data along the way.

    Args:
        steps: decoded, evenly spaced, both ends among them; intensities from 0 to 1.
        names: of the models.
        table: one row a member and fraction of the way; columns experiment, fraction, sharpness, distance [intensity].

    Returns:
        Figure, and a table: experiment, fraction, quantity, mean, low and high (over members).

    Raises:
        ValueError: shapes do not fit, or a column is missing.
    """
    check_shapes({"steps": (steps, "pair model step h w"), "names": (np.asarray(names), "model")})
    if missing := [name for name in COLUMNS if name not in table]:
        raise ValueError(f"table: no column {', '.join(missing)}; allowed: {', '.join(COLUMNS)} present")
    tidy = table.melt(["experiment", "fraction"], list(LABELS), var_name="quantity")
    numbers = tidy.groupby(["experiment", "fraction", "quantity"], sort=False)["value"]
    numbers = numbers.agg(mean="mean", low="min", high="max").reset_index()
    pairs, models, count = steps.shape[:3]
    figure = new_figure(4.4 + 0.48 * count, max(0.8 + 0.5 * pairs * models, 3.6))
    tiles, plots = figure.subfigures(1, 2, width_ratios=[1.2 + 0.48 * count, 3.2])
    for axes, block in zip(tiles.subplots(pairs, 1, squeeze=False)[:, 0], steps, strict=True):
        draw_tiles(axes, block)
        axes.set_yticklabels(names)
    axes.set_xticklabels([f"{fraction:.2g}" for fraction in np.linspace(0, 1, count)])
    axes.set_xlabel("way between the two codes [fraction]")
    tiles.axes[0].set_title("Decoded between the codes of two test images")
    for axes, (quantity, label) in zip(plots.subplots(2, 1, sharex=True), LABELS.items(), strict=True):
        for place, name in enumerate(names):
            curve = numbers[(numbers["experiment"] == name) & (numbers["quantity"] == quantity)]
            axes.fill_between(curve["fraction"], curve["low"], curve["high"], color=OKABE_ITO[place], alpha=0.2, lw=0)
            axes.plot(curve["fraction"], curve["mean"], color=OKABE_ITO[place], marker=MARKERS[place % 5], ms=4)
            axes.lines[-1].set_label(name)
        axes.set_ylabel(label)
        axes.grid()
    axes.set_xlabel("way [fraction]")
    plots.axes[0].legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=2)
    return figure, numbers
