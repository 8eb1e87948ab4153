"""Can a decoder be run backwards? The misfit over the latent plane, and the errors of two inverses under noise."""

import numpy as np
import pandas as pd
from jaxtyping import Float
from matplotlib.figure import Figure

from curvae.figures.shapes import check_shapes
from curvae.figures.style import LATENT_AXES, OKABE_ITO, house_style, new_figure


@house_style()
def level_sets(
    misfit: Float[np.ndarray, "row column"],
    z1: Float[np.ndarray, " column"],
    z2: Float[np.ndarray, " row"],
    path: Float[np.ndarray, "step 2"],
    code: Float[np.ndarray, " 2"],
    table: pd.DataFrame,
) -> tuple[Figure, pd.DataFrame]:
    """Left: level sets of ||x - f(z)||^2 for one image, and the way Gauss-Newton takes. Right: errors by noise.

    Args:
        misfit: on a grid of two latents [intensity^2].
        z1: grid values.
        z2: grid values.
        path: iterates of Gauss-Newton.
        code: the z whose image x is.
        table: noise, method, error, low, high.

    Returns:
        Figure, and the table.

    Raises:
        ValueError: shapes do not fit.
    """
    shapes = {"misfit": (misfit, "row column"), "z1": (z1, "column"), "z2": (z2, "row")}
    check_shapes({**shapes, "path": (path, "step 2"), "code": (code, "2")})
    figure = new_figure(8.6, 3.9)
    left, right = figure.subplots(1, 2, width_ratios=[1, 1.1])
    levels = np.linspace(misfit.min(), misfit.max(), 16)
    drawn = left.contourf(z1, z2, misfit, levels=levels, cmap="cividis")
    left.contour(z1, z2, misfit, levels=levels, colors="k", linewidths=0.4, alpha=0.5)
    left.plot(*path.T, "o-", ms=3.5, lw=1.2, color="white", mec="black", mew=0.5, label="Gauss-Newton")
    left.plot(*code, "*", ms=13, color=OKABE_ITO[4], mec="black", mew=0.6, label="the code", ls="none")
    left.set(xlabel=LATENT_AXES[0], ylabel=LATENT_AXES[1], xlim=(z1[0], z1[-1]), ylim=(z2[0], z2[-1]), box_aspect=1)
    left.set_title("Level sets of $|x - f(z)|^2$")
    left.legend(facecolor="white", frameon=True, framealpha=0.9, loc="upper right")
    figure.colorbar(drawn, ax=left, shrink=0.8, label="squared misfit [intensity$^2$]", format="%.0f")
    for index, (method, rows) in enumerate(table.groupby("method", sort=False)):
        rows = rows[rows["noise"] > 0]
        right.fill_between(rows["noise"], rows["low"], rows["high"], color=OKABE_ITO[index], alpha=0.25, lw=0)
        right.plot(rows["noise"], rows["error"], "o-", ms=4, color=OKABE_ITO[index], label=method)
    right.axhline(1, color="k", lw=0.8, ls="--")
    right.set(xscale="log", yscale="log", xlabel="noise on the pixels [s.d., intensity]")
    right.set(ylabel="error of the code $|\\hat z - z| / |z|$ [1]", title="Codes found from noisy images")
    right.text(*(0.02, 0.5, "above: no better than z = 0"), fontsize=7, transform=right.get_yaxis_transform())
    right.legend()
    right.grid(visible=True)
    return figure, table
