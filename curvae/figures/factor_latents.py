"""Which latent knows which factor."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from jaxtyping import Float
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from curvae.figures.shapes import check_shapes
from curvae.figures.style import colours, house_style, new_figure

COLUMNS = ("latent", "factor", "share", "low", "high", "floor")
_DARK = 0.55  # above it text is white


@house_style()
def factor_latents(table: pd.DataFrame, kl: Float[np.ndarray, " latent"], dead: float) -> tuple[Figure, pd.DataFrame]:
    """A matrix of shares: a row a latent, the most informed first, a column a factor; each factor's best is framed.

    Args:
        table: of `curvae.scores.factor_latents.factor_latents`: latent (from 1), factor, share of the factor's
            entropy, low, high, floor.
        kl: mean KL divergence of every latent [nats].
        dead: latents with less are marked as dead [nats].

    Returns:
        Figure, and the table with a column kl, in the rows' order.

    Raises:
        ValueError: a column is missing, or shapes do not fit.
    """
    missing = [name for name in COLUMNS if name not in table]
    if missing:
        raise ValueError(f"table: no column {', '.join(missing)}; allowed: {', '.join(COLUMNS)} present")
    factors = list(dict.fromkeys(table["factor"]))
    share, low, high = (
        table.pivot_table(index="latent", columns="factor", values=name)[factors].to_numpy()
        for name in ("share", "low", "high")
    )
    check_shapes({"share": (share, "latent factor"), "kl": (kl, "latent")})
    order = np.argsort(-np.asarray(kl), kind="stable")
    figure = new_figure(2.0 + 1.02 * len(factors), 1.5 + 0.4 * len(order))
    axes = figure.subplots()
    image = axes.imshow(share[order], cmap="Blues", vmin=0, vmax=1, aspect="auto")
    for row, latent in enumerate(order):
        for column in range(len(factors)):
            value = share[latent, column]
            reach = (high[latent, column] - low[latent, column]) / 2
            colour = "white" if value > _DARK else "black"
            axes.text(column, row, f"{value:.2f} ± {reach:.2f}", ha="center", va="center", color=colour, fontsize=8)
    for column, row in enumerate(np.argmax(share[order], axis=0)):
        corner = (column - 0.47, row - 0.45)
        axes.add_patch(Rectangle(corner, 0.94, 0.9, fill=False, ec=colours(2)[1], lw=2))
    axes.set_xticks(range(len(factors)), factors)
    axes.set_yticks(range(len(order)), _row_names(order, kl, dead))
    axes.tick_params(length=0, labeltop=True, labelbottom=False)
    axes.spines[:].set_visible(False)
    axes.set_title("What a latent knows of a factor; each factor's best latent is framed")
    bar = figure.colorbar(image, ax=axes, fraction=0.05)
    bar.set_label("mutual information over\nthe factor's entropy [1]")
    bar.outline.set_visible(False)
    numbers = table.assign(kl=np.asarray(kl)[table["latent"] - 1])
    place = {latent + 1: row for row, latent in enumerate(order)}
    return figure, numbers.sort_values("latent", key=lambda n: n.map(place), kind="stable").reset_index(drop=True)


def _row_names(order: Sequence[int], kl: np.ndarray, dead: float) -> list[str]:
    return [f"z{j + 1}   " + (f"KL {kl[j]:.2f} nats" if kl[j] >= dead else f"dead, KL {kl[j]:.3f}") for j in order]
