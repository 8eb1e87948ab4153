"""The Gaussian ring: its points, points of a decoder, and the density of a flow."""

import numpy as np
import pandas as pd
from jaxtyping import Float
from matplotlib.figure import Figure

from curvae.figures.shapes import check_shapes
from curvae.figures.style import OKABE_ITO, house_style, new_figure

NAMES = {"test": "Data", "decoder": "Drawn from the autoencoder", "flow": "Drawn from the flow"}
EDGE = 1.6


@house_style()
def ring(
    points: Float[np.ndarray, "source sample 2"],
    density: Float[np.ndarray, "row column"],
    axis: Float[np.ndarray, " column"],
    table: pd.DataFrame,
) -> tuple[Figure, pd.DataFrame]:
    """Points of the ring and of both models, the density of the flow, and the distribution of the radius.

    Args:
        points: of the data, the decoder and the flow.
        density: of the flow on a square grid.
        axis: grid values on both axes, evenly spaced.
        table: a row a source, as `curvae.flows.ring.learn_ring` has it.

    Returns:
        Figure, and the table.

    Raises:
        ValueError: shapes do not fit.
    """
    check_shapes({"points": (points, "source sample 2"), "density": (density, "grid grid"), "axis": (axis, "grid")})
    figure = new_figure(9.6, 5.0)
    grid = figure.add_gridspec(2, 4, height_ratios=[1.55, 1])
    for index, (key, found) in enumerate(zip(NAMES, points, strict=True)):
        axes = figure.add_subplot(grid[0, index])
        axes.scatter(*found.T, s=2, lw=0, alpha=0.6, color=OKABE_ITO[index], rasterized=True)
        axes.set(title=NAMES[key])
        _square(axes)
    axes = figure.add_subplot(grid[0, 3])
    image = axes.imshow(
        density, extent=(axis[0], axis[-1], axis[0], axis[-1]), origin="lower", cmap="cividis", interpolation="bilinear"
    )
    mass = table.set_index("source").loc["flow", "mass"]
    axes.set(title=f"Density of the flow\n(integral {mass:.4f})")
    _square(axes)
    figure.colorbar(image, ax=axes, shrink=0.7, label="density [1 / unit$^2$]")
    axes = figure.add_subplot(grid[1, :])
    edges = np.linspace(0.6, EDGE, 101)
    rho = 10 * (edges - 1).clip(0)
    for index, (key, found) in enumerate(zip(NAMES, points, strict=True)):
        radius = np.linalg.norm(found, axis=1)
        axes.hist(radius, edges, density=True, histtype="step", color=OKABE_ITO[index], label=NAMES[key], lw=1.4)
    axes.plot(edges, 10 * rho * np.exp(-0.5 * rho**2), "k--", lw=1.2, label="exact")
    axes.set(xlabel="radius [1]", ylabel="density [1]", xlim=(edges[0], edges[-1]), title="Distribution of the radius")
    axes.legend()
    return figure, table


def _square(axes) -> None:
    axes.set(xlim=(-EDGE, EDGE), ylim=(-EDGE, EDGE), box_aspect=1, xlabel="x [1]", ylabel="y [1]", xticks=[-1, 0, 1])
    axes.set_yticks([-1, 0, 1])
    axes.spines[:].set_visible(True)
