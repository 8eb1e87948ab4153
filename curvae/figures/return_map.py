"""Successive maxima of a chaotic coordinate: the true curve beneath what each system has learned."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from jaxtyping import Float
from matplotlib.figure import Figure

from curvae.figures.shapes import check_shapes
from curvae.figures.style import GREY, colours, evenly, house_style, new_figure

MOST_POINTS = 4000
MOST_SYSTEMS = 8
TRUTH = "truth"
_ABREAST = 4


@house_style()
def return_map(
    truth: Float[np.ndarray, "pair 2"],
    learned: Mapping[str, Float[np.ndarray, "pair 2"]],
    coordinate: str = "z",
    unit: str = "1",
    notes: Mapping[str, str] | None = None,
) -> tuple[Figure, pd.DataFrame]:
    """A panel for the truth and one for each learned system, all with the true pairs in grey beneath.

    Of more than 4000 pairs an even choice is drawn. Pairs that lie outside the true range by more than a
    quarter of its width are left out and counted in the panel's title.

    Args:
        truth: true maxima m_n and m_{n+1}.
        learned: name -> pairs of the learned system; at most 8.
        coordinate: whose maxima they are.
        unit: of the coordinate.
        notes: name -> a line for the panel's title.

    Returns:
        Figure, and a table of the drawn pairs: system, now, next, left_out (of the system).

    Raises:
        ValueError: shapes do not fit, nothing learned or too much, or notes on an unknown system.
    """
    systems = {TRUTH: truth, **learned}
    if not 1 <= len(learned) <= MOST_SYSTEMS:
        raise ValueError(f"learned: {len(learned)} systems; allowed: 1 to {MOST_SYSTEMS}")
    notes = notes or {}
    if unknown := sorted(set(notes) - set(systems)):
        raise ValueError(f"notes: {', '.join(unknown)}; allowed: {', '.join(systems)}")
    for name, pairs in systems.items():
        check_shapes({name: (pairs, "pair 2")})

    low, high = np.min(truth), np.max(truth)
    near = {}
    for name, pairs in systems.items():
        pairs = np.asarray(pairs)
        inside = (np.abs(pairs - (low + high) / 2) <= 0.75 * (high - low)).all(1)
        near[name] = (pairs[inside][evenly(int(inside.sum()), MOST_POINTS)] if inside.any() else pairs[:0], ~inside)

    columns = 3 if len(systems) in (5, 6, 9) else min(len(systems), _ABREAST)
    rows = -(-len(systems) // columns)
    figure = new_figure(max(4.6, 2.1 * columns), 0.5 + 2.2 * rows)
    all_axes = figure.subplots(rows, columns, squeeze=False, sharex=True, sharey=True).ravel()
    palette = dict(zip(systems, ("black", *colours(len(learned))), strict=True))
    for axes, (name, (pairs, out)) in zip(all_axes, near.items(), strict=False):
        if name != TRUTH:
            axes.plot(*near[TRUTH][0].T, ".", ms=2, color="#c8c8c8", mew=0, rasterized=True)
        axes.plot(*pairs.T, ".", ms=2, color=palette[name], mew=0, rasterized=True)
        axes.axline((low, low), slope=1, color=GREY, lw=0.8, ls=(0, (2, 2)))
        lines = [name, *([notes[name]] if name in notes else []), *([f"{out.sum()} far off"] if out.any() else [])]
        axes.set_title("\n".join(lines))
        axes.set_aspect("equal")
    for axes in all_axes[len(systems) :]:
        axes.remove()
    figure.supxlabel(f"maximum of {coordinate} [{unit}]", fontsize=9)
    figure.supylabel(f"next maximum [{unit}]", fontsize=9)
    numbers = [
        pd.DataFrame({"system": name, "now": pairs[:, 0], "next": pairs[:, 1], "left_out": int(out.sum())})
        for name, (pairs, out) in near.items()
    ]
    return figure, pd.concat(numbers, ignore_index=True)
