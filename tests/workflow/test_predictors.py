"""Predictors that may share a stack are trained in one job, and each goes on under its own name."""

import json

import numpy as np
import pandas as pd
import xarray as xr
import yaml

TRAIN = {"epochs": 3, "batch": 20, "lr": 1e-3}
STUDY = {
    "data": {
        "ball": {
            "kind": "bouncing_ball",
            "trajectories": {"train": 20, "validation": 3, "test": 3},
            "frames": 60,
            "test_frames": 40,
        }
    },
    "experiments": {
        "ball": {"data": "ball", "model": {"kind": "vae", "hidden": [16], "latent": 2}, "train": {"epochs": 2}}
    },
    "dynamics": {
        "films": {
            "experiment": "ball",
            "seeds": [0, 1],
            "warmup": 10,
            "horizon": 30,
            "trajectories": 3,
            "predictors": {
                "fast": {"kind": "elman", "hidden": 8, "train": {**TRAIN, "lr": 1e-1}},
                "ridge": {"kind": "ridge"},
                "other": {"kind": "gru", "hidden": 8, "train": TRAIN},
                "slow": {"kind": "elman", "hidden": 8, "noise": 0.1, "train": TRAIN},
            },
        }
    },
}


def rollouts(house, name):
    return xr.open_zarr(house.folder / f"results/dynamics/films/trained/{name}/rollouts.zarr")["latents"].values


def test_two_rates_are_one_training_and_two_of_all_else(house):
    (house.folder / "config.yaml").write_text(yaml.safe_dump(STUDY, sort_keys=False))
    planned = house.planned()
    assert {said for said in planned if said.startswith("training the predictors")} == {
        "training the predictors of films (fast, slow)",
        "training the predictors of films (other)",
    }
    assert {f"rolling out films ({name})" for name in ("fast", "slow", "other")} <= planned
    place = house.folder / "results/dynamics/films"
    done = house.run("results/dynamics/films/scores.csv", "results/dynamics/films/exponents.csv")
    assert done.returncode == 0, done.stdout[-3000:]
    assert {path.parent.name for path in place.rglob("weights.safetensors")} == {"fast", "other"}
    for table in ("scores.csv", "exponents.csv"):
        found = pd.read_csv(place / table)
        trained = found[found["predictor"].isin(["fast", "other", "slow"])]
        assert list(dict.fromkeys(trained["predictor"])) == ["fast", "other", "slow"], "in the config's order"
        assert all(set(rows["seed"]) == {0, 1} for _, rows in trained.groupby("predictor"))
    members = json.loads((place / "trained/fast/manifest.json").read_text())["settings"]["members"]
    assert [(m["predictor"], m["seed"], m["lr"], m["noise"]) for m in members] == [
        *(("fast", seed, 0.1, 0.0) for seed in (0, 1)),
        *(("slow", seed, 0.001, 0.1) for seed in (0, 1)),
    ]
    history = pd.read_parquet(place / "trained/fast/history.parquet")
    assert set(history.groupby("predictor")["lr"].unique().explode().items()) == {("fast", 0.1), ("slow", 0.001)}
    curves = [path.name for path in (house.folder / "results/logs/tensorboard/films/fast").iterdir()]
    assert [sum(f"predictor={name}," in f"{line}," for line in curves) for name in ("fast", "slow")] == [2, 2]
    fast, slow = rollouts(house, "fast"), rollouts(house, "slow")
    assert np.abs(fast - slow).max() > 0.1

    alone = STUDY | {"dynamics": {"films": STUDY["dynamics"]["films"] | {"predictors": {}}}}
    alone["dynamics"]["films"]["predictors"] = {"slow": STUDY["dynamics"]["films"]["predictors"]["slow"]}
    (house.folder / "config.yaml").write_text(yaml.safe_dump(alone, sort_keys=False))
    rest = "results/dynamics/films/trained/slow/rollouts.zarr"
    assert house.planned(rest) == {"training the predictors of films (slow)", "rolling out films (slow)"}
    done = house.run(rest)
    assert done.returncode == 0, done.stdout[-3000:]
    np.testing.assert_allclose(rollouts(house, "slow"), slow, atol=1e-4)
