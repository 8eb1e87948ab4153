"""Clusters and regions of nearest neighbours by the metric's distance and by the Euclidean one."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from jaxtyping import Float, Int
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap, to_rgb
from matplotlib.figure import Figure

from curvae.figures.shapes import check_shapes
from curvae.figures.style import LATENT_AXES, colours, house_style, new_figure

DISTANCES = ("Riemannian", "Euclidean")
_MARKS = "osD^vP*Xhp"
_PALE = 0.72  # share of white in the regions' colours


@house_style()
def clusters(
    codes: Float[np.ndarray, "point 2"],
    truth: Int[np.ndarray, " point"],
    found: Mapping[str, Int[np.ndarray, " point"]],
    region: Mapping[str, Int[np.ndarray, "row column"]],
    z1: Float[np.ndarray, " column"],
    z2: Float[np.ndarray, " row"],
    scores: Mapping[str, tuple[float, float, float]],
    names: Mapping[int, str] | None = None,
) -> tuple[Figure, pd.DataFrame]:
    """Three panels: the classes, and k-means clusters under both distances over the regions of their neighbours.

    Args:
        codes: what is clustered.
        truth: classes.
        found: clusters under "Riemannian" and "Euclidean", named as the classes that they match.
        region: vote of the nearest codes' clusters, region[i, j] at (z1[j], z2[i]).
        z1: grid values to the right.
        z2: grid values upwards.
        scores: mean F-measure over all draws, and its interval; NaN where there is none.
        names: of classes; their numbers if None.

    Returns:
        Figure, and a table: part ("code", "region"), distance ("truth" or one of the two), z1, z2, group.

    Raises:
        ValueError: shapes do not fit, a distance is missing, or there are more than 10 classes.
    """
    for what, given in (("found", found), ("region", region), ("scores", scores)):
        if set(given) != set(DISTANCES):
            raise ValueError(f"{what}: {', '.join(given)}; allowed: {' and '.join(DISTANCES)}")
    arrays = {"codes": (codes, "point 2"), "truth": (truth, "point"), "z1": (z1, "column"), "z2": (z2, "row")}
    arrays |= {f"found[{name}]": (found[name], "point") for name in DISTANCES}
    check_shapes(arrays | {f"region[{name}]": (region[name], "row column") for name in DISTANCES})
    groups = np.unique(truth)
    tint = dict(zip(groups, colours(len(groups)), strict=True))
    names = names or {group: str(group) for group in groups}
    wide = 2.9
    figure = new_figure(3 * wide + 0.9, wide * np.ptp(z2) / np.ptp(z1) + 1.2)
    panels = figure.subplots(1, 3, sharex=True, sharey=True)
    _points(panels[0], codes, truth, truth, tint, names)
    panels[0].set(ylabel=LATENT_AXES[1], title="true classes")
    for axes, name in zip(panels[1:], DISTANCES, strict=True):
        pale = [np.array(to_rgb(tint[group])) * (1 - _PALE) + _PALE for group in groups]
        place = np.searchsorted(groups, region[name])
        axes.pcolormesh(z1, z2, place, cmap=ListedColormap(pale), vmin=-0.5, vmax=len(groups) - 0.5, rasterized=True)
        _points(axes, codes, found[name], truth, tint, names)
        value, low, high = scores[name]
        interval = f" ({low:.2f} to {high:.2f})" if np.isfinite([low, high]).all() else ""
        axes.set_title(f"{name} k-means\nF-measure {value:.2f}{interval}\nground: vote of the nearest codes")
    for axes in panels:
        axes.set(xlabel=LATENT_AXES[0], aspect="equal", xlim=(z1[0], z1[-1]), ylim=(z2[0], z2[-1]))
    handles, labels = panels[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside right center", title="class")
    figure.suptitle("Clusters (colour) of codes of known classes (mark)")
    return figure, _numbers(codes, truth, found, region, z1, z2)


def _points(axes: Axes, codes, colour, truth, tint, names) -> None:
    for number, (group, own) in enumerate(tint.items()):
        mark = _MARKS[number]
        here = truth == group
        axes.scatter(
            *codes[here].T, s=22, marker=mark, c=[tint[c] for c in colour[here]], edgecolors="black", linewidths=0.5
        )
        axes.scatter([], [], s=22, marker=mark, color=own, edgecolors="black", linewidths=0.5, label=names[group])


def _numbers(codes, truth, found, region, z1, z2) -> pd.DataFrame:
    tables = [
        pd.DataFrame({"part": "code", "distance": name, "z1": codes[:, 0], "z2": codes[:, 1], "group": group})
        for name, group in {"truth": truth, **found}.items()
    ]
    right, up = (grid.ravel() for grid in np.meshgrid(z1, z2))
    tables += [
        pd.DataFrame({"part": "region", "distance": name, "z1": right, "z2": up, "group": np.ravel(region[name])})
        for name in DISTANCES
    ]
    return pd.concat(tables, ignore_index=True)
