"""Layers of latents and comparisons of initial weights, on histories with known numbers."""

import pandas as pd
import pytest

from curvae.scores.layers import layer_table
from curvae.scores.pretraining import FINE_TUNING, PASSES, compare_pretraining


def test_layers_add_up_their_latents_after_the_last_epoch():
    rows = [(0, epoch, split, 0.005, 2.0, 0.02, 0.0) for epoch in (1, 2) for split in ("train", "validation")]
    history = pd.DataFrame(rows, columns=["seed", "epoch", "split", "kl_0", "kl_1", "kl_2", "kl_3"])
    history.loc[history["epoch"] == 1, "kl_1"] = 9.0
    found = layer_table(history, (2, 1, 1))
    assert found["layer"].tolist() == [1, 2, 3]
    assert found["latents"].tolist() == [2, 1, 1]
    assert found["active"].tolist() == [1, 1, 0]
    assert found["layer_kl"].tolist() == pytest.approx([2.005, 0.02, 0.0])
    assert set(found) == {"seed", "epoch", "split", "layer", "latents", "active", "layer_kl"}
    with pytest.raises(ValueError, match=r"sizes = \(2, 1\): allowed: 4 latents in all"):
        layer_table(history, (2, 1))


def history(epochs, level):
    rows = [
        (seed, epoch, split, level - epoch + 10 * seed + (split == "train") * 99)
        for seed in (4, 2)
        for epoch in range(1, epochs + 1)
        for split in ("train", "validation")
    ]
    return pd.DataFrame(rows, columns=["seed", "epoch", "split", "recon"])


def test_networks_are_compared_after_as_many_epochs_and_as_many_passes():
    found = compare_pretraining(history(3, 100), history(8, 150), passes=4).set_index(["comparison", "seed"])
    assert found.loc[(FINE_TUNING, 2), "pretrained"] == 117
    assert found.loc[(FINE_TUNING, 4), "difference"] == -50
    assert found.loc[(PASSES, 2), "scratch_epoch"] == 7
    assert found.loc[(PASSES, 2), "difference"] == -46
    assert (found[["mean", "low", "high"]].loc[PASSES] == -46).all(axis=None)
    short = compare_pretraining(history(3, 100), history(6, 150), passes=4)
    assert set(short["comparison"]) == {FINE_TUNING}
    with pytest.raises(ValueError, match="scratch: 2 epochs; allowed: at least 3"):
        compare_pretraining(history(3, 100), history(2, 150), passes=4)
    with pytest.raises(ValueError, match="seeds"):
        compare_pretraining(history(3, 100), history(3, 150).query("seed == 2"), passes=4)


def test_a_network_that_diverged_at_once_has_no_difference():
    lost = history(8, 150)
    lost["recon"] = lost["recon"].where(lost["seed"] != 4)
    found = compare_pretraining(history(3, 100), lost, passes=4).set_index(["comparison", "seed"])["difference"]
    assert found.isna().tolist() == [False, True] * 2
