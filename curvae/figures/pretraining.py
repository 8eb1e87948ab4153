"""Misfit of the same network with and without pretraining."""

import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from curvae.figures.style import GREY, OKABE_ITO, house_style, new_figure
from curvae.words import counted


@house_style()
def pretraining(pretrained: pd.DataFrame, scratch: pd.DataFrame, passes: int) -> tuple[Figure, pd.DataFrame]:
    """Validation misfit against passes through the training set: lines are means over seeds, bands their range.

    Args:
        pretrained: history of training after pretraining: seed, epoch, split, recon [nats/sample].
        scratch: the same of networks with random initial weights.
        passes: that the pretraining took of each layer; the pretrained curve starts after them, and dashed, with
            them not counted, at 0.

    Returns:
        Figure, and a table: start (``pretrained`` or ``random``), epoch, passes, mean, low, high [nats/sample].

    Raises:
        ValueError: a history has no validation rows.
    """
    figure = new_figure(5.4, 3.6)
    axes, parts = figure.subplots(), []
    said = (
        ("random", scratch, 0, OKABE_ITO[1], "random initial weights"),
        ("pretrained", pretrained, passes, OKABE_ITO[0], "pretrained by Boltzmann machines"),
    )
    for start, history, before, colour, label in said:
        rows = history[history["split"] == "validation"]
        if rows.empty:
            raise ValueError(f"{start}: no rows of split validation; allowed: one or more")
        curve = rows.groupby("epoch")["recon"].agg(mean="mean", low="min", high="max").reset_index()
        curve = curve.assign(passes=curve["epoch"] + before)
        axes.fill_between(curve["passes"], curve["low"], curve["high"], color=colour, alpha=0.2, lw=0)
        axes.plot(curve["passes"], curve["mean"], color=colour, label=label)
        if before:
            axes.plot(
                curve["epoch"], curve["mean"], "--", color=colour, lw=1.2, label="the same, pretraining not counted"
            )
            axes.axvspan(0, before, color=GREY, alpha=0.08, lw=0)
            axes.text(
                before / 2,
                0.5,
                "pretraining",
                ha="center",
                va="center",
                transform=axes.get_xaxis_transform(),
                fontsize=8,
            )
        end = curve.iloc[-1]
        axes.annotate(
            f"{end['mean']:.4g}",
            (end["passes"], end["mean"]),
            (5, 0),
            textcoords="offset points",
            color=colour,
            va="center",
            fontweight="bold",
        )
        parts.append(curve.assign(start=start))
    axes.set(xlabel="passes through the training set [1]", ylabel="reconstruction, validation [nats/image]")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.set_xlim(left=0)
    axes.grid()
    figure.legend(loc="outside lower center", ncols=2)
    figure.suptitle(f"A deep autoencoder: mean and range of {counted(scratch['seed'].nunique(), 'seed')}")
    return figure, pd.concat(parts)[["start", "epoch", "passes", "mean", "low", "high"]].reset_index(drop=True)
