"""Attractors of learned systems beside the true one: orbits, power spectra, and how often each value is taken."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from jaxtyping import Float
from matplotlib.figure import Figure

from curvae.figures.shapes import check_shapes
from curvae.figures.style import colours, house_style, new_figure

TRUTH = "truth"
MOST_SYSTEMS = 6
MOST_FRAMES = 3000
BINS = 60
DRAWN_POWER = 1e-6  # of the highest true density; below lies the Welch estimate's own leakage


@house_style()
def attractor(
    orbits: Mapping[str, Float[np.ndarray, "orbit frame width"]],
    spectra: Mapping[str, Float[np.ndarray, "frequency 2"]],
    names: tuple[str, str],
    axes_shown: tuple[int, int],
    unit: str = "1",
) -> tuple[Figure, pd.DataFrame]:
    """A portrait of every system above; below, power spectra and histograms of the second shown coordinate.

    Args:
        orbits: name -> orbits of a system, ``truth`` among them; at most 6 learned ones. Orbits that are not finite are
            left out.
        spectra: name -> frequency and density of the second shown coordinate.
        names: of the two shown coordinates.
        axes_shown: their places in the state.
        unit: of the coordinates.

    Returns:
        Figure, and a table of what is drawn below: system, quantity (power or share), at, value.

    Raises:
        ValueError: no truth, other names among the spectra, too many systems, or shapes that do not fit.
    """
    if TRUTH not in orbits or set(orbits) != set(spectra):
        raise ValueError(f"orbits: {', '.join(orbits)}; allowed: truth among them, and the names of the spectra")
    if not 2 <= len(orbits) <= MOST_SYSTEMS + 1:
        raise ValueError(f"orbits: {len(orbits) - 1} learned systems; allowed: 1 to {MOST_SYSTEMS}")
    for name in orbits:
        check_shapes({name: (orbits[name], "orbit frame width"), f"spectrum of {name}": (spectra[name], "frequency 2")})
    palette = dict(zip(orbits, ("black", *colours(len(orbits) - 1)), strict=True))
    figure = new_figure(max(6.2, 1.8 * len(orbits)), 4.6)
    above, below = figure.subfigures(2, 1, height_ratios=(1, 1.15))

    sound = {name: paths[np.isfinite(paths).all((1, 2))] for name, paths in orbits.items()}
    true = sound[TRUTH][..., axes_shown]
    low, high = true.min((0, 1)), true.max((0, 1))
    room = 0.08 * (high - low)
    portraits = above.subplots(1, len(orbits), sharex=True, sharey=True, squeeze=False)[0]
    for axes, (name, paths) in zip(portraits, sound.items(), strict=True):
        if len(paths):
            axes.plot(*paths[0, :MOST_FRAMES, axes_shown], lw=0.35, color=palette[name], rasterized=True)
        axes.set_title(name)
        axes.set(xlim=(low[0] - room[0], high[0] + room[0]), ylim=(low[1] - room[1], high[1] + room[1]))
        axes.set_xlabel(f"{names[0]} [{unit}]")
    portraits[0].set_ylabel(f"{names[1]} [{unit}]")

    power, shares = below.subplots(1, 2)
    edges = np.linspace(low[1] - room[1], high[1] + room[1], BINS + 1)
    numbers = []
    top = spectra[TRUTH][:, 1].max()
    for name, colour in palette.items():
        style = {"color": colour, "lw": 2.4 if name == TRUTH else 1.1, "alpha": 0.35 if name == TRUTH else 1}
        drawn = spectra[name][1:]
        power.semilogy(*drawn.T, label=name, **style)
        values = sound[name][..., axes_shown[1]].ravel()
        share = np.histogram(values, edges)[0] / max(len(values), 1)
        shares.stairs(share, edges, **style)
        middle = (edges[1:] + edges[:-1]) / 2
        for quantity, at, value in (("power", *drawn.T), ("share", middle, share)):
            numbers.append(pd.DataFrame({"system": name, "quantity": quantity, "at": at, "value": value}))
    kept = spectra[TRUTH][spectra[TRUTH][:, 1] > DRAWN_POWER * top, 0]
    power.set(xlim=(0, kept.max()), ylim=(DRAWN_POWER * top, 3 * top))
    squared = "" if unit == "1" else f"{unit}² "
    power.set(xlabel="frequency [cycles/time]", ylabel=f"power of {names[1]} [{squared}time]")
    shares.set(xlabel=f"{names[1]} [{unit}]", ylabel="share of frames", ylim=(0, None))
    below.legend(*power.get_legend_handles_labels(), loc="outside lower center", ncols=len(orbits))
    return figure, pd.concat(numbers, ignore_index=True)
