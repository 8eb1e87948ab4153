"""How the position error grows with the horizon."""

from collections.abc import Collection, Sequence

import pandas as pd
from matplotlib.figure import Figure

from curvae.figures.style import GREY, colours, house_style, new_figure

COLUMNS = ("predictor", "frame", "median", "least", "most")


@house_style()
def position_errors(
    errors: pd.DataFrame,
    baselines: Collection[str] = (),
    aims: Sequence[tuple[float, float]] = ((50, 1.0), (200, 2.0)),
) -> tuple[Figure, pd.DataFrame]:
    """Median error of every predictor over the frames ahead, with its interval, on logarithmic axes.

    Args:
        errors: one row a predictor and frame ahead: predictor, frame, median, least, most (its interval) [px].
        baselines: the predictors to draw dashed.
        aims: frames ahead and error [px] that a good predictor stays below.

    Returns:
        Figure, and the columns that are drawn.

    Raises:
        ValueError: a column is missing, or a baseline has no errors.
    """
    missing = [name for name in COLUMNS if name not in errors]
    if missing:
        raise ValueError(f"errors: no column {', '.join(missing)}; allowed: {', '.join(COLUMNS)} present")
    names = list(dict.fromkeys(errors["predictor"]))
    if unknown := sorted(set(baselines) - set(names)):
        raise ValueError(f"baselines: {', '.join(unknown)}; allowed: {', '.join(names)}")
    figure = new_figure(6.4, 4.2)
    axes = figure.subplots()
    for name, colour in zip(names, colours(len(names)), strict=True):
        curve = errors[errors["predictor"] == name].sort_values("frame")
        axes.fill_between(curve["frame"], curve["least"], curve["most"], color=colour, alpha=0.25, lw=0)
        axes.plot(curve["frame"], curve["median"], color=colour, ls="--" if name in baselines else "-", label=name)
    for frame, error in aims:
        axes.plot(frame, error, marker="v", color=GREY, ls="none", ms=7, zorder=5)
        axes.annotate(
            f"aim: {error:g} px",
            (frame, error),
            (-6, 5),
            textcoords="offset points",
            ha="right",
            color=GREY,
            bbox={"color": "white", "pad": 1},
        )
    axes.set(
        xscale="log",
        yscale="log",
        xlabel="time after the last frame seen [frames]",
        ylabel="median position error [px]",
        title="Error over all test films: median and its 95 % interval",
    )
    axes.grid()
    figure.legend(loc="outside right upper")
    return figure, errors[list(COLUMNS)].reset_index(drop=True)
