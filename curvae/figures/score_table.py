"""Our scores of the beta-VAE metric beside the published ones."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from curvae.figures.style import FRAME, GREY, colours, house_style, new_figure

COLUMNS = ("representation", "protocol", "value", "low", "high", "kept", "runs", "published", "published_spread")
_STYLES = {"published": ("D", "none", "black"), "paper": ("o", None, colours(2)[0]), "dlib": ("s", None, colours(2)[1])}
_NAMES = {"published": "published, with its spread", "paper": "here, paper's protocol", "dlib": "here, preset dlib"}
_LANES = {"published": -0.24, "paper": 0.0, "dlib": 0.24}


@house_style()
def score_table(table: pd.DataFrame, chance: Mapping[str, float]) -> tuple[Figure, pd.DataFrame]:
    """A row a representation: the published accuracy, ours under two protocols, and how far ours is from it.

    Args:
        table: of `curvae.scores.published.beside_published`: accuracies from 0 to 1 with their intervals.
        chance: protocol -> accuracy of guessing.

    Returns:
        Figure, and the table with a column chance.

    Raises:
        ValueError: a column is missing, a protocol is unknown, or the table is empty.
    """
    missing = [name for name in COLUMNS if name not in table]
    if missing or table.empty:
        raise ValueError(f"table: no column {', '.join(missing) or 'filled'}; allowed: {', '.join(COLUMNS)} present")
    unknown = set(table["protocol"]) - {*chance, "published only"}
    if unknown or not set(chance) <= _STYLES.keys():
        raise ValueError(f"protocol: {', '.join(sorted(unknown | set(chance) - _STYLES.keys()))}; allowed: paper, dlib")
    names = list(dict.fromkeys(table["representation"]))
    figure = new_figure(6.6, 1.5 + 0.36 * len(names))
    axes = figure.subplots()
    for place, name in enumerate(names):
        if place % 2:
            axes.axhspan(place - 0.5, place + 0.5, color="#f4f4f4", lw=0)
        _draw_row(axes, place, table[table["representation"] == name])
    for protocol, value in chance.items():
        axes.axvline(100 * value, color=_STYLES[protocol][2], ls=(0, (2, 2)), lw=1)
    axes.set(xlim=(0, 103), ylim=(len(names) - 0.5, -0.5), xlabel="accuracy of the beta-VAE metric's classifier [%]")
    axes.set_yticks(range(len(names)), names)
    axes.tick_params(axis="y", length=0, labelsize=9)
    axes.grid(axis="x")
    axes.text(1.02, 1.01, "here less published\n[percentage points]", transform=axes.transAxes, fontsize=8)
    axes.spines["left"].set_color(FRAME)
    drawn = ["published", *chance]
    handles = [_handle(kind) for kind in drawn]
    handles.append(Line2D([], [], color="black", ls=(0, (2, 2)), lw=1, label="chance, in its protocol's colour"))
    figure.legend(handles=handles, loc="outside lower center", ncols=2)
    return figure, table.assign(chance=table["protocol"].map(dict(chance)))


def _draw_row(axes: Axes, place: int, rows: pd.DataFrame) -> None:
    first = rows.iloc[0]
    if np.isfinite(first["published"]):
        spread = np.nan_to_num(first["published_spread"])
        bounds = first["published"] - spread, first["published"] + spread
        _draw_point(axes, place, "published", first["published"], *bounds)
    for row in rows[rows["protocol"] != "published only"].itertuples():
        _draw_point(axes, place, row.protocol, row.value, row.low, row.high)
    side = {"transform": axes.get_yaxis_transform(), "va": "center", "fontsize": 8}
    if (rows["protocol"] == "published only").any():
        axes.text(1.02, place, "not built here", color=GREY, **side)
    elif np.isfinite(first["published"]):
        for row in rows.itertuples():
            x = 1.02 if row.protocol == "paper" else 1.15
            axes.text(x, place, f"{100 * (row.value - row.published):+.1f}", color=_STYLES[row.protocol][2], **side)
    else:
        axes.text(1.02, place, "not published", color=GREY, **side)


def _draw_point(axes: Axes, place: int, kind: str, value: float, low: float, high: float) -> None:
    marker, face, colour = _STYLES[kind]
    y = place + _LANES[kind]
    axes.hlines(y, 100 * low, 100 * high, color=colour, lw=1.4)
    axes.plot(100 * value, y, marker=marker, ms=5, mec=colour, mfc=face or colour, ls="none", clip_on=False)


def _handle(kind: str) -> Line2D:
    marker, face, colour = _STYLES[kind]
    return Line2D([], [], color=colour, marker=marker, mfc=face or colour, ms=5, lw=1.4, label=_NAMES[kind])
