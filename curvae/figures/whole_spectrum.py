"""All Lyapunov exponents of learned systems, their hidden states' included, beside the few of the true one."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from jaxtyping import Float
from matplotlib.figure import Figure

from curvae.figures.style import GREY, colours, house_style, new_figure

TRUTH = "truth"
MOST_SYSTEMS = 8


@house_style()
def whole_spectrum(
    spectra: Mapping[str, Float[np.ndarray, " number"]], unit: str = "1/time"
) -> tuple[Figure, pd.DataFrame]:
    """Exponents against their number, both axes compressed away from the largest ones; dashed, the true ones.

    Directions that a map forgets at once have minus infinity; they are in the table alone.

    Args:
        spectra: name -> exponents of a system from the largest down, ``truth`` among them; at most 8 learned ones.
        unit: of the exponents.

    Returns:
        Figure, and a table: system, exponent, value.

    Raises:
        ValueError: no truth, nothing learned or too much.
    """
    if TRUTH not in spectra or not 2 <= len(spectra) <= MOST_SYSTEMS + 1:
        raise ValueError(f"spectra: {', '.join(spectra)}; allowed: truth and 1 to {MOST_SYSTEMS} learned systems")
    palette = dict(zip(spectra, ("black", *colours(len(spectra) - 1)), strict=True))
    figure = new_figure(5.4, 3.4)
    axes = figure.subplots()
    for value in spectra[TRUTH]:
        axes.axhline(value, color=GREY, lw=0.8, ls="--")
    for name, values in spectra.items():
        numbers, finite = np.arange(1, len(values) + 1), np.isfinite(values)
        label = f"{name} ({len(values)})"
        mark = {"ls": "", "marker": "D", "ms": 6} if name == TRUTH else {"marker": "o", "ms": 2.5, "lw": 1}
        axes.plot(numbers[finite], np.asarray(values)[finite], color=palette[name], mfc="none", label=label, **mark)
    axes.set_xscale("log")
    axes.set_yscale("symlog", linthresh=1)
    axes.set(xlabel="number of the exponent", ylabel=f"exponent [{unit}]")
    figure.legend(loc="outside lower center", ncols=len(spectra))
    table = [
        pd.DataFrame({"system": name, "exponent": np.arange(1, len(values) + 1), "value": values})
        for name, values in spectra.items()
    ]
    return figure, pd.concat(table, ignore_index=True)
