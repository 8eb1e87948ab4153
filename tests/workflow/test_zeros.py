"""Weights of zeros in a finished study: the rules carry them to the claims, and verdicts turn."""

import copy
import shutil

import pandas as pd
import torch

from curvae import store

TURNED = {"square2": "square.cells_before", "ball_joint": "ball.joint_tear"}  # experiment -> a row that it bears


def test_weights_of_zeros_turn_the_verdicts_that_were_measured_on_them(finished, tmp_path):
    house = copy.copy(finished)
    house.folder = tmp_path / "study"
    shutil.copytree(finished.folder, house.folder, symlinks=True)
    before = pd.read_csv(house.folder / "results/claims.csv").set_index("claim")
    for name in TURNED:
        for path in (house.folder / "results/train" / name).glob("*/weights.safetensors"):
            weights, about = store.read_weights(path)
            store.write_weights(path, {key: torch.zeros_like(w) for key, w in weights.items()}, about)
    done = house.run("--", "results/claims.csv")
    assert done.returncode == 0, done.stdout[-3000:]
    after = pd.read_csv(house.folder / "results/claims.csv").set_index("claim")
    for key in TURNED.values():
        assert (before.loc[key, "verdict"], after.loc[key, "verdict"]) == ("reproduced", "not reproduced"), key
    assert after.loc["square.cells_before", "value"] == 0.01  # all points are decoded into one cell of a hundred
    untouched = before["runs"].notna() & ~before["runs"].str.contains("|".join(TURNED), na=False)
    pd.testing.assert_frame_equal(before[untouched], after[untouched])
