"""One small seeded call of each figure."""

import numpy as np
import pandas as pd
import pytest

from curvae.figures.future import future
from curvae.figures.geodesics import geodesics
from curvae.figures.interpolation import interpolation
from curvae.figures.latent_grid import latent_grid
from curvae.figures.latent_scatter import latent_scatter
from curvae.figures.loss_curves import loss_curves
from curvae.figures.reconstructions import reconstructions
from curvae.figures.regularisation import regularisation
from curvae.figures.score_curves import score_curves
from curvae.figures.traversals import traversals

HEIGHT, WIDTH = 6, 5


def blobs(*lead):
    """Gaussian blobs at seeded places, one an index of the leading axes."""
    x, y = np.random.default_rng(3).uniform(0, WIDTH, (2, *lead, 1, 1))
    rows, columns = np.mgrid[:HEIGHT, :WIDTH]
    return np.exp(-((columns - x) ** 2 + (rows - y) ** 2) / 4)


def history():
    axes = pd.MultiIndex.from_product(
        [range(3), range(1, 5), ["train", "validation"]], names=["member", "epoch", "split"]
    )
    table = axes.to_frame(index=False)
    table["recon"] = 140 + 60 / table["epoch"] + table["member"]
    table["kl"] = 6 - 3 / table["epoch"] + 0.1 * table["member"]
    return table.assign(loss=table["recon"] + table["kl"], beta=1.0, lam=0.0, seed=table["member"])


def panels(latents, betas=(0.01, 0.1), lams=(0.0, 1e-3), samples=12):
    rng = np.random.default_rng(5)
    square = rng.uniform(size=(samples, 2))
    return [
        {
            "beta": beta,
            "lam": lam,
            "codes": rng.normal(size=(samples, latents)),
            "reconstruction": 0.5 + (square - 0.5) * (1 - 6 * beta),
            "quadrant": 2 * (square[:, 1] > 0.5) + (square[:, 0] > 0.5),
        }
        for lam in lams
        for beta in betas
    ]


def errors():
    frame = np.tile(np.arange(1, 6), 2)
    median = 0.3 * frame * np.repeat([1, 4], 5)
    return pd.DataFrame(
        {
            "predictor": np.repeat(["GRU", "last frame"], 5),
            "frame": frame,
            "median": median,
            "low": median / 2,
            "high": median * 2,
        }
    )


def scores():
    table = pd.MultiIndex.from_product(
        [["MIG", "SAP"], [0.5, 1.0, 4.0], [0.0, 1e-3]], names=["metric", "beta", "lam"]
    ).to_frame(index=False)
    value = 0.3 + 0.05 * table["beta"] - 20 * table["lam"]
    return table.assign(value=value, low=value - 0.1, high=value + 0.1, floor=0.02, ceiling=0.9)


def paths():
    rng = np.random.default_rng(7)
    time = np.linspace(0, 1, 9)[:, None]
    ends = rng.uniform(-1, 1, (2, 2, 1, 2))
    straight = (1 - time) * ends[0] + time * ends[1]
    return {
        "magnification": 1 + rng.uniform(size=(4, 5)),
        "z1": np.linspace(-2, 2, 5),
        "z2": np.linspace(-1.5, 1.5, 4),
        "codes": rng.normal(size=(20, 2)),
        "labels": np.arange(20) % 3,
        "curves": straight + 0.3 * np.sin(np.pi * time),
        "straight": straight,
        "converged": np.array([True, False]),
        "films": {"geodesic": blobs(4), "straight": blobs(4)[::-1]},
    }


@pytest.fixture
def examples():
    """Name -> (function, keyword arguments)."""
    rng = np.random.default_rng(11)
    frames = np.array([1, 2, 4])
    return {
        "loss_curves": (loss_curves, {"history": history()}),
        "latent_scatter": (
            latent_scatter,
            {"codes": rng.normal(size=(30, 2)), "labels": np.arange(30) % 10, "label_name": "digit"},
        ),
        "latent_scatter_number": (
            latent_scatter,
            {
                "codes": rng.normal(size=(30, 2)),
                "labels": rng.uniform(size=30),
                "label_name": "ball x [px]",
                "categorical": False,
            },
        ),
        "interpolation": (
            interpolation,
            {"ends": blobs(2, 2), "steps": blobs(2, 3), "end_labels": [["5", "7"], ["0", "1"]]},
        ),
        "latent_grid": (latent_grid, {"images": blobs(3, 3), "values": np.linspace(-2, 2, 3)}),
        "regularisation": (regularisation, {"panels": panels(2)}),
        "regularisation_one_latent": (regularisation, {"panels": panels(1)}),
        "reconstructions": (
            reconstructions,
            {"inputs": blobs(4), "outputs": 0.5 * blobs(4), "titles": ["3", "1", "4", "1"]},
        ),
        "traversals": (
            traversals,
            {
                "images": blobs(2, 3),
                "values": np.array([-2.0, 0.0, 2.0]),
                "notes": ["KL 2.1 nats", "KL 0.0 nats"],
            },
        ),
        "future": (
            future,
            {
                "truth": blobs(3),
                "predictions": {"GRU": 0.9 * blobs(3)},
                "frames": frames,
                "errors": errors(),
                "baselines": ["last frame"],
            },
        ),
        "geodesics": (geodesics, paths()),
        "score_curves": (score_curves, {"table": scores()}),
    }
