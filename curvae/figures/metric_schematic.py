"""How the beta-VAE metric works, on real images and codes."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from jaxtyping import Float
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from curvae.figures.shapes import check_shapes
from curvae.figures.style import GREY, colours, house_style, new_figure
from curvae.figures.tiles import draw_tiles

_STILL = 0.5  # a latent whose difference is less than this share of its usual one stands still


@house_style()
def metric_schematic(
    pairs: Float[np.ndarray, "factor 2 h w"],
    differences: Float[np.ndarray, "factor latent"],
    low: Float[np.ndarray, "factor latent"],
    high: Float[np.ndarray, "factor latent"],
    accuracies: Float[np.ndarray, " factor"],
    accuracies_low: Float[np.ndarray, " factor"],
    accuracies_high: Float[np.ndarray, " factor"],
    factors: Sequence[str],
    value: float,
    batch: int,
) -> tuple[Figure, pd.DataFrame]:
    """Three steps from left to right, a row a factor: a pair that shares it, the differences of codes, the answers.

    Args:
        pairs: images that agree in the factor, intensities from 0 to 1.
        differences: mean |z1 - z2| with the factor held over that of all points [1].
        low: 5 % quantile over points.
        high: 95 % quantile.
        accuracies: share of points whose factor the classifier names.
        accuracies_low: of the 95 % interval.
        accuracies_high: of the same.
        factors: their names.
        value: of the metric.
        batch: pairs a point.

    Returns:
        Figure, and a table: factor, latent (from 1), difference, low, high; rows without a latent hold the accuracy.

    Raises:
        ValueError: shapes do not fit.
    """
    factors = np.asarray(factors, dtype=str)
    check_shapes(
        {
            "pairs": (pairs, "factor 2 h w"),
            "differences": (differences, "factor latent"),
            "low": (low, "factor latent"),
            "high": (high, "factor latent"),
            "accuracies": (accuracies, "factor"),
            "accuracies_low": (accuracies_low, "factor"),
            "accuracies_high": (accuracies_high, "factor"),
            "factors": (factors, "factor"),
        }
    )
    figure = new_figure(7.4, 1.2 + 0.95 * len(factors))
    rows = figure.subplots(len(factors), 3, width_ratios=(1.9, 3.4, 2.0), sharex="col", squeeze=False)
    top = 1.05 * max(np.nanmax(high), 1.0)
    for row, (tiles, moves, answer) in enumerate(rows):
        draw_tiles(tiles, pairs[row, None])
        tiles.set_yticklabels([f"same\n{factors[row]}"])
        _draw_differences(moves, differences[row], low[row], high[row], top)
        _draw_answer(answer, accuracies[row], accuracies_low[row], accuracies_high[row], 1 / len(factors))
    rows[-1, 0].set_xticklabels(["x1", "x2"])
    rows[-1, 1].set_xticks(range(1, differences.shape[1] + 1), [f"z{j + 1}" for j in range(differences.shape[1])])
    rows[len(factors) // 2, 1].set_ylabel("mean distance of two codes, 1 = usual [1]")
    rows[-1, 2].set_xlabel("named right [%]\ndashed: chance")
    titles = (
        "1  Draw two images that\nshare one factor",
        f"2  How far do codes differ, over {batch} pairs?\nOrange: less than half as far as usual",
        f"3  A linear classifier names\nthe factor. Score {100 * value:.0f} %",
    )
    for axes, title in zip(rows[0], titles, strict=True):
        axes.set_title(title)
    return figure, _numbers(factors, differences, low, high, accuracies, accuracies_low, accuracies_high)


def _draw_differences(axes: Axes, mean: np.ndarray, low: np.ndarray, high: np.ndarray, top: float) -> None:
    places = np.arange(1, len(mean) + 1)
    still, moving = colours(2)[1], "#b8c4cc"
    axes.bar(places, mean, color=[still if value < _STILL else moving for value in mean], width=0.7)
    axes.vlines(places, low, high, color="black", lw=1)
    axes.axhline(1, color=GREY, ls=(0, (2, 2)), lw=1)
    axes.set_ylim(0, top)
    axes.tick_params(axis="x", length=0)


def _draw_answer(axes: Axes, share: float, low: float, high: float, chance: float) -> None:
    axes.barh(0, 100 * share, color=colours(1)[0], height=0.5)
    axes.hlines(0, 100 * low, 100 * high, color="black", lw=1.4)
    axes.axvline(100 * chance, color=GREY, ls=(0, (2, 2)), lw=1)
    axes.text(98, 0.42, f"{100 * share:.0f} %", ha="right", fontsize=8)
    axes.set(xlim=(0, 100), ylim=(-0.5, 0.7), yticks=[])
    axes.grid(axis="x")


def _numbers(
    factors: np.ndarray,
    differences: np.ndarray,
    low: np.ndarray,
    high: np.ndarray,
    accuracies: np.ndarray,
    accuracies_low: np.ndarray,
    accuracies_high: np.ndarray,
) -> pd.DataFrame:
    many, latents = differences.shape
    steps = pd.DataFrame(
        {
            "factor": np.repeat(factors, latents),
            "latent": np.tile(np.arange(1, latents + 1), many),
            "difference": differences.ravel(),
            "low": low.ravel(),
            "high": high.ravel(),
        }
    )
    answers = pd.DataFrame({"factor": factors, "accuracy": accuracies, "low": accuracies_low, "high": accuracies_high})
    return pd.concat([steps, answers], ignore_index=True).astype({"latent": "Int64"})
