"""Bounds of autoencoders with one layer of latents and with several, and which layers they use."""

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator

from curvae.figures.style import OKABE_ITO, colours, house_style, new_figure
from curvae.words import counted

NARROW = 0.12  # share of the widest bar below which a layer has no room for its text


@house_style()
def ladders(layers: pd.DataFrame, bounds: pd.DataFrame) -> tuple[Figure, pd.DataFrame]:
    """Two panels with a row a model: its tightest bound, and the KL of each layer with the latents that are active.

    Args:
        layers: one row a model, seed and layer: model, seed, layer (from 1), latents, active, layer_kl [nats].
        bounds: of `curvae.scores.bound.bound_gains`, of the same models.

    Returns:
        Figure, and a table: model, layer, latents, active, kl (means over seeds), draws, bound, low, high [nats].

    Raises:
        ValueError: the models of both tables differ.
    """
    models = list(layers["model"].unique())
    if set(models) != set(bounds["model"]):
        raise ValueError(f"bounds: models {sorted(set(bounds['model']))}; allowed: {sorted(models)}")
    tight = bounds[bounds["draws"] == bounds["draws"].max()]
    means = layers.groupby(["model", "layer"], sort=False)[["latents", "active", "layer_kl"]].mean().reset_index()
    about = tight.drop_duplicates("model")[["model", "draws", "mean", "low", "high"]]
    numbers = means.merge(about, on="model").rename(columns={"layer_kl": "kl", "mean": "bound"})

    figure = new_figure(7.6, 1.2 + 0.5 * len(models))
    left, right = figure.subplots(1, 2, sharey=True)
    widest, palette = numbers.groupby("model")["kl"].sum().max(), colours(int(numbers["layer"].max()))
    for place, model in enumerate(models):
        own = about[about["model"] == model].iloc[0]
        reach = np.abs([[own["low"] - own["mean"]], [own["high"] - own["mean"]]])
        left.errorbar(own["mean"], place, xerr=reach, fmt="o", color="black", ms=5, capsize=3)
        seeds = tight.loc[tight["model"] == model, "bound"]
        left.plot(seeds, np.full(len(seeds), place + 0.22), ".", color=OKABE_ITO[5], ms=5)
        start = 0.0
        for row in numbers[numbers["model"] == model].itertuples():
            right.barh(place, row.kl, left=start, color=palette[row.layer - 1], height=0.6)
            if row.kl > NARROW * widest:
                said = f"{row.active:.3g}/{row.latents:g}"
                right.text(start + row.kl / 2, place, said, ha="center", va="center", color="white", fontsize=8)
            start += row.kl
        small = [r for r in numbers[numbers["model"] == model].itertuples() if r.kl <= NARROW * widest]
        if small:
            said = ", ".join(f"layer {r.layer}: {r.active:.3g}/{r.latents:g}" for r in small)
            right.text(start + 0.02 * widest, place, said, va="center", fontsize=7)
    right.set_xlim(0, 1.45 * widest)
    left.set_yticks(range(len(models)), models)
    left.set_ylim(len(models) - 0.5, -0.5)
    left.set(xlabel=f"bound on ln p(x), K = {tight['draws'].iloc[0]:g} [nats/image]")
    right.set(xlabel="KL of each layer [nats/image]")
    handles = [Patch(color=colour, label=f"layer {layer}") for layer, colour in enumerate(palette, 1)]
    handles[0].set_label("layer 1, next to the data")
    figure.legend(handles=handles, loc="outside lower right", ncols=len(handles))
    left.xaxis.set_major_locator(MaxNLocator(5))
    left.grid(axis="x")
    seeds = counted(tight["seed"].nunique(), "seed")
    figure.suptitle(f"Layers of latents: means over {seeds} with 95 % intervals (small: seeds); active / all latents")
    return figure, numbers
