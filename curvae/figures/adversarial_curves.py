"""Losses of a critic and a generator against epoch, and how much the generator's samples differ."""

from math import log

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from curvae.figures.style import GREY, OKABE_ITO, house_style, new_figure

COLUMNS = ("member", "epoch", "split", "loss", "spread")
CRITICS = {
    "critic": "critic's cross-entropy [nats/sample]",
    "wasserstein": "critic's difference\nE D(real) - E D(fake) [1]",
    "passed": "critic's mean error on data\n[intensity]",
}
UNITS = {"critic": "nats/sample", "passed": "intensity"}  # of the generator's loss beside them
COLOURS = {"train": OKABE_ITO[0], "validation": OKABE_ITO[1]}


@house_style()
def adversarial_curves(
    history: pd.DataFrame, floors: dict[str, float] | None = None, collapse: float = 0.1
) -> tuple[Figure, pd.DataFrame]:
    """Both losses and the spread of the samples against epoch: mean over members, band from least to greatest.

    Args:
        history: one row a member, epoch and split; columns member, epoch, split, loss (the generator's), spread, and
            ``critic`` (cross-entropy [nats]), ``wasserstein`` (the critic's difference [data]) or ``passed`` (an
            autoencoding critic's error on data [intensity]).
        floors: the least that "critic" and "loss" can be, drawn dashed; none by default.
        collapse: spread below which a member counts as collapsed, drawn dashed.

    Returns:
        Figure, and a table with columns quantity, split, epoch, mean, low, high.

    Raises:
        ValueError: a column is missing, or no member stayed finite.
    """
    critic = next((name for name in CRITICS if name in history), "critic")
    missing = [name for name in (*COLUMNS, critic) if name not in history]
    if missing:
        raise ValueError(f"history: no column {', '.join(missing)}; allowed: {', '.join((*COLUMNS, critic))} present")
    broken = history.loc[~np.isfinite(history[["loss", critic]]).all(axis=1), "member"].unique()
    finite = history[~history["member"].isin(broken)]
    if finite.empty:
        raise ValueError(f"history: 0 finite members of {len(broken)}; allowed: at least one")
    tidy = finite.melt(["split", "epoch"], [critic, "loss", "spread"], var_name="quantity").dropna()
    numbers = tidy.groupby(["quantity", "split", "epoch"])["value"].agg(mean="mean", low="min", high="max")
    numbers = numbers.reset_index()
    said = {
        critic: CRITICS[critic],
        "loss": f"generator's loss [{UNITS.get(critic, '1')}]",
        "spread": "variance of samples\n[variance of the data]",
    }
    levels = {**(floors or {}), "spread": collapse}
    figure = new_figure(7.4, 3.0)
    for axes, (quantity, label) in zip(figure.subplots(1, 3), said.items(), strict=True):
        for split, colour in COLOURS.items():
            curve = numbers[(numbers["quantity"] == quantity) & (numbers["split"] == split)]
            axes.fill_between(curve["epoch"], curve["low"], curve["high"], color=colour, alpha=0.2, lw=0)
            axes.plot(curve["epoch"], curve["mean"], color=colour, label=split)
        if quantity in levels:
            axes.axhline(levels[quantity], color=GREY, lw=1, ls="--")
            name = "collapse" if quantity == "spread" else f"floor {levels[quantity]:.3f}"
            place = (0.98, levels[quantity])
            axes.annotate(name, place, (0, 3), axes.get_yaxis_transform(), "offset points", ha="right", color=GREY)
        if quantity == "critic":
            axes.axhline(log(2), color=GREY, lw=1, ls=":")
            axes.annotate(
                "knows nothing, ln 2", (0.98, log(2)), (0, 3), axes.get_yaxis_transform(), "offset points", ha="right"
            ).set_color(GREY)
        axes.set(xlabel="epoch [passes]", ylabel=label)
        axes.xaxis.set_major_locator(MaxNLocator(5, integer=True))
        axes.margins(x=0)
        axes.grid()
    figure.axes[-1].set_ylim(bottom=0)
    handles, labels = figure.axes[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=2)
    count = len(finite["member"].unique())
    runs = "one run" if count == 1 else f"mean and range of {count} runs"
    figure.suptitle(f"Generator and critic, {runs}" + (f" ({len(broken)} diverged, not drawn)" if len(broken) else ""))
    return figure, numbers
