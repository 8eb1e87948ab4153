"""Whether metrics rank the members alike."""

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from curvae.figures.style import house_style, new_figure

COLUMNS = ("first", "second", "rho", "low", "high", "members")
_DARK = 0.5  # above it text is white


@house_style()
def metric_agreement(table: pd.DataFrame) -> tuple[Figure, pd.DataFrame]:
    """A triangle of Spearman's rank correlations over members, each with its interval.

    Args:
        table: of `curvae.scores.agreement.rank_agreement`: a row a pair of metrics.

    Returns:
        Figure, and the table.

    Raises:
        ValueError: a column is missing, or there is no pair.
    """
    missing = [name for name in COLUMNS if name not in table]
    if missing or table.empty:
        raise ValueError(f"table: no column {', '.join(missing) or 'filled'}; allowed: {', '.join(COLUMNS)} present")
    metrics = list(dict.fromkeys([*table["first"], *table["second"]]))
    place = {name: index for index, name in enumerate(metrics)}
    rho = np.full((len(metrics), len(metrics)), np.nan)
    for row in table.itertuples():
        rho[place[row.second], place[row.first]] = row.rho
    figure = new_figure(2.4 + 0.82 * len(metrics), 1.7 + 0.5 * len(metrics))
    axes = figure.subplots()
    image = axes.imshow(rho[1:, :-1], cmap="PuOr", vmin=-1, vmax=1, aspect="auto")
    for row in table.itertuples():
        known = np.isfinite(row.rho)
        bounds = f"\n{row.low:.2f} to {row.high:.2f}" if np.isfinite(row.low) else ""
        text = f"{row.rho:.2f}" if known else "none"
        colour = "white" if known and abs(row.rho) > _DARK else "black"
        x, y = place[row.first], place[row.second] - 1
        axes.text(x, y, text + bounds, ha="center", va="center", color=colour, fontsize=7)
    axes.set_xticks(range(len(metrics) - 1), metrics[:-1], rotation=30, ha="right", rotation_mode="anchor")
    axes.set_yticks(range(len(metrics) - 1), metrics[1:])
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    fewest, most = table["members"].min(), table["members"].max()
    many = f"{most} members" if fewest == most else f"{fewest} to {most} members"
    figure.suptitle(f"Do metrics rank {many} alike?")
    bar = figure.colorbar(image, ax=axes)
    bar.set_label("Spearman's rank correlation [1]")
    bar.outline.set_visible(False)
    return figure, table
