"""How much of the ball is kept, by the size of the latent space."""

import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from curvae.figures.style import GREY, colours, house_style, new_figure

COLUMNS = ("latent", "seed", "median", "q99", "excess")
CURVES = (("median", "in half of the frames", "o"), ("q99", "in 99 % of the frames", "s"))


@house_style()
def latent_sizes(table: pd.DataFrame, accurate: float = 1.0) -> tuple[Figure, pd.DataFrame]:
    """Position error and what the pixels lose against the number of latents, a point a member.

    Args:
        table: one row a member: latent, seed, median and q99 (of the position error) [px], excess [nats].
        accurate: position error that counts as small [px].

    Returns:
        Figure, and the columns that are drawn.

    Raises:
        ValueError: a column is missing.
    """
    missing = [name for name in COLUMNS if name not in table]
    if missing:
        raise ValueError(f"table: no column {', '.join(missing)}; allowed: {', '.join(COLUMNS)} present")
    numbers = table[list(COLUMNS)].sort_values(["latent", "seed"]).reset_index(drop=True)
    middle = numbers.groupby("latent").median()
    figure = new_figure(7.2, 3.2)
    left, right = figure.subplots(1, 2)
    for (column, label, marker), colour in zip(CURVES, colours(len(CURVES)), strict=True):
        left.plot(middle.index, middle[column], color=colour, label=label)
        left.plot(numbers["latent"], numbers[column], marker, color=colour, ms=4, mec="white", mew=0.4)
    left.axhline(accurate, color=GREY, ls="--", lw=1)
    left.annotate(
        f"{accurate:g} px", (1, accurate), (-2, 3), xycoords=("axes fraction", "data"), textcoords="offset points",
        ha="right", color=GREY,
    )  # fmt: skip
    left.set(ylabel="position error not exceeded [px]", title="Where the reconstructed ball is")
    left.legend(loc="upper right")
    right.plot(middle.index, middle["excess"], color=colours(3)[2])
    right.plot(numbers["latent"], numbers["excess"], "^", color=colours(3)[2], ms=4, mec="white", mew=0.4)
    right.set(ylabel="cross-entropy above its least [nats]", title="What its pixels have lost")
    for axes in (left, right):
        axes.set(xlabel="size of the latent space [latents]", yscale="log")
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        axes.grid()
    return figure, numbers
