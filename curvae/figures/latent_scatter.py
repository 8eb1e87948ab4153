"""Codes in two latent dimensions, coloured by a label."""

import numpy as np
import pandas as pd
from jaxtyping import Float, Shaped
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Circle

from curvae.figures.shapes import check_shapes
from curvae.figures.style import LATENT_AXES, colours, densest, house_style, new_figure, outlined

SHORT = 3  # characters of a name that fits among the points


@house_style()
def latent_scatter(
    codes: Float[np.ndarray, "sample 2"],
    labels: Shaped[np.ndarray, " sample"],
    label_name: str,
    categorical: bool = True,
    axis_names: tuple[str, str] = LATENT_AXES,
    seed: int = 0,
) -> tuple[Figure, pd.DataFrame]:
    """Codes as points coloured by label, with the one and two sigma circles of the prior N(0, I).

    Args:
        codes: posterior means, two latents.
        labels: a class of each code (at most 10 classes), or a number where `categorical` is false.
        label_name: what the label is, with its unit where it has one.
        categorical: a legend, and the name where each class is densest if names are short; else a colour bar.
        axis_names: with unit.
        seed: of the order in which points are drawn, so that no class always lies on top.

    Returns:
        Figure, and a table with columns z1, z2, label.

    Raises:
        ValueError: shapes do not fit, or there are more than 10 classes.
    """
    check_shapes({"codes": (codes, "sample 2"), "labels": (labels, "sample")})
    labels = np.asarray(labels)
    order = np.random.default_rng(seed).permutation(len(codes))
    figure = new_figure(5.6, 4.5)
    axes = figure.subplots()
    dots = {"s": 5 if len(codes) > 2000 else 12, "lw": 0, "rasterized": True}
    if categorical:
        names, index = np.unique(labels, return_inverse=True)
        palette = colours(len(names))
        axes.scatter(*codes[order].T, c=np.array(palette)[index[order]], alpha=0.75, **dots)
        for position, (name, colour) in enumerate(zip(names, palette, strict=True)):
            axes.scatter([], [], color=colour, s=24, label=str(name))
            if max(map(len, map(str, names))) <= SHORT:
                ink = "white" if _dark(colour) else "black"
                outlined(axes, *densest(codes[index == position]), str(name), ink, colour)
        axes.legend(title=label_name, loc="center left", bbox_to_anchor=(1, 0.5), handletextpad=0.2)
    else:
        points = axes.scatter(*codes[order].T, c=labels[order], cmap="viridis", **dots)
        figure.colorbar(points, cax=axes.inset_axes((1.03, 0, 0.04, 1)), label=label_name)
    _draw_prior(axes)
    title = f"Codes coloured by {label_name}; circles: 1 and 2 s.d. of the prior"
    axes.set(xlabel=axis_names[0], ylabel=axis_names[1], aspect="equal", title=title)
    return figure, pd.DataFrame({"z1": codes[:, 0], "z2": codes[:, 1], "label": labels})


def _dark(colour: str) -> bool:
    red, green, blue = (int(colour[start : start + 2], 16) for start in (1, 3, 5))
    return 0.299 * red + 0.587 * green + 0.114 * blue < 140


def _draw_prior(axes: Axes) -> None:
    for sigma in (1, 2):
        axes.add_patch(Circle((0, 0), sigma, fill=False, ec="black", ls="--", lw=0.8, alpha=0.6, zorder=4))
