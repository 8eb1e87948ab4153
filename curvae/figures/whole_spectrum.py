"""All Lyapunov exponents of learned systems, their hidden states' included, beside the few of the true one."""

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from curvae.figures.style import GREY, colours, house_style, new_figure

TRUTH = "truth"
MOST_SYSTEMS = 8


@house_style()
def whole_spectrum(table: pd.DataFrame, unit: str = "1/time") -> tuple[Figure, pd.DataFrame]:
    """Exponents against their number, with intervals, both axes compressed away from the largest; dashed, the truth.

    Directions that a map forgets at once have minus infinity; they are in the table alone.

    Args:
        table: one row a system and exponent, from the largest down: system, exponent, value, low, high (interval, NaN
            where there is none); ``truth`` among the systems, and at most 8 learned ones.
        unit: of the exponents.

    Returns:
        Figure, and the table.

    Raises:
        ValueError: no truth, nothing learned or too much.
    """
    systems = list(dict.fromkeys(table["system"]))
    if TRUTH not in systems or not 2 <= len(systems) <= MOST_SYSTEMS + 1:
        raise ValueError(f"table: {', '.join(systems)}; allowed: truth and 1 to {MOST_SYSTEMS} learned systems")
    palette = dict(zip(systems, ("black", *colours(len(systems) - 1)), strict=True))
    figure = new_figure(5.4, 3.4)
    axes = figure.subplots()
    axes.set_xscale("log")
    axes.set_yscale("symlog", linthresh=1)
    for value in table.loc[table["system"] == TRUTH, "value"]:
        axes.axhline(value, color=GREY, lw=0.8, ls="--")
    for name in systems:
        rows = table[table["system"] == name]
        label, rows = f"{name} ({len(rows)})", rows[np.isfinite(rows["value"])]
        mark = {"ls": "", "marker": "D", "ms": 6} if name == TRUTH else {"marker": "o", "ms": 2.5, "lw": 1}
        axes.plot(rows["exponent"], rows["value"], color=palette[name], mfc="none", label=label, **mark)
        axes.vlines(rows["exponent"], rows["low"], rows["high"], color=palette[name], lw=1)
    axes.set(xlabel="number of the exponent", ylabel=f"exponent [{unit}]")
    figure.legend(loc="outside lower center", ncols=len(systems))
    return figure, table
