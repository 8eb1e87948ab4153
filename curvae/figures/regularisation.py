"""What the KL weight beta and the weight penalty lam do to codes and reconstructions of the unit square."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.figure import Figure, SubFigure

from curvae.figures.shapes import check_shapes
from curvae.figures.style import colours, evenly, house_style, new_figure

MOST_BETAS, MOST_LAMS = 5, 4
MARGIN = 0.06  # round the unit square, so that points on its border are whole
Panel = Mapping  # beta, lam, codes [sample, latent], reconstruction [sample, 2], quadrant [sample]


@house_style()
def regularisation(panels: Sequence[Panel], points: int = 1000, seed: int = 0) -> tuple[Figure, pd.DataFrame]:
    """Rows of equal lam, columns of equal beta: codes on the left, reconstructions on the right.

    Points keep the colour of the quadrant of the square in which their input lies. A single latent is spread out
    vertically by a jitter that has no meaning, and each column over its own range. Of more than 5 betas or 4 lams an
    even choice with both ends is drawn.

    Args:
        panels: one a pair (beta, lam) of a full grid: beta, lam, codes (sample, 1 or 2),
            reconstruction (sample, 2), quadrant (sample).
        points: most points drawn in a panel, evenly chosen.
        seed: of the jitter.

    Returns:
        Figure, and a table of the drawn points: beta, lam, z1, z2 (empty for one latent), x, y, quadrant.

    Raises:
        ValueError: shapes do not fit, a pair (beta, lam) is missing or twice there.
    """
    grid = _drawn(panels)
    numbers = pd.concat([_tidy(panel, points) for panel in grid.values()], ignore_index=True)
    names, index = np.unique(numbers["quadrant"], return_inverse=True)
    numbers_colour = pd.Series(np.array(colours(len(names)))[index], index=numbers.index)
    betas, lams = (list(dict.fromkeys(pair[axis] for pair in grid)) for axis in (0, 1))
    flat = bool(numbers["z2"].isna().all())
    jitter = np.random.default_rng(seed).uniform(-1, 1, len(numbers))

    spread = numbers[["z1", "z2"]].to_numpy()
    reach = 1.05 * np.abs(spread[np.isfinite(spread)]).max(initial=1.0)
    blocks = (
        ("Latent codes", numbers["z1"], jitter if flat else numbers["z2"], (-reach, reach)),
        ("Reconstructions", numbers["x"], numbers["y"], (-MARGIN, 1 + MARGIN)),
    )
    figure = new_figure(1.7 + 2.15 * len(betas), 1.3 + 1.1 * len(lams))
    for part, (title, x, y, limits) in zip(figure.subfigures(1, 2, wspace=0.04), blocks, strict=True):
        part.suptitle(title, fontweight="bold")
        across = "col" if flat and title == "Latent codes" else True
        all_axes = part.subplots(len(lams), len(betas), sharex=across, sharey=True, squeeze=False)
        for (row, column), axes in np.ndenumerate(all_axes):
            here = (numbers["beta"] == betas[column]) & (numbers["lam"] == lams[row])
            axes.scatter(x[here], y[here], c=numbers_colour[here], s=3, lw=0, alpha=0.8, rasterized=True)
            axes.set(xlim=limits, ylim=limits, box_aspect=1)
            axes.spines[:].set_visible(True)
            if row == 0:
                axes.set_title(f"beta = {betas[column]:g}")
            if column == 0:
                axes.set_ylabel(f"lam = {lams[row]:g}")
        _name_axes(part, title == "Latent codes", flat)
    if flat:
        for index, axes in enumerate(figure.subfigs[0].axes):
            here = numbers.loc[numbers["beta"] == betas[index % len(betas)], "z1"].to_numpy()
            widest = 1.05 * np.abs(here[np.isfinite(here)]).max(initial=1.0)
            axes.set(xlim=(-widest, widest), ylim=(-1.3, 1.3), yticks=[])
    handles = [
        figure.subfigs[0].axes[0].scatter([], [], s=24, color=colour, label=str(name))
        for name, colour in zip(names, colours(len(names)), strict=True)
    ]
    figure.legend(handles=handles, title="quadrant of the input", loc="outside lower center", ncols=len(names))
    return figure, numbers


def _drawn(panels: Sequence[Panel]) -> dict[tuple[float, float], Panel]:
    """Check the panels and choose those to draw, by lam, then beta."""
    for panel in panels:
        latents = "1" if np.shape(panel["codes"])[-1:] == (1,) else "2"
        check_shapes(
            {
                "codes": (panel["codes"], f"sample {latents}"),
                "reconstruction": (panel["reconstruction"], "sample 2"),
                "quadrant": (panel["quadrant"], "sample"),
            }
        )
    if len({np.shape(panel["codes"])[1] for panel in panels}) != 1:
        raise ValueError("panels: none, or with different numbers of latents; allowed: all with 1 or all with 2")
    found = {(float(panel["beta"]), float(panel["lam"])): panel for panel in panels}
    betas, lams = (sorted({pair[axis] for pair in found}) for axis in (0, 1))
    if not len(panels) == len(found) == len(betas) * len(lams):
        raise ValueError(f"panels: {len(panels)} for {len(betas)} betas x {len(lams)} lams; allowed: one for each pair")
    return {
        (betas[column], lams[row]): found[betas[column], lams[row]]
        for row in evenly(len(lams), MOST_LAMS)
        for column in evenly(len(betas), MOST_BETAS)
    }


def _tidy(panel: Panel, points: int) -> pd.DataFrame:
    chosen = evenly(len(panel["codes"]), points)
    codes, made = np.asarray(panel["codes"])[chosen], np.asarray(panel["reconstruction"])[chosen]
    return pd.DataFrame(
        {
            "beta": float(panel["beta"]),
            "lam": float(panel["lam"]),
            "z1": codes[:, 0],
            "z2": codes[:, 1] if codes.shape[1] == 2 else np.nan,
            "x": made[:, 0],
            "y": made[:, 1],
            "quadrant": np.asarray(panel["quadrant"])[chosen],
        }
    )


def _name_axes(part: SubFigure, latent: bool, flat: bool) -> None:
    if latent:
        part.supxlabel("latent z1 [prior s.d.]", fontsize=9)
        part.supylabel("jitter, no meaning" if flat else "latent z2 [prior s.d.]", fontsize=9)
    else:
        part.supxlabel("x [sides of the square]", fontsize=9)
        part.supylabel("y [sides of the square]", fontsize=9)
        part.axes[0].set(xticks=[0, 1], yticks=[0, 1])
