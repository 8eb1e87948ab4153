"""Shortest paths of the decoder's geometry over its magnification."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from jaxtyping import Bool, Float, Shaped
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patheffects import withStroke

from curvae.figures.shapes import check_shapes
from curvae.figures.style import LATENT_AXES, OKABE_ITO, densest, evenly, house_style, new_figure, outlined
from curvae.figures.tiles import draw_tiles

MOST_STEPS = 12
FILMS = ("geodesic", "straight", "spherical")
_LINES = {
    "straight": {"color": "white", "ls": (0, (4, 2)), "lw": 1.3},
    "geodesic": {"color": OKABE_ITO[5], "ls": "-", "lw": 2.0},
    "geodesic, not converged": {"color": OKABE_ITO[4], "ls": ":", "lw": 2.0},
}
_HALO = [withStroke(linewidth=3.2, foreground="black")]


@house_style()
def geodesics(
    magnification: Float[np.ndarray, "row column"],
    z1: Float[np.ndarray, " column"],
    z2: Float[np.ndarray, " row"],
    codes: Float[np.ndarray, "sample 2"],
    labels: Shaped[np.ndarray, " sample"],
    curves: Float[np.ndarray, "pair time 2"],
    straight: Float[np.ndarray, "pair time 2"],
    converged: Bool[np.ndarray, " pair"],
    films: Mapping[str, Float[np.ndarray, "step h w"]] | None = None,
    filmed: int = 0,
    lengths: Mapping[str, float] | None = None,
    names: Mapping[int, str] | None = None,
    beyond: int = 0,
) -> tuple[Figure, pd.DataFrame]:
    """Geodesics and straight lines between pairs of codes over the magnification sqrt(det M).

    Args:
        magnification: magnification[i, j] at (z1[j], z2[i]), above zero.
        z1: grid values to the right.
        z2: grid values upwards.
        codes: drawn faintly.
        labels: classes, named where they are densest.
        curves: geodesics.
        straight: straight lines between the same ends.
        converged: whether the solver of each geodesic converged.
        films: decoded images along one pair, keys "geodesic", "straight" and "spherical"; of more than 12 an even
            choice is drawn.
        filmed: the pair of the films.
        lengths: of their three ways in the metric [image units].
        names: of classes; their numbers if None.
        beyond: how many of the films' last images lie beyond the pair's end.

    Returns:
        Figure, and a table: part ("field", "code", "geodesic", "straight", "film geodesic",
        "film straight", "film spherical"),
        z1, z2, log10_magnification, label, pair, step, converged, pixel (row by row), intensity.

    Raises:
        ValueError: shapes do not fit, a magnification is not finite and above zero, or a film is unknown.
    """
    arrays = {
        "magnification": (magnification, "row column"),
        "z1": (z1, "column"),
        "z2": (z2, "row"),
        "codes": (codes, "sample 2"),
        "labels": (labels, "sample"),
        "curves": (curves, "pair time 2"),
        "straight": (straight, "pair point 2"),
        "converged": (converged, "pair"),
    }
    films = {} if films is None else films
    check_shapes(arrays | {f"films[{name}]": (film, "image h w") for name, film in films.items()})
    if not (np.isfinite(magnification).all() and np.min(magnification) > 0):
        raise ValueError(f"magnification: least value {np.min(magnification):g}; allowed: finite and above 0")
    if films and set(films) != set(FILMS):
        raise ValueError(f"films: {', '.join(films)}; allowed: {', '.join(FILMS)}")

    chosen = evenly(len(films["geodesic"]), MOST_STEPS) if films else np.arange(0)
    strips = [np.asarray(films[name])[chosen] for name in FILMS if films]
    codes, labels, curves, straight = (np.asarray(array) for array in (codes, labels, curves, straight))
    wide = 4.4  # inches of the map; the colour bar and the labels stand beside it
    high = wide * np.ptp(z2) / np.ptp(z1)
    strip = wide / len(chosen) * len(FILMS) * strips[0].shape[1] / strips[0].shape[2] if films else 0.0
    figure = new_figure(wide + 1.9, high + 1.3 + (strip + 0.7 if films else 0))
    heights = (high, strip) if films else (high,)
    axes, *below = figure.subplots(len(heights), 1, height_ratios=heights, squeeze=False)[:, 0]

    field = np.log10(magnification)
    mesh = axes.pcolormesh(z1, z2, field, cmap="magma", shading="gouraud", rasterized=True)
    figure.colorbar(mesh, cax=axes.inset_axes((1.03, 0, 0.04, 1)), label="log10 of the magnification sqrt(det M) [1]")
    axes.scatter(*codes.T, s=3, lw=0, color="white", alpha=0.35, rasterized=True)
    for name in np.unique(labels):
        text = names[name].replace(", ", "\n") if names else str(name)
        outlined(axes, *densest(codes[labels == name]), text, "white", "black")
    _draw_paths(axes, curves, straight, converged)
    axes.set(
        xlabel=LATENT_AXES[0],
        ylabel=LATENT_AXES[1],
        aspect="equal",
        xlim=(np.min(z1), np.max(z1)),
        ylim=(np.min(z2), np.max(z2)),
    )
    figure.suptitle("Geodesics and straight lines over the decoder's magnification\ndots: codes, names: their classes")
    if films:
        for end, name in ((0, "A"), (-1, "B")):
            _mark_end(axes, curves[filmed, end], name)
        draw_tiles(below[0], np.stack(strips))
        below[0].set_yticklabels([f"{name}\nlength {lengths[name]:.3g}" if lengths else name for name in FILMS])
        end = int(np.searchsorted(chosen, len(films["geodesic"]) - 1 - beyond, side="right")) - 1
        below[0].set_xticks([0, end], "AB")
        if beyond:
            below[0].axvline(end + 0.5, color="black", lw=1.2, ls=(0, (2, 2)))
        going = "decoded on three ways from A to B" + " and on beyond" * bool(beyond)
        below[0].set_xlabel(going + ", length from A to B in image units" * bool(lengths))
    return figure, _numbers(field, z1, z2, codes, labels, curves, straight, converged, strips, chosen, filmed)


def _draw_paths(axes: Axes, curves: np.ndarray, straight: np.ndarray, converged: np.ndarray) -> None:
    names = ["geodesic" if done else "geodesic, not converged" for done in converged]
    for name, curve, line in zip(names, curves, straight, strict=True):
        axes.plot(*line.T, **_LINES["straight"], path_effects=_HALO)
        axes.plot(*curve.T, **_LINES[name], path_effects=_HALO)
        axes.plot(*curve[[0, -1]].T, "o", color="white", mec="black", ms=5, zorder=5)
    handles = [Line2D([], [], label=name, **style) for name, style in _LINES.items() if name in ("straight", *names)]
    axes.legend(
        handles=handles,
        loc="lower center",
        bbox_to_anchor=(0.5, 1.0),
        ncols=len(handles),
        frameon=True,
        facecolor="#303030",
        framealpha=1,
        labelcolor="white",
    )


def _mark_end(axes: Axes, at: np.ndarray, name: str) -> None:
    ring = {"boxstyle": "circle,pad=0.2", "fc": "white", "ec": "black", "lw": 0.8}
    axes.text(*at, name, ha="center", va="center", fontweight="bold", bbox=ring, zorder=11)


def _numbers(field, z1, z2, codes, labels, curves, straight, converged, strips, chosen, filmed) -> pd.DataFrame:
    right, up = (grid.ravel() for grid in np.meshgrid(z1, z2))
    tables = [
        pd.DataFrame({"part": "field", "z1": right, "z2": up, "log10_magnification": field.ravel()}),
        pd.DataFrame({"part": "code", "z1": codes[:, 0], "z2": codes[:, 1], "label": labels}),
    ]
    for part, paths in (("geodesic", curves), ("straight", straight)):
        pairs, times, _ = paths.shape
        table = pd.DataFrame(paths.reshape(-1, 2), columns=["z1", "z2"]).assign(
            part=part, pair=np.repeat(np.arange(pairs), times), step=np.tile(np.arange(times), pairs)
        )
        if part == "geodesic":
            table["converged"] = np.repeat(np.asarray(converged, dtype=object), times)
        tables.append(table)
    for name, strip in zip(FILMS, strips, strict=False):
        pixels = strip[0].size
        tables.append(
            pd.DataFrame(
                {
                    "part": f"film {name}",
                    "pair": filmed,
                    "step": np.repeat(chosen, pixels),
                    "pixel": np.tile(np.arange(pixels), len(strip)),
                    "intensity": strip.ravel().astype(np.float64).round(4),
                }
            )
        )
    numbers = pd.concat(tables, ignore_index=True)
    return numbers.astype({name: "Int64" for name in ("pair", "step", "pixel") if name in numbers})
