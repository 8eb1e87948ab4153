"""The look of every figure, and how a figure and its numbers are written."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

import matplotlib
import numpy as np
import pandas as pd
from jaxtyping import Float
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patheffects import withStroke
from scipy.spatial import cKDTree

from curvae.store import atomic

DPI = 200
INK = "gray_r"  # colour map of images: 0 is paper, 1 is ink
GREY = "#6e6e6e"
FRAME = "#c8c8c8"
LATENT_AXES = ("latent z1 [prior s.d.]", "latent z2 [prior s.d.]")

# Okabe & Ito, "Color Universal Design" (2008): blue first, yellow last because it is pale on paper.
OKABE_ITO = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000", "#F0E442")
# Ten colours of the sets of Okabe & Ito, Tol and Petroff, the choice with the greatest least distance: 22 in
# CIELAB, also as seen with protanopia, deuteranopia and tritanopia (Machado et al. 2009). Grey comes late, for true
# paths are grey.
TEN = (
    "#0072B2",
    "#ffa90e",
    "#882255",
    "#56B4E9",
    "#D55E00",
    "#a96b59",
    "#332288",
    "#DDCC77",
    "#94a4a2",
    "#000000",
)

_SETTINGS = {
    "font.size": 9,
    "axes.titlesize": 9,
    "axes.labelsize": 9,
    "figure.titlesize": 10,
    "legend.fontsize": 8,
    "legend.frameon": False,
    "xtick.labelsize": 8,
    "ytick.labelsize": 8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": GREY,
    "axes.linewidth": 0.8,
    "xtick.color": GREY,
    "ytick.color": GREY,
    "xtick.labelcolor": "black",
    "ytick.labelcolor": "black",
    "axes.axisbelow": True,
    "grid.color": "#e4e4e4",
    "grid.linewidth": 0.6,
    "lines.linewidth": 1.6,
    "image.interpolation": "nearest",
    "pdf.fonttype": 42,
    "savefig.pad_inches": 0.06,
}


@contextmanager
def house_style() -> Iterator[None]:
    """Draw with the settings of this page, whatever the user's own matplotlib settings are."""
    with matplotlib.rc_context():
        matplotlib.rcdefaults()
        matplotlib.rcParams.update(_SETTINGS)
        yield


def new_figure(width: float, height: float) -> Figure:
    """An empty figure with constrained layout, width and height in inches."""
    return Figure(figsize=(width, height), layout="constrained")


def colours(count: int) -> tuple[str, ...]:
    """Colours that people with a colour vision deficiency can tell apart.

    Args:
        count: how many categories.

    Raises:
        ValueError: more than 10.
    """
    if count > len(TEN):
        raise ValueError(f"categories = {count}: allowed: at most {len(TEN)}, more cannot be told apart")
    return (OKABE_ITO if count <= len(OKABE_ITO) else TEN)[:count]


def evenly(count: int, most: int) -> np.ndarray:
    """At most `most` indices of `count` things, evenly spaced, both ends among them."""
    return np.unique(np.linspace(0, count - 1, min(count, most)).round().astype(int))


def densest(points: Float[np.ndarray, "n d"]) -> Float[np.ndarray, " d"]:
    """The point whose nearest quarter of the others is nearest: in the larger of two clusters, not between them."""
    reach = cKDTree(points).query(points, len(points) // 4 + 1)[0]
    return points[reach.reshape(len(points), -1)[:, -1].argmin()]


def outlined(axes: Axes, x: float, y: float, text: str, colour: str = "black", edge: str = "white") -> None:
    """Bold text centred on data coordinates, with an outline that keeps it legible over points."""
    axes.text(
        x,
        y,
        text,
        color=colour,
        fontweight="bold",
        ha="center",
        va="center",
        zorder=10,
        path_effects=[withStroke(linewidth=2.5, foreground=edge)],
    )


def save(
    figure: Figure,
    numbers: pd.DataFrame,
    png: str | os.PathLike,
    pdf: str | os.PathLike,
    csv: str | os.PathLike,
) -> None:
    """Write a figure as bitmap and as vectors, and its numbers as a table; same input, same bytes.

    Args:
        figure: what a function of this package returned.
        numbers: the table returned with it; written with six significant digits.
        png: path of the bitmap, 200 dots an inch.
        pdf: path of the vector graphic; dense scatters inside it are bitmaps of 200 dots an inch.
        csv: path of the table.
    """
    with house_style():
        # Laid out once: a second pass would start from the first one's result and move things by a hair.
        figure.draw_without_rendering()
        figure.set_layout_engine("none")
        with atomic(png) as part:
            figure.savefig(part, format="png", dpi=DPI, bbox_inches="tight", metadata={"Software": None})
        with atomic(pdf) as part:
            figure.savefig(part, format="pdf", dpi=DPI, bbox_inches="tight", metadata={"CreationDate": None})
    with atomic(csv) as part:
        numbers.to_csv(part, index=False, float_format="%.6g", lineterminator="\n")
