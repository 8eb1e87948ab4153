"""The measure in the latent space, and random walks by the metric and without it."""

import numpy as np
import pandas as pd
from jaxtyping import Float
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from curvae.figures.shapes import check_shapes
from curvae.figures.style import LATENT_AXES, OKABE_ITO, house_style, new_figure

TITLES = {"brownian": "Brownian motion of the metric", "euclidean": "Euclidean random walk"}
_WALKS = (OKABE_ITO[5], OKABE_ITO[4], OKABE_ITO[2], OKABE_ITO[3])


@house_style()
def random_walks(
    magnification: Float[np.ndarray, "row column"],
    z1: Float[np.ndarray, " column"],
    z2: Float[np.ndarray, " row"],
    codes: Float[np.ndarray, "sample 2"],
    walks: dict[str, Float[np.ndarray, "path step 2"]],
    empty: dict[str, float],
) -> tuple[Figure, pd.DataFrame]:
    """Three panels over log10 sqrt(det M): the codes, Brownian paths by the metric, Euclidean paths.

    Args:
        magnification: magnification[i, j] at (z1[j], z2[i]), above zero.
        z1: grid values to the right.
        z2: grid values upwards.
        codes: of data.
        walks: paths by the names "brownian" and "euclidean".
        empty: share of each walk's points off the data.

    Returns:
        Figure, and a table: part ("field", "code", "brownian", "euclidean"), z1, z2, log10_magnification, path,
        step, empty.

    Raises:
        ValueError: shapes do not fit, a walk is missing, or a magnification is not finite and above zero.
    """
    if set(walks) != set(TITLES) or set(empty) != set(TITLES):
        raise ValueError(f"walks: {', '.join(walks)}, empty: {', '.join(empty)}; allowed: {' and '.join(TITLES)}")
    arrays = {"magnification": (magnification, "row column"), "z1": (z1, "column"), "z2": (z2, "row")}
    arrays |= {"codes": (codes, "sample 2")}
    check_shapes(arrays | {f"walks[{name}]": (paths, "path step 2") for name, paths in walks.items()})
    if not (np.isfinite(magnification).all() and np.min(magnification) > 0):
        raise ValueError(f"magnification: least value {np.min(magnification):g}; allowed: finite and above 0")
    field = np.log10(magnification)
    wide = 2.9
    figure = new_figure(3 * wide + 1.1, wide * np.ptp(z2) / np.ptp(z1) + 0.9)
    panels = figure.subplots(1, 3, sharex=True, sharey=True)
    for axes in panels:
        mesh = axes.pcolormesh(z1, z2, field, cmap="magma", shading="gouraud", rasterized=True)
        axes.set(xlabel=LATENT_AXES[0], aspect="equal", xlim=(z1[0], z1[-1]), ylim=(z2[0], z2[-1]))
    panels[0].scatter(*np.asarray(codes).T, s=2, lw=0, color="white", alpha=0.4, rasterized=True)
    panels[0].set(ylabel=LATENT_AXES[1], title="measure and codes (white)")
    for axes, name in zip(panels[1:], TITLES, strict=True):
        _draw(axes, np.asarray(walks[name]))
        axes.set_title(f"{TITLES[name]}\n{100 * empty[name]:.1f} % of its points off the data")
    figure.colorbar(mesh, ax=panels, label="log10 of the\nmagnification sqrt(det M) [1]", fraction=0.03, shrink=0.8)
    figure.suptitle("Random walks from the same codes (white), by the decoder's metric and without it")
    return figure, _numbers(field, z1, z2, codes, walks, empty)


def _draw(axes: Axes, paths: np.ndarray) -> None:
    for number, path in enumerate(paths):
        axes.plot(*path.T, color=_WALKS[number % len(_WALKS)], lw=0.7, alpha=0.9)
    axes.plot(*paths[:, 0].T, "o", color="white", mec="black", ms=4.5, zorder=5)


def _numbers(field, z1, z2, codes, walks, empty) -> pd.DataFrame:
    right, up = (grid.ravel() for grid in np.meshgrid(z1, z2))
    tables = [
        pd.DataFrame({"part": "field", "z1": right, "z2": up, "log10_magnification": field.ravel()}),
        pd.DataFrame({"part": "code", "z1": codes[:, 0], "z2": codes[:, 1]}),
    ]
    for name in TITLES:
        paths, steps, _ = walks[name].shape
        table = pd.DataFrame(np.asarray(walks[name]).reshape(-1, 2), columns=["z1", "z2"])
        path, step = np.repeat(np.arange(paths), steps), np.tile(np.arange(steps), paths)
        tables.append(table.assign(part=name, path=path, step=step, empty=empty[name]))
    return pd.concat(tables, ignore_index=True).astype({"path": "Int64", "step": "Int64"})
