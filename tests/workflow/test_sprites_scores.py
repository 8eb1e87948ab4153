"""Baselines, the published table and the figures of scores, from a tiny study of sprites to the last file."""

import numpy as np
import pandas as pd
import yaml

FIGURES = ("score_curves", "score_table", "kl_terms", "factor_latents", "metric_schematic", "metric_agreement")
CONFIG = {
    "data": {"sprites": {"kind": "sprites", "samples": {"train": 600, "validation": 100, "test": 600}}},
    "experiments": {
        "sprites": {
            "data": "sprites",
            "model": {"kind": "vae", "hidden": [16], "latent": 4},
            "train": {"epochs": 2, "batch": 50},
            "grid": {"beta": [1, 4], "seed": [0, 1]},
        }
    },
    "scores": {
        "sprites": {
            "metrics": ["higgins", "mig"],
            "factors": ["shape", "scale", "orientation", "pos_x", "pos_y"],
            "samples": 600,
            "train": 200,
            "test": 100,
            "batch": 16,
            "bootstrap": 20,
            "decomposed": 100,
        }
    },
    "figures": {kind: ["sprites"] for kind in FIGURES},
    "tensorboard": False,
}


def test_a_study_of_sprites_ends_in_its_tables_and_figures(house):
    (house.folder / "config.yaml").write_text(yaml.safe_dump(CONFIG))
    done = house.run()
    assert done.returncode == 0, done.stdout[-5000:]
    assert house.planned() == set()
    results = house.folder / "results"
    for kind in FIGURES:
        assert (results / "figures" / kind / "sprites.png").read_bytes()[:4] == b"\x89PNG"
        assert len(pd.read_csv(results / "figures" / kind / "sprites.csv")) > 0

    baselines = pd.read_csv(results / "scores/sprites_baselines.csv")
    rows = baselines.groupby("representation").size().to_dict()
    assert rows == {"ground_truth": 2, "pixels": 1, "pca": 2, "ica": 4, "untrained": 4}
    table = pd.read_csv(results / "figures/score_table/sprites.csv").set_index(["representation", "protocol"])
    assert table.loc[("ground truth", "paper"), "value"] == 1
    assert table.loc["ICA", "runs"].to_dict() == {"dlib": 2, "paper": 6}
    assert table.loc["PCA", "train"].to_dict() == {"dlib": 10_000, "paper": 200}
    assert table.loc["raw pixels", "train"].to_dict() == {"dlib": 200, "paper": 200}
    assert table.loc["beta-VAE, beta = 4", "runs"].to_dict() == {"dlib": 2, "paper": 6}
    assert table.loc[("InfoGAN", "published only"), "published"] == 0.735
    terms = pd.read_csv(results / "scores/sprites_kl_terms.csv")
    np.testing.assert_allclose(terms[["mi", "tc", "dwkl"]].sum(axis=1), terms["kl"], atol=1e-4)

    house.edit("config.yaml", "decomposed: 100", "decomposed: 90")
    after = {"splitting the KL divergence of sprites", "drawing the parts of the KL divergence of sprites"}
    assert house.planned() == after | {"recording the run", "writing the page"}
