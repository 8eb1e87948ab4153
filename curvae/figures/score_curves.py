"""Scores against the KL weight, between their floor and their ceiling."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from curvae.figures.style import GREY, colours, evenly, house_style, new_figure

COLUMNS = ("metric", "beta", "lam", "value", "low", "high", "floor", "ceiling")
MOST_LAMS = 4
_ABREAST = 3
_MOST_TICKS = 6
_MARKERS = ("o", "s", "^", "D")


@house_style()
def score_curves(table: pd.DataFrame, unit: str = "1") -> tuple[Figure, pd.DataFrame]:
    """A panel a metric: score against beta, a line a lam, with its interval, floor and ceiling.

    Of more than 4 lams an even choice with both ends is drawn. Lines of different lam are set apart
    sideways by a hair so that their bars can be read. Floor and ceiling are means over the drawn lams.

    Args:
        table: one row a metric, beta and lam: metric, beta, lam, value, low, high (interval),
            floor (permuted factors), ceiling (oracle code).
        unit: of all scores.

    Returns:
        Figure, and the drawn rows of `table` with columns floor_drawn and ceiling_drawn.

    Raises:
        ValueError: a column is missing, a row is twice there, or a beta is not above zero.
    """
    missing = [name for name in COLUMNS if name not in table]
    if missing:
        raise ValueError(f"table: no column {', '.join(missing)}; allowed: {', '.join(COLUMNS)} present")
    twice = int(table.duplicated(["metric", "beta", "lam"]).sum())
    if twice:
        raise ValueError(f"table: {twice} rows repeat a metric, beta and lam; allowed: one row for each")
    if table.empty or not (table["beta"] > 0).all():
        raise ValueError(f"table: least beta {table['beta'].min():g}; allowed: above 0, the axis is logarithmic")

    lams = np.unique(table["lam"])
    lams = lams[evenly(len(lams), MOST_LAMS)]
    numbers = table.loc[table["lam"].isin(lams), list(COLUMNS)].reset_index(drop=True)
    means = numbers.groupby(["metric", "beta"])[["floor", "ceiling"]].transform("mean")
    numbers = numbers.assign(floor_drawn=means["floor"], ceiling_drawn=means["ceiling"])

    metrics = list(dict.fromkeys(numbers["metric"]))
    columns = 2 if len(metrics) == 4 else min(len(metrics), _ABREAST)
    rows = -(-len(metrics) // columns)
    figure = new_figure(max(4.2, 2.7 * columns), 0.7 + 2.2 * rows)
    all_axes = figure.subplots(rows, columns, squeeze=False).ravel()
    for axes, metric in zip(all_axes, metrics, strict=False):
        _draw_metric(axes, numbers[numbers["metric"] == metric], lams)
        axes.set_title(metric)
        axes.set(xlabel="KL weight beta [1]", ylabel=f"score [{unit}]")
    for axes in all_axes[len(metrics) :]:
        axes.remove()
    lines = [
        Line2D([], [], color=colour, marker=marker, ms=4, label=f"lam = {lam:g}")
        for lam, colour, marker in zip(lams, colours(len(lams)), _MARKERS, strict=False)
    ]
    bounds = [
        Line2D([], [], color="black", ls="--", lw=1, label="ceiling"),
        Line2D([], [], color=GREY, ls=(0, (2, 2)), lw=1, label="floor"),
    ]
    figure.legend(handles=lines + bounds, loc="outside lower center", ncols=3 if columns == 1 else len(lams) + 2)
    return figure, numbers


def _draw_metric(axes: Axes, scores: pd.DataFrame, lams: np.ndarray) -> None:
    bounds = scores.drop_duplicates("beta").sort_values("beta")
    axes.plot(bounds["beta"], bounds["ceiling_drawn"], color="black", ls="--", lw=1)
    axes.plot(bounds["beta"], bounds["floor_drawn"], color=GREY, ls=(0, (2, 2)), lw=1)
    for index, (lam, colour) in enumerate(zip(lams, colours(len(lams)), strict=True)):
        curve = scores[scores["lam"] == lam].sort_values("beta")
        aside = 1.04 ** (index - (len(lams) - 1) / 2)
        axes.vlines(curve["beta"] * aside, curve["low"], curve["high"], color=colour, lw=1.2)
        axes.plot(curve["beta"] * aside, curve["value"], color=colour, marker=_MARKERS[index], ms=4, lw=1.3)
    axes.set_xscale("log")
    if len(bounds) <= _MOST_TICKS:
        axes.set_xticks(bounds["beta"], [f"{beta:g}" for beta in bounds["beta"]])
        axes.minorticks_off()
    axes.grid()
