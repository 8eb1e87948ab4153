"""Images whose codes are moved along the direction of an attribute, and how far every attribute moves."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from jaxtyping import Float
from matplotlib.figure import Figure

from curvae.figures.shapes import check_shapes
from curvae.figures.style import GREY, OKABE_ITO, house_style, new_figure
from curvae.figures.tiles import draw_tiles

COLUMNS = ("edited", "attribute", "strength", "shift")
MARKERS = "os^D"


@house_style()
def attribute_edits(
    images: Float[np.ndarray, "attribute strength sample h w"],
    names: Sequence[str],
    strengths: Float[np.ndarray, " strength"],
    edits: pd.DataFrame,
) -> tuple[Figure, pd.DataFrame]:
    """A block an attribute: left the edited images, a row an image; right the mean change of all attributes.

    Args:
        images: intensities from 0 to 1.
        names: of the edited attributes.
        strengths: of the edits [differences of the class means].
        edits: one row a member, edited and measured attribute and strength; columns edited, attribute, strength, shift
            (mean change from the weakest strength [s.d. over images]).

    Returns:
        Figure, and a table: edited, attribute, strength, mean, low and high (over members) of the shift.

    Raises:
        ValueError: shapes do not fit, or a column is missing.
    """
    shapes = {"images": (images, "attribute strength sample h w"), "names": (np.asarray(names), "attribute")}
    check_shapes({**shapes, "strengths": (strengths, "strength")})
    if missing := [name for name in COLUMNS if name not in edits]:
        raise ValueError(f"edits: no column {', '.join(missing)}; allowed: {', '.join(COLUMNS)} present")
    shifts = edits.groupby(["edited", "attribute", "strength"], sort=False)["shift"]
    numbers = shifts.agg(mean="mean", low="min", high="max").reset_index()
    count, samples = len(names), images.shape[2]
    tile = min(0.62, 4.2 / len(strengths))
    figure = new_figure(tile * len(strengths) + 3.9, 0.6 + count * max(samples * tile + 0.35, 1.5))
    panels = figure.subplots(count, 2, squeeze=False, width_ratios=[tile * len(strengths), 3.0])
    for row, (left, right) in enumerate(panels):
        draw_tiles(left, images[row].swapaxes(0, 1))
        left.set_ylabel(names[row], rotation=0, ha="right", va="center", fontweight="bold")
        for place, name in enumerate(names):
            curve = numbers[(numbers["edited"] == names[row]) & (numbers["attribute"] == name)]
            own = {"lw": 2.6, "zorder": 3} if place == row else {"lw": 1.1}
            right.fill_between(curve["strength"], curve["low"], curve["high"], color=OKABE_ITO[place], alpha=0.2, lw=0)
            right.plot(curve["strength"], curve["mean"], color=OKABE_ITO[place], marker=MARKERS[place], ms=4, **own)
            right.lines[-1].set_label(name)
        right.axhline(0, color=GREY, lw=0.8)
        right.set(xticks=strengths, ylabel="change\n[s.d. over images]")
        right.grid()
    for left, right in panels[-1:]:
        left.set_xticklabels([f"{strength:.3g}" for strength in strengths])
        for axes in (left, right):
            axes.set_xlabel("strength [differences of the class means]")
    panels[0, 0].set_title("Codes moved along an attribute's direction")
    panels[0, 1].set_title("What is measured on the images")
    figure.legend(*panels[0, 1].get_legend_handles_labels(), loc="outside lower right", ncols=len(names))
    return figure, numbers
