"""Latent paths: where the true one goes, and where the predicted ones go."""

from collections.abc import Mapping
from math import ceil

import numpy as np
import pandas as pd
from jaxtyping import Float
from matplotlib.figure import Figure

from curvae.figures.shapes import check_shapes
from curvae.figures.style import GREY, LATENT_AXES, colours, house_style, new_figure

ACROSS = 4  # panels in a row
TRUTH = "truth"


@house_style()
def phase_portraits(
    truth: Float[np.ndarray, "frame latent"],
    predictions: Mapping[str, Float[np.ndarray, "frame latent"]],
    others: int = 0,
) -> tuple[Figure, pd.DataFrame]:
    """The first two latents of one film under each predictor, over the true path in grey.

    Args:
        truth: codes of the true film, two latents or more.
        predictions: name -> predicted codes of the same frames; what is not finite is left out.
        others: predictors that other figures draw after these, which then have the same colours there.

    Returns:
        Figure, and a table: predictor, frame, z1, z2.

    Raises:
        ValueError: shapes do not fit, or one latent alone.
    """
    paths = {TRUTH: np.asarray(truth), **{name: np.asarray(path) for name, path in predictions.items()}}
    check_shapes({name: (path, "frame latent") for name, path in paths.items()})
    if truth.shape[1] < 2:
        raise ValueError(f"truth: {truth.shape[1]} latent; allowed: 2 or more")
    rows, width = ceil(len(predictions) / ACROSS), min(ACROSS, len(predictions))
    figure = new_figure(1.9 * width + 0.5, 1.9 * rows + 0.6)
    panels = figure.subplots(rows, width, sharex=True, sharey=True, squeeze=False)
    middle, half = paths[TRUTH][:, :2].mean(0), 1.3 * np.abs(paths[TRUTH][:, :2] - paths[TRUTH][:, :2].mean(0)).max(0)
    palette = colours(len(predictions) + others)
    for axes, (name, path), colour in zip(panels.flat, predictions.items(), palette, strict=False):
        axes.plot(*paths[TRUTH][:, :2].T, color=GREY, lw=0.8, alpha=0.6)
        axes.plot(*np.where(np.isfinite(path), path, np.nan)[:, :2].T, color=colour, lw=1)
        axes.plot(*path[0, :2], marker="o", ms=4, color=colour)
        axes.set_title(name, color=colour, fontweight="bold")
        axes.set(xlim=middle[0] + half[0] * np.array([-1, 1]), ylim=middle[1] + half[1] * np.array([-1, 1]))
    for axes in panels.flat[len(predictions) :]:
        axes.set_visible(False)
    figure.supxlabel(LATENT_AXES[0], fontsize=9)
    figure.supylabel(LATENT_AXES[1], fontsize=9)
    figure.suptitle("One film in latent space: true path grey, predicted path coloured from its dot")
    tables = [
        pd.DataFrame({"predictor": name, "frame": np.arange(1, len(path) + 1), "z1": path[:, 0], "z2": path[:, 1]})
        for name, path in paths.items()
    ]
    return figure, pd.concat(tables, ignore_index=True)
