"""The KL divergence and its parts against the weight beta."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from curvae.figures.style import GREY, colours, evenly, house_style, new_figure
from curvae.words import counted

TERMS = {"mi": "index-code mutual information", "tc": "total correlation", "dwkl": "dimension-wise KL"}
COLUMNS = ("beta", "lam", "seed", "kl", "n", *TERMS, *(f"{term}_error" for term in TERMS))
MOST_LAMS = 3
_MOST_TICKS = 6
_MARKERS = ("o", "s", "^")


@house_style()
def kl_terms(table: pd.DataFrame) -> tuple[Figure, pd.DataFrame]:
    """A panel a lam: the KL divergence and its three parts against beta, means over seeds.

    Bars are the range of the seeds; with one seed 1.96 standard errors of the sampling to either side. Of more than 3
    lams an even choice with both ends is drawn. A dotted line marks ln n, which the mutual information of n samples
    cannot exceed.

    Args:
        table: one row a member: beta, lam, seed, mi, tc, dwkl, kl, the parts' errors [nats], n (samples). Members
            without numbers are left out and counted in the title.

    Returns:
        Figure, and a table: beta, lam, term, value, low, high [nats/sample], seeds, bound (ln n).

    Raises:
        ValueError: a column is missing, no member has numbers, or a beta is not above zero.
    """
    missing = [name for name in COLUMNS if name not in table]
    if missing:
        raise ValueError(f"table: no column {', '.join(missing)}; allowed: {', '.join(COLUMNS)} present")
    sound = table.dropna(subset=["kl", *TERMS])
    if sound.empty or not (sound["beta"] > 0).all():
        raise ValueError(f"table: least beta {sound['beta'].min():g}; allowed: above 0, the axis is logarithmic")
    lams = np.unique(sound["lam"])
    lams = lams[evenly(len(lams), MOST_LAMS)]
    numbers = _means(sound[sound["lam"].isin(lams)])

    figure = new_figure(max(4.6, 0.6 + 3.0 * len(lams)), 3.6)
    panels = figure.subplots(1, len(lams), sharey=True, squeeze=False)[0]
    for axes, lam in zip(panels, lams, strict=True):
        _draw(axes, numbers[numbers["lam"] == lam])
        axes.set(xlabel="weight beta of the objective [1]", title=f"lam = {lam:g}" if len(lams) > 1 else "")
    panels[0].set_ylabel("KL and its parts [nats/sample]")
    panels[0].set_ylim(bottom=min(0, 1.05 * numbers["low"].min()))
    handles = [Line2D([], [], color="black", lw=2.2, label="KL divergence, the sum of the three")]
    handles += [
        Line2D([], [], color=colour, marker=marker, ms=4, label=name)
        for name, colour, marker in zip(TERMS.values(), colours(3), _MARKERS, strict=True)
    ]
    handles.append(Line2D([], [], color=GREY, ls=":", label="ln n, most that n samples can show of the first"))
    figure.legend(handles=handles, loc="outside lower center", ncols=1 if len(lams) == 1 else 2)
    left = len(table) - len(sound)
    said = f"; {left} diverged and left out" if left else ""
    figure.suptitle(f"What the KL divergence is made of: means over {counted(sound['seed'].nunique(), 'seed')}{said}")
    return figure, numbers


def _means(table: pd.DataFrame) -> pd.DataFrame:
    rows = []
    for (beta, lam), group in table.groupby(["beta", "lam"]):
        for term in ("kl", *TERMS):
            values = group[term]
            low, high = values.min(), values.max()
            if len(group) == 1:
                reach = 1.96 * group[f"{term}_error"].iloc[0] if term in TERMS else 0.0
                low, high = low - reach, high + reach
            rows.append((beta, lam, term, values.mean(), low, high, len(group), np.log(group["n"].mean())))
    return pd.DataFrame(rows, columns=["beta", "lam", "term", "value", "low", "high", "seeds", "bound"])


def _draw(axes: Axes, numbers: pd.DataFrame) -> None:
    bound = numbers.drop_duplicates("beta")
    axes.plot(bound["beta"], bound["bound"], color=GREY, ls=":", lw=1.2)
    styles = [("kl", "black", "")] + [(*pair, m) for *pair, m in zip(TERMS, colours(3), _MARKERS, strict=True)]
    for term, colour, marker in styles:
        curve = numbers[numbers["term"] == term]
        axes.vlines(curve["beta"], curve["low"], curve["high"], color=colour, lw=1.2)
        axes.plot(curve["beta"], curve["value"], color=colour, marker=marker, ms=4, lw=1.4 if marker else 2.2)
    axes.set_xscale("log")
    if len(bound) <= _MOST_TICKS:
        axes.set_xticks(bound["beta"], [f"{beta:g}" for beta in bound["beta"]])
        axes.minorticks_off()
    axes.grid()
