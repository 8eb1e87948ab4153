"""LAND beside a Gaussian mixture: densities, samples, and distances between codes."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from jaxtyping import Float, Int
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from curvae.figures.shapes import check_shapes
from curvae.figures.style import LATENT_AXES, colours, house_style, new_figure

ROWS = {"LAND": "Riemannian", "Gaussian": "Euclidean"}
_LEVELS = (-8, -6, -4, -3, -2, -1, -0.3)  # nats below the highest density


@house_style()
def mixtures(
    log_density: Mapping[str, Float[np.ndarray, "row column"]],
    z1: Float[np.ndarray, " column"],
    z2: Float[np.ndarray, " row"],
    codes: Float[np.ndarray, "point 2"],
    labels: Int[np.ndarray, " point"],
    samples: Mapping[str, Float[np.ndarray, "draw 2"]],
    distances: Mapping[str, Float[np.ndarray, "one other"]],
    groups: Int[np.ndarray, " one"],
    held_out: Mapping[str, tuple[float, float, float]],
    names: Mapping[int, str] | None = None,
) -> tuple[Figure, pd.DataFrame]:
    """Two rows, Riemannian and Euclidean: density with training codes, samples, all distances between test codes.

    Args:
        log_density: of "LAND" and "Gaussian" by dz [nats], log_density[i, j] at (z1[j], z2[i]); NaN is not drawn.
        z1: grid values to the right.
        z2: grid values upwards.
        codes: that both were fitted to.
        labels: their classes.
        samples: of both.
        distances: between test codes, "Riemannian" and "Euclidean".
        groups: classes of these, in ascending order.
        held_out: mean log-density of held-out codes, and its interval [nats/code].
        names: of classes; their numbers if None.

    Returns:
        Figure, and a table: part ("density", "code", "sample", "distance"), model, z1, z2, value, label.

    Raises:
        ValueError: shapes do not fit or a model is missing.
    """
    arrays = {"z1": (z1, "column"), "z2": (z2, "row"), "codes": (codes, "point 2"), "labels": (labels, "point")}
    arrays |= {"groups": (groups, "one")}
    for model, distance in ROWS.items():
        if not (model in log_density and model in samples and model in held_out and distance in distances):
            raise ValueError(f"no {model} or {distance}; allowed: with {', '.join((*ROWS, *ROWS.values()))}")
        arrays[f"log_density[{model}]"] = (log_density[model], "row column")
        arrays[f"samples[{model}]"] = (samples[model], "draw 2")
        arrays[f"distances[{distance}]"] = (distances[distance], "one one")
    check_shapes(arrays)
    wide = 2.8
    high = wide * np.ptp(z2) / np.ptp(z1)
    figure = new_figure(3 * wide + 1.2, 2 * max(high, wide * 0.8) + 1.4)
    panels = figure.subplots(2, 3)
    for row, (model, distance) in enumerate(ROWS.items()):
        _density(panels[row, 0], log_density[model], z1, z2, codes, labels, names)
        value, low, high = held_out[model]
        said = f"{value:.2f} ({low:.2f} to {high:.2f}) nats/code" if np.isfinite(value) else "none: no model"
        panels[row, 0].set_title(f"{model}, log-density of held-out codes\n{said}")
        panels[row, 1].scatter(*np.asarray(codes).T, s=14, color="#c8c8c8", lw=0)
        panels[row, 1].scatter(*np.asarray(samples[model]).T, s=8, color="black", lw=0)
        drawn = np.isfinite(samples[model]).all(1).any()
        panels[row, 1].set_title(f"samples of {model} ({'black' if drawn else 'none'})\nover the codes (grey)")
        for axes in panels[row, :2]:
            axes.set(aspect="equal", xlim=(z1[0], z1[-1]), ylim=(z2[0], z2[-1]), xlabel=LATENT_AXES[0])
        panels[row, 0].set_ylabel(LATENT_AXES[1])
        _matrix(figure, panels[row, 2], distances[distance], groups, distance, names)
    classes = panels[0, 0].get_legend_handles_labels()
    figure.legend(*classes, title="class", loc="outside lower center", ncols=5, markerscale=2)
    figure.suptitle("Two mixtures of the same codes: the darker, the denser; the higher their log-density, the better")
    return figure, _numbers(log_density, z1, z2, codes, labels, samples, distances, groups)


def _density(axes: Axes, log_density, z1, z2, codes, labels, names) -> None:
    below = np.asarray(log_density) - np.nanmax(log_density) if np.isfinite(log_density).any() else None
    if below is None:
        axes.text(
            0.5, 0.5, "no model: it reaches\nbeyond the metric", transform=axes.transAxes, ha="center", va="center"
        )
    else:
        axes.contourf(z1, z2, np.nan_to_num(below, nan=-1e9), levels=[*_LEVELS, 0], cmap="Greys", extend="neither")
    groups = np.unique(labels)
    for group, colour in zip(groups, colours(len(groups)), strict=True):
        label = names[group] if names else str(group)
        axes.scatter(*codes[labels == group].T, s=9, color=colour, lw=0, label=label)


def _matrix(figure: Figure, axes: Axes, distances, groups, name: str, names) -> None:
    unit = "image units" if name == "Riemannian" else "prior s.d."
    image = axes.imshow(distances, cmap="viridis", interpolation="nearest")
    figure.colorbar(image, ax=axes, fraction=0.046, label=f"distance [{unit}]")
    edges = np.flatnonzero(np.diff(groups)) + 0.5
    for edge in edges:
        axes.axhline(edge, color="white", lw=0.6)
        axes.axvline(edge, color="white", lw=0.6)
    bounds = np.concatenate([[-0.5], edges, [len(groups) - 0.5]])
    middles, own = (bounds[1:] + bounds[:-1]) / 2, np.unique(groups)
    axes.set_xticks(middles, [""] * len(own) if names else own)
    axes.set_yticks(middles, [names[group].replace(", ", ",\n") for group in own] if names else own)
    axes.tick_params(length=0)
    axes.set(title=f"{name} distances", xlabel="test codes by class", ylabel="" if names else "class")


def _numbers(log_density, z1, z2, codes, labels, samples, distances, groups) -> pd.DataFrame:
    right, up = (grid.ravel() for grid in np.meshgrid(z1, z2))
    tables = [pd.DataFrame({"part": "code", "z1": codes[:, 0], "z2": codes[:, 1], "label": labels})]
    one, other = np.triu_indices(len(groups), 1)
    for model, distance in ROWS.items():
        said = {"part": "density", "model": model, "z1": right, "z2": up}
        tables.append(pd.DataFrame(said | {"value": np.ravel(log_density[model])}))
        drawn = np.asarray(samples[model])
        tables.append(pd.DataFrame({"part": "sample", "model": model, "z1": drawn[:, 0], "z2": drawn[:, 1]}))
        length = np.asarray(distances[distance])[one, other]
        said = {"part": "distance", "model": distance, "one": one, "other": other}
        tables.append(pd.DataFrame(said | {"value": length, "label": np.asarray(groups)[one]}))
    numbers = pd.concat(tables, ignore_index=True)
    return numbers.astype({name: "Int64" for name in ("label", "one", "other")})
