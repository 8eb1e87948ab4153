"""Lyapunov exponents of learned systems beside the true ones."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from curvae.figures.style import GREY, colours, house_style, new_figure

COLUMNS = ("system", "exponent", "value", "low", "high")
MOST_PANELS = 4
_MARKERS = ("o", "s", "^", "D", "v", "P", "X", "<", ">", "p")


@house_style()
def exponents(table: pd.DataFrame, truth: str, unit: str = "1/time") -> tuple[Figure, pd.DataFrame]:
    """Up to 4 exponents: a panel each, systems from top to bottom. More: one panel, value against number.

    Args:
        table: one row a system and exponent: system, exponent (1 is the largest), value, low, high (interval, NaN
            where there is none), and, if there are published values, published (NaN where not).
        truth: the system whose exponents the others should have.
        unit: of the exponents.

    Returns:
        Figure, and the rows of `table` with the column error, value less that of the truth.

    Raises:
        ValueError: a column is missing, a row is twice there, or the truth is not among the systems or lacks one of
            the exponents.
    """
    missing = [name for name in COLUMNS if name not in table]
    if missing:
        raise ValueError(f"table: no column {', '.join(missing)}; allowed: {', '.join(COLUMNS)} present")
    if twice := int(table.duplicated(["system", "exponent"]).sum()):
        raise ValueError(f"table: {twice} rows repeat a system and exponent; allowed: one row for each")
    systems = list(dict.fromkeys(table["system"]))
    if truth not in systems:
        raise ValueError(f"truth = {truth!r}: allowed: {', '.join(systems)}")
    known = table[table["system"] == truth].set_index("exponent")["value"]
    if lacking := sorted(set(table["exponent"]) - set(known.index)):
        raise ValueError(f"truth: no exponent {', '.join(map(str, lacking))}; allowed: all that the systems have")

    numbers = table.assign(error=table["value"] - table["exponent"].map(known)).reset_index(drop=True)
    if "published" not in numbers:
        numbers["published"] = np.nan
    learned = [name for name in systems if name != truth]
    palette = {truth: "black", **dict(zip(learned, colours(len(learned)), strict=True))}
    palette = {name: palette[name] for name in systems}
    order = sorted(known.index)
    if len(order) <= MOST_PANELS:
        figure = new_figure(max(4.6, 2.5 * len(order)), 1.3 + 0.27 * len(systems))
        for axes, number in zip(figure.subplots(1, len(order), sharey=True, squeeze=False)[0], order, strict=True):
            _draw_one(axes, numbers[numbers["exponent"] == number].set_index("system"), palette, known[number])
            axes.set_title(f"exponent {number}")
            axes.set_xlabel(f"value [{unit}]")
    else:
        figure = new_figure(5.2, 3.6)
        axes = figure.subplots()
        for index, (system, colour) in enumerate(palette.items()):
            rows = numbers[numbers["system"] == system].sort_values("exponent")
            axes.vlines(rows["exponent"], rows["low"], rows["high"], color=colour, lw=1)
            axes.plot(rows["exponent"], rows["value"], color=colour, marker=_MARKERS[index], ms=3.5, lw=1)
            axes.plot(rows["exponent"], rows["published"], ls="", marker="x", color=colour)
        axes.axhline(0, color=GREY, lw=0.8)
        axes.set(xlabel="number of the exponent", ylabel=f"value [{unit}]")
        axes.grid()
    handles = [
        Line2D([], [], color=colour, marker=_MARKERS[index], ms=4, lw=1.2, label=system)
        for index, (system, colour) in enumerate(palette.items())
        if len(order) > MOST_PANELS
    ]
    if numbers["published"].notna().any():
        handles.append(Line2D([], [], ls="", marker="x", color="black", label="published"))
    if len(order) <= MOST_PANELS:
        handles.append(Line2D([], [], color=GREY, lw=1, ls="--", label=truth))
    figure.legend(handles=handles, loc="outside lower center", ncols=3)
    return figure, numbers


def _draw_one(axes: Axes, rows: pd.DataFrame, palette: dict[str, str], true: float) -> None:
    axes.axvline(true, color=GREY, lw=1, ls="--")
    for place, (system, colour) in enumerate(palette.items()):
        if system not in rows.index:
            continue
        row = rows.loc[system]
        axes.hlines(place, row["low"], row["high"], color=colour, lw=1.4)
        axes.plot(row["value"], place, "o", ms=4, color=colour)
        axes.plot(row["published"], place, "x", color="black", ms=5)
    axes.set_yticks(range(len(palette)), list(palette))
    axes.set_ylim(len(palette) - 0.5, -0.5)
    axes.grid(axis="x")
