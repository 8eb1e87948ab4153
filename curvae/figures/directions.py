"""Likely and unlikely directions: what moves along them show, and how likely they are by each definition."""

import numpy as np
import pandas as pd
from jaxtyping import Float
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from curvae.figures.shapes import check_shapes
from curvae.figures.style import colours, house_style, new_figure
from curvae.figures.tiles import draw_tiles

COLUMNS = ("statistic", "definition", "axis", "value", "low", "high")
WAYS = ("likeliest", "unlikeliest")
_NAMES = {
    "steps": "steps in time",
    "predicted": "predicted density",
    "posterior": "posterior",
    "codes": "nearest codes",
    "chance": "chance",
}


@house_style()
def directions(
    table: pd.DataFrame, film: Float[np.ndarray, "2 move h w"], moves: Float[np.ndarray, " move"]
) -> tuple[Figure, pd.DataFrame]:
    """Above, what one code decodes to on the way along both directions; below, local spectra, axes and agreement.

    Args:
        table: of `curvae.geometry.likely.likely_moves`.
        film: decoded moves along the likeliest and the unlikeliest direction.
        moves: their signed lengths [prior s.d.].

    Returns:
        Figure, and the table's rows that are drawn.

    Raises:
        ValueError: a column or statistic is missing, or shapes do not fit.
    """
    missing = [name for name in COLUMNS if name not in table]
    if missing:
        raise ValueError(f"table: no column {', '.join(missing)}; allowed: {', '.join(COLUMNS)} present")
    check_shapes({"film": (film, "2 move h w"), "moves": (moves, "move")})
    names = [name for name in _NAMES if (table["definition"] == name).any() and name != "chance"]
    tint = dict(zip((*names, "chance"), colours(len(names) + 1), strict=True))
    strip = 7.6 / len(moves) * 2 * film.shape[2] / film.shape[3] * 0.62
    figure = new_figure(8.2, strip + 3.2)
    above, below = figure.subfigures(2, 1, height_ratios=(strip + 0.5, 2.7))
    tiles = above.subplots()
    draw_tiles(tiles, film)
    tiles.set_yticklabels(WAYS)
    tiles.set_xticklabels([f"{move:+g}" for move in moves])
    tiles.set(xlabel="move along the direction [prior s.d.]", title="One code moves along both directions")
    spectrum, axes, agree = below.subplots(1, 3, width_ratios=(1, 1, 1.2))
    parts = [
        _bars(spectrum, table, "spectrum", names, tint),
        _bars(axes, table, "share", names, tint),
        _agreement(agree, table, names, tint),
    ]
    spectrum.set(yscale="log", xlabel="direction, likeliest first", ylabel="local variance over\nthe largest [1]")
    axes.set(xlabel="latent", ylabel="share of the variance [1]", ylim=(0, 1))
    handles, labels = spectrum.get_legend_handles_labels()
    below.legend(handles, labels, loc="outside lower center", ncols=len(labels), title="likely by")
    return figure, pd.concat(parts, ignore_index=True)


def _rows(table: pd.DataFrame, statistic: str) -> pd.DataFrame:
    rows = table[table["statistic"] == statistic]
    if rows.empty:
        raise ValueError(f"table: no statistic {statistic}; allowed: with it")
    return rows


def _bars(axes: Axes, table: pd.DataFrame, statistic: str, names, tint) -> pd.DataFrame:
    rows = _rows(table, statistic)
    ticks = list(dict.fromkeys(rows["axis"]))
    wide = 0.8 / len(names)
    for number, name in enumerate(names):
        own = rows[rows["definition"] == name].set_index("axis").loc[ticks]
        place = np.arange(len(ticks)) + (number - (len(names) - 1) / 2) * wide
        error = [own["value"] - own["low"], own["high"] - own["value"]]
        axes.bar(place, own["value"], 0.9 * wide, color=tint[name], label=_NAMES[name], yerr=error, ecolor="black")
    axes.set_xticks(range(len(ticks)), [str(tick) for tick in ticks])
    return rows


def _agreement(axes: Axes, table: pd.DataFrame, names, tint) -> pd.DataFrame:
    drawn, ticks = [], []
    for way in WAYS:
        rows = _rows(table, f"agreement {way}")
        for row in rows.itertuples():
            pair = "chance" if row.definition == "chance" else f"{row.definition}, {row.axis}"
            place = len(ticks)
            colour = tint["chance"] if pair == "chance" else "black"
            axes.errorbar(
                row.value, place, xerr=[[row.value - row.low], [row.high - row.value]], fmt="o", color=colour, ms=4
            )
            ticks.append(f"{way}: {pair}")
        drawn.append(rows)
    axes.set_yticks(range(len(ticks)), ticks, fontsize=7)
    axes.invert_yaxis()
    axes.set(xlim=(0, 1.02), xlabel="agreement, median |cos| [1]")
    return pd.concat(drawn)
