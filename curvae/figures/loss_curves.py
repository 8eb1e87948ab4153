"""Reconstruction and KL against epoch."""

from collections.abc import Mapping
from typing import Literal

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from curvae.figures.style import OKABE_ITO, colours, house_style, new_figure

COLUMNS = ("member", "epoch", "split", "recon", "kl", "beta", "lam")
MOST = 6  # settings with a curve of their own
_COLOURS = {"train": OKABE_ITO[0], "validation": OKABE_ITO[1]}


@house_style()
def loss_curves(history: pd.DataFrame, unit: Literal["nats", "squared error"] = "nats") -> tuple[Figure, pd.DataFrame]:
    """Reconstruction term and KL against epoch: mean over members, band from least to greatest.

    Members of up to 6 settings of beta and lam have a curve a setting; those of more share one.
    A member with a value that is not finite is left out, and the title says how many were.

    Args:
        history: one row a member, epoch and split ("train" or "validation"); columns member, epoch, split,
            recon [unit], kl [nats], beta, lam.
        unit: of the reconstruction term, per sample.

    Returns:
        Figure, and a table with columns setting, quantity, split, epoch, mean, low, high.

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

    named = finite.assign(setting=_settings(finite))
    tidy = named.melt(["setting", "split", "epoch"], ["recon", "kl"], var_name="quantity", value_name="value")
    groups = tidy.groupby(["setting", "quantity", "split", "epoch"], sort=False)["value"]
    numbers = groups.agg(mean="mean", low="min", high="max").reset_index()
    settings = list(dict.fromkeys(numbers["setting"]))
    hues = dict(zip(settings, colours(len(settings)), strict=True)) if len(settings) > 1 else {}

    figure = new_figure(7.2, 2.9 + 0.3 * bool(hues))
    for axes, quantity, label in zip(
        figure.subplots(1, 2),
        ("recon", "kl"),
        (f"reconstruction [{unit}/sample]", "KL [nats/sample]"),
        strict=True,
    ):
        for (setting, split), curve in numbers[numbers["quantity"] == quantity].groupby(["setting", "split"]):
            _draw(axes, curve, hues.get(setting, _COLOURS[split]), split, bool(hues))
        axes.set(xlabel="epoch [passes through the training set]", ylabel=label)
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        axes.margins(x=0)
        axes.grid()
    _legend(figure, hues)
    figure.suptitle(_title(finite, len(broken)))
    return figure, numbers


def _settings(members: pd.DataFrame) -> pd.Series | str:
    """beta and lam of each row, in words; one word for all where there are too many."""
    differ = [name for name in ("beta", "lam") if len(members[name].unique()) > 1]
    if not differ or len(members[differ].drop_duplicates()) > MOST:
        return "all"
    return members[differ].apply(lambda row: ", ".join(f"{name} = {row[name]:g}" for name in differ), axis=1)


def _draw(axes: Axes, curve: pd.DataFrame, colour: str, split: str, several: bool) -> None:
    """One curve with its band; the last validation loss is written beside it."""
    axes.fill_between(curve["epoch"], curve["low"], curve["high"], color=colour, alpha=0.2, lw=0)
    axes.plot(curve["epoch"], curve["mean"], color=colour, ls="--" if several and split == "train" else "-")
    if split == "validation":
        end = curve.iloc[-1]
        at = (end["epoch"], end["mean"])
        axes.plot(*at, "o", color=colour, ms=4, clip_on=False)
        text = {"textcoords": "offset points", "color": colour, "va": "center", "fontweight": "bold"}
        axes.annotate(f"{end['mean']:.4g}", at, (6, 0), **text)


def _legend(figure: Figure, hues: Mapping[str, str]) -> None:
    if not hues:
        handles = [Line2D([], [], color=colour, label=split) for split, colour in _COLOURS.items()]
        figure.axes[0].legend(handles=handles, loc="upper right")
        return
    handles = [Line2D([], [], color=colour, label=setting) for setting, colour in hues.items()]
    handles += [
        Line2D([], [], color="black", ls=ls, label=split) for split, ls in (("train", "--"), ("validation", "-"))
    ]
    figure.legend(handles=handles, loc="outside lower center", ncols=len(handles))


def _title(finite: pd.DataFrame, broken: int) -> str:
    members = finite.drop_duplicates("member")
    settings = members[["beta", "lam"]].drop_duplicates()
    if len(settings) == 1:
        where = f"beta = {settings['beta'].iloc[0]:g}, lam = {settings['lam'].iloc[0]:g}"
    else:
        where = f"{len(settings)} settings of beta and lam"
    spread = "one run" if len(members) == 1 else f"mean and range of {len(members)} runs"
    return f"Training, {spread}: {where}" + (f" ({broken} diverged, not drawn)" if broken else "")
