"""Importance-weighted bounds against the number of draws, of several models."""

import pandas as pd
from matplotlib.figure import Figure

from curvae.figures.style import GREY, colours, house_style, new_figure
from curvae.words import counted

COLUMNS = ("model", "draws", "seed", "bound", "gain", "mean", "low", "high", "gain_mean", "gain_low", "gain_high")
WIDE = 1.06  # ratio of draws by which models stand apart, so that intervals do not cover each other


@house_style()
def bound_curves(table: pd.DataFrame) -> tuple[Figure, pd.DataFrame]:
    """Two panels against K: bounds with 95 % intervals over seeds; gains over the first model, with a point a seed.

    Args:
        table: of `curvae.scores.bound.bound_gains`.

    Returns:
        Figure, and the table.

    Raises:
        ValueError: a column is missing, or there is one model alone.
    """
    missing = [name for name in COLUMNS if name not in table]
    if missing:
        raise ValueError(f"table: no column {', '.join(missing)}; allowed: {', '.join(COLUMNS)} present")
    models = list(table["model"].unique())
    if len(models) < 2:
        raise ValueError(f"table: models {', '.join(models)}; allowed: two or more")
    figure = new_figure(7.2, 3.1)
    left, right = figure.subplots(1, 2)
    for index, (model, colour) in enumerate(zip(models, colours(len(models)), strict=True)):
        rows = table[table["model"] == model]
        apart = WIDE ** (index - (len(models) - 1) / 2)
        means = rows.drop_duplicates("draws")
        bars = {"color": colour, "marker": "o", "ms": 4, "capsize": 2}
        reach = abs(means[["low", "high"]].sub(means["mean"], axis=0)).T.to_numpy()
        left.errorbar(means["draws"] * apart, means["mean"], reach, label=model, **bars)
        if index:
            reach = abs(means[["gain_low", "gain_high"]].sub(means["gain_mean"], axis=0)).T.to_numpy()
            right.errorbar(means["draws"] * apart, means["gain_mean"], reach, **bars)
            right.plot(rows["draws"] * apart * WIDE, rows["gain"], ".", color=colour, ms=4, alpha=0.5)
    right.axhline(0, color=GREY, lw=0.8)
    left.set_ylabel("bound on ln p(x) [nats/image]")
    right.set_ylabel(f"gain over {models[0]} [nats/image]")
    draws = sorted(table["draws"].unique())
    for axes in (left, right):
        axes.set(xscale="log", xlabel="draws K of the posterior [1]")
        axes.set_xticks(draws, [f"{count:g}" for count in draws])
        axes.minorticks_off()
        axes.grid()
    left.legend(loc="lower right")
    figure.suptitle(f"Means over {counted(table['seed'].nunique(), 'seed')} with 95 % intervals; points are seeds")
    return figure, table
