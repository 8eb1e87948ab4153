"""Figures of bounds, layers and pretraining: what is drawn is what the tables say."""

import numpy as np
import pandas as pd
import pytest

from curvae.figures.bound_curves import bound_curves
from curvae.figures.ladders import ladders
from curvae.figures.pretraining import pretraining
from curvae.figures.style import save
from curvae.scores.bound import bound_gains


def bounds(models=("plain", "ladder")):
    rows = [
        (model, draws, seed, -100 + place + np.log(draws) + 0.1 * seed**2 * (1 + place))
        for place, model in enumerate(models)
        for draws in (1, 10, 100)
        for seed in range(3)
    ]
    return bound_gains(pd.DataFrame(rows, columns=["model", "draws", "seed", "bound"]))


def layers():
    rows = [("plain", seed, 1, 6, 4 + seed % 2, 8.0) for seed in range(3)]
    rows += [("ladder", seed, layer, 3, 3, kl) for seed in range(3) for layer, kl in ((1, 6.0), (2, 0.5))]
    return pd.DataFrame(rows, columns=["model", "seed", "layer", "latents", "active", "layer_kl"])


def texts(figure):
    return [text.get_text() for axes in figure.axes for text in axes.texts]


def saved(figure, numbers, folder):
    save(figure, numbers, *(folder / f"figure.{ending}" for ending in ("png", "pdf", "csv")))
    assert len(pd.read_csv(folder / "figure.csv")) == len(numbers)


def test_bounds_and_gains_are_the_means(tmp_path):
    table = bounds()
    figure, numbers = bound_curves(table)
    left, right = figure.axes
    means = table[table["model"] == "ladder"].drop_duplicates("draws")
    assert left.containers[1].lines[0].get_ydata().tolist() == pytest.approx(means["mean"].tolist())
    assert right.containers[0].lines[0].get_ydata().tolist() == pytest.approx(means["gain_mean"].tolist())
    assert right.get_ylabel() == "gain over plain [nats/image]"
    saved(figure, numbers, tmp_path)
    with pytest.raises(ValueError, match="models plain; allowed: two or more"):
        bound_curves(table[table["model"] == "plain"])


def test_layers_are_bars_with_their_active_latents(tmp_path):
    figure, numbers = ladders(layers(), bounds())
    assert [bar.get_width() for bar in figure.axes[1].patches] == [8.0, 6.0, 0.5]
    assert texts(figure) == ["4.33/6", "3/3", "layer 2: 3/3"]
    tight = numbers.set_index(["model", "layer"])
    assert tight.loc[("ladder", 2), "kl"] == 0.5
    assert (numbers["draws"] == 100).all()
    saved(figure, numbers, tmp_path)
    with pytest.raises(ValueError, match="bounds: models"):
        ladders(layers(), bounds(("plain", "other")))


def test_pretrained_curves_start_after_their_passes(tmp_path):
    rows = [(seed, epoch, "validation", 200.0 - epoch + seed) for seed in range(3) for epoch in range(1, 5)]
    history = pd.DataFrame(rows, columns=["seed", "epoch", "split", "recon"])
    figure, numbers = pretraining(history, history.assign(recon=history["recon"] + 40), passes=2)
    found = numbers.set_index(["start", "epoch"])
    assert found.loc[("pretrained", 1), "passes"] == 3
    assert found.loc[("random", 4), ["mean", "low", "high"]].tolist() == [237, 236, 238]
    assert "pretraining" in texts(figure)
    saved(figure, numbers, tmp_path)
    with pytest.raises(ValueError, match="pretrained: no rows of split validation"):
        pretraining(history.assign(split="train"), history, passes=2)
