"""Reconstruction and KL against epoch."""

from typing import Literal

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from curvae.figures.style import OKABE_ITO, house_style, new_figure

COLUMNS = ("member", "epoch", "split", "recon", "kl", "beta", "lam")
_COLOURS = {"train": OKABE_ITO[0], "validation": OKABE_ITO[1]}


@house_style()
def loss_curves(history: pd.DataFrame, unit: Literal["nats", "squared error"] = "nats") -> tuple[Figure, pd.DataFrame]:
    """Reconstruction term and KL against epoch: mean over members, band from least to greatest.

    A member with a value that is not finite is left out, and the title says how many were.

    Args:
        history: one row a member, epoch and split ("train" or "validation"); columns member, epoch, split,
            recon [unit], kl [nats], beta, lam.
        unit: of the reconstruction term, per sample.

    Returns:
        Figure, and a table with columns quantity, split, epoch, mean, low, high.

    Raises:
        ValueError: a column is missing, a split is unknown, or no member stayed finite.
    """
    missing = [name for name in COLUMNS if name not in history]
    if missing:
        raise ValueError(f"history: no column {', '.join(missing)}; allowed: {', '.join(COLUMNS)} present")
    unknown = sorted(set(history["split"]) - set(_COLOURS))
    if unknown:
        raise ValueError(f"history: split {', '.join(map(str, unknown))}; allowed: {', '.join(_COLOURS)}")
    broken = history.loc[~np.isfinite(history[["recon", "kl"]]).all(axis=1), "member"].unique()
    finite = history[~history["member"].isin(broken)]
    if finite.empty:
        raise ValueError(f"history: 0 finite members of {len(broken)}; allowed: at least one")

    tidy = finite.melt(["split", "epoch"], ["recon", "kl"], var_name="quantity", value_name="value")
    groups = tidy.groupby(["quantity", "split", "epoch"])["value"]
    numbers = groups.agg(mean="mean", low="min", high="max").reset_index()

    figure = new_figure(7.2, 2.9)
    for axes, quantity, label in zip(
        figure.subplots(1, 2),
        ("recon", "kl"),
        (f"reconstruction [{unit}/sample]", "KL [nats/sample]"),
        strict=True,
    ):
        for split, colour in _COLOURS.items():
            curve = numbers[(numbers["quantity"] == quantity) & (numbers["split"] == split)]
            axes.fill_between(curve["epoch"], curve["low"], curve["high"], color=colour, alpha=0.2, lw=0)
            axes.plot(curve["epoch"], curve["mean"], color=colour, label=split)
            if split == "validation" and len(curve):
                end = curve.iloc[-1]
                axes.plot(end["epoch"], end["mean"], "o", color=colour, ms=4, clip_on=False)
                axes.annotate(
                    f"{end['mean']:.4g}",
                    (end["epoch"], end["mean"]),
                    (6, 0),
                    textcoords="offset points",
                    color=colour,
                    va="center",
                    fontweight="bold",
                )
        axes.set(xlabel="epoch [passes through the training set]", ylabel=label)
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        axes.margins(x=0)
        axes.grid()
    figure.axes[0].legend(loc="upper right")
    figure.suptitle(_title(finite, len(broken)))
    return figure, numbers


def _title(finite: pd.DataFrame, broken: int) -> str:
    members = finite.drop_duplicates("member")
    settings = members[["beta", "lam"]].drop_duplicates()
    if len(settings) == 1:
        where = f"beta = {settings['beta'].iloc[0]:g}, lam = {settings['lam'].iloc[0]:g}"
    else:
        where = f"{len(settings)} settings of beta and lam"
    spread = "one run" if len(members) == 1 else f"mean and range of {len(members)} runs"
    return f"Training, {spread}: {where}" + (f" ({broken} diverged, not drawn)" if broken else "")
