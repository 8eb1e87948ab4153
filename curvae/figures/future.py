"""Predicted films against the true one, and how the error grows."""

from collections.abc import Collection, Mapping

import numpy as np
import pandas as pd
from jaxtyping import Float, Int
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from curvae.figures.shapes import check_shapes
from curvae.figures.style import GREY, colours, evenly, house_style, new_figure
from curvae.figures.tiles import draw_tiles, pixel_table

COLUMNS = ("predictor", "frame", "median", "low", "high")
MOST_FRAMES = 12
TRUTH = "truth"


@house_style()
def future(
    truth: Float[np.ndarray, "frame h w"],
    predictions: Mapping[str, Float[np.ndarray, "frame h w"]],
    frames: Int[np.ndarray, " frame"],
    errors: pd.DataFrame,
    baselines: Collection[str] = (),
    threshold: float = 2.0,
) -> tuple[Figure, pd.DataFrame]:
    """Film strips of the truth and of each prediction above the position error of every predictor.

    Args:
        truth: true images at the chosen frames; of more than 12 an even choice is drawn.
        predictions: name -> predicted images at the same frames.
        frames: how many frames ahead of the last one seen each image lies.
        errors: one row a predictor and frame ahead: predictor, frame, median, low, high (quartiles) [px].
        baselines: the predictors of `errors` to draw dashed.
        threshold: error up to which a prediction counts as good [px].

    Returns:
        Figure, and a table: part ("film" or "error"), predictor, frame, median, low, high, threshold [px],
        pixels p0, p1, ...

    Raises:
        ValueError: shapes do not fit, a column is missing, or a baseline has no errors.
    """
    frames = np.asarray(frames)
    films = {TRUTH: truth, **predictions}
    check_shapes({name: (film, "frame h w") for name, film in films.items()} | {"frames": (frames, "frame")})
    missing = [name for name in COLUMNS if name not in errors]
    if missing:
        raise ValueError(f"errors: no column {', '.join(missing)}; allowed: {', '.join(COLUMNS)} present")
    names = list(dict.fromkeys(errors["predictor"]))
    unknown = sorted(set(baselines) - set(names))
    if unknown:
        raise ValueError(f"baselines: {', '.join(unknown)}; allowed: {', '.join(names)}")
    palette = dict(zip(names, colours(len(names)), strict=True))

    chosen = evenly(len(frames), MOST_FRAMES)
    strips = np.stack([np.asarray(film)[chosen] for film in films.values()])
    tall = min(0.7, 6.1 / len(chosen)) * len(films) * strips.shape[2] / strips.shape[3]
    figure = new_figure(7.4, tall + 3.7)
    top, bottom = figure.subplots(2, 1, height_ratios=(tall, 2.3))
    draw_tiles(top, strips)
    top.set_yticklabels(films)
    for text in top.get_yticklabels():
        text.set_color(palette.get(text.get_text(), "black"))
        text.set_fontweight("bold")
    top.set_xticklabels(frames[chosen])
    top.set(xlabel="time after the last frame seen [frames]", title="One film and its predictions")
    _draw_errors(bottom, errors, palette, baselines, threshold)

    film_rows = pixel_table(
        {
            "part": "film",
            "predictor": np.repeat(list(films), len(chosen)),
            "frame": np.tile(frames[chosen], len(films)),
        },
        strips.reshape(-1, *strips.shape[2:]),
    )
    error_rows = errors[list(COLUMNS)].assign(part="error", threshold=threshold)
    numbers = pd.concat([error_rows, film_rows], ignore_index=True)
    order = ["part", *COLUMNS, "threshold"]
    return figure, numbers[[*order, *numbers.columns.drop(order)]]


def _draw_errors(
    axes: Axes, errors: pd.DataFrame, palette: Mapping[str, str], baselines: Collection[str], threshold: float
) -> None:
    for name, colour in palette.items():
        curve = errors[errors["predictor"] == name].sort_values("frame")
        if name not in baselines:
            axes.fill_between(curve["frame"], curve["low"], curve["high"], color=colour, alpha=0.15, lw=0)
        axes.plot(curve["frame"], curve["median"], color=colour, ls="--" if name in baselines else "-", label=name)
    axes.axhline(threshold, color=GREY, lw=1, ls=":", label=f"good up to {threshold:g} px")
    axes.set(
        xlabel="time after the last frame seen [frames]",
        ylabel="position error [px]",
        title="Error over all test films: median, and quartiles of what was learned",
        ylim=(0, None),
    )
    axes.margins(x=0)
    axes.grid()
    axes.figure.legend(loc="outside lower center", ncols=3)
