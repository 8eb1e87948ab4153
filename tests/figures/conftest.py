"""One small seeded call of each figure."""

import numpy as np
import pandas as pd
import pytest

from curvae.figures.adversarial_curves import adversarial_curves
from curvae.figures.attribute_edits import attribute_edits
from curvae.figures.between import between
from curvae.figures.clusters import clusters
from curvae.figures.directions import directions
from curvae.figures.factor_latents import factor_latents
from curvae.figures.future import future
from curvae.figures.geodesics import geodesics
from curvae.figures.interpolation import interpolation
from curvae.figures.kl_terms import kl_terms
from curvae.figures.latent_grid import latent_grid
from curvae.figures.latent_scatter import latent_scatter
from curvae.figures.latent_sizes import latent_sizes
from curvae.figures.loss_curves import loss_curves
from curvae.figures.metric_agreement import metric_agreement
from curvae.figures.metric_schematic import metric_schematic
from curvae.figures.mixtures import mixtures
from curvae.figures.phase_portraits import phase_portraits
from curvae.figures.position_errors import position_errors
from curvae.figures.random_walks import random_walks
from curvae.figures.reconstructions import reconstructions
from curvae.figures.regularisation import regularisation
from curvae.figures.samples import sample_paths, samples
from curvae.figures.score_curves import score_curves
from curvae.figures.score_table import score_table
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


def players():
    table = history().assign(spread=np.nan, critic=lambda t: 0.5 + 0.1 / t["epoch"], loss=lambda t: 0.8 + 0 * t["kl"])
    table.loc[table["split"] == "validation", "spread"] = 0.4
    return table.drop(columns=["recon", "kl"])


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


def edits():
    table = pd.MultiIndex.from_product(
        [[0, 1], ["slant", "width"], ["slant", "width"], [-1.0, 0.0, 1.0]],
        names=["seed", "edited", "attribute", "strength"],
    ).to_frame(index=False)
    own = table["edited"] == table["attribute"]
    return table.assign(shift=(1 + table["strength"]) * np.where(own, 1.0, 0.2) + 0.1 * table["seed"])


def scores():
    table = pd.MultiIndex.from_product(
        [["MIG", "SAP"], [0.5, 1.0, 4.0], [0.0, 1e-3]], names=["metric", "beta", "lam"]
    ).to_frame(index=False)
    value = 0.3 + 0.05 * table["beta"] - 20 * table["lam"]
    return table.assign(value=value, low=value - 0.1, high=value + 0.1, floor=0.02, ceiling=0.9)


def published():
    """As curvae.scores.published.beside_published makes it, a row of each kind."""
    rows = [
        ("PCA", "PCA", "dlib", 0.7, 0.65, 0.72, 0.849, 0.004),
        ("PCA", "PCA", "paper", 0.9, 0.88, 0.91, 0.849, 0.004),
        ("DC-IGN", "DC-IGN", "published only", None, None, None, 0.993, 0.001),
        ("factorvae, beta = 9", "", "paper", 0.8, 0.7, 0.9, None, None),
    ]
    names = ["representation", "row", "protocol", "value", "low", "high", "published", "published_spread"]
    table = pd.DataFrame(rows, columns=names).assign(kept=2, runs=3)
    return table.astype(dict.fromkeys(names[3:], float))


def terms():
    table = pd.MultiIndex.from_product([[0.5, 1.0, 4.0], [0.0, 1e-3], [0, 1]], names=["beta", "lam", "seed"])
    table = table.to_frame(index=False)
    parts = {"mi": 4 / table["beta"], "tc": 1 + 0.1 * table["seed"], "dwkl": 2 / table["beta"]}
    return table.assign(
        **parts, kl=sum(parts.values()), mi_error=0.01, tc_error=0.02, dwkl_error=0.03, n=100, warnings=""
    )


def shares():
    table = pd.MultiIndex.from_product([[1, 2, 3], ["x", "shape"]], names=["latent", "factor"]).to_frame(index=False)
    share = np.array([0.1, 0.0, 0.9, 0.2, 0.3, 0.7])
    return table.assign(share=share, low=share - 0.05, high=share + 0.05, floor=0.01)


def agreement():
    rows = [
        ("mig", "sap", 0.9, 0.5, 0.99, 8),
        ("mig", "dci", -0.3, -0.8, 0.5, 8),
        ("sap", "dci", np.nan, None, None, 2),
    ]
    return pd.DataFrame(rows, columns=["first", "second", "rho", "low", "high", "members"])


def steps():
    differences = np.array([[0.1, 1.2, 1.0], [1.1, 0.2, 1.0]])
    return {
        "pairs": blobs(2, 2),
        "differences": differences,
        "low": 0.9 * differences,
        "high": 1.1 * differences,
        "accuracies": np.array([0.9, 0.6]),
        "accuracies_low": np.array([0.8, 0.5]),
        "accuracies_high": np.array([0.95, 0.7]),
        "factors": ["x", "shape"],
        "value": 0.75,
        "batch": 64,
    }


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
        "films": {"geodesic": blobs(4), "straight": blobs(4)[::-1], "spherical": blobs(4)},
        "lengths": {"geodesic": 1.5, "straight": 2.0, "spherical": 2.25},
    }


def kept():
    table = pd.MultiIndex.from_product([[1, 2, 3], [0, 1]], names=["latent", "seed"]).to_frame(index=False)
    median = 4.0 / table["latent"] ** 3 + 0.1 * table["seed"]
    return table.assign(median=median, q99=4 * median, excess=10 * median, tear=2.0)


def walked():
    """Codes, a field and walks over it."""
    field = {name: paths()[name] for name in ("magnification", "z1", "z2", "codes")}
    walks = np.random.default_rng(8).normal(scale=0.1, size=(2, 3, 7, 2)).cumsum(axis=2)
    return field | {
        "walks": {"brownian": walks[0], "euclidean": walks[1]},
        "empty": {"brownian": 0.1, "euclidean": 0.4},
    }


def clustered():
    truth = np.arange(20) % 3
    region = np.arange(20).reshape(4, 5) % 3
    return {name: paths()[name] for name in ("codes", "z1", "z2")} | {
        "truth": truth,
        "found": {"Riemannian": truth, "Euclidean": truth[::-1]},
        "region": {"Riemannian": region, "Euclidean": region[::-1]},
        "scores": {"Riemannian": (0.9, 0.85, 0.95), "Euclidean": (0.7, np.nan, np.nan)},
        "names": {0: "left", 1: "right", 2: "middle"},
    }


def mixed():
    rng = np.random.default_rng(9)
    density, points = rng.normal(size=(2, 4, 5)), rng.normal(size=(2, 6, 2))
    far = np.abs(points[:, :, None] - points[:, None]).sum(-1)
    return {name: paths()[name] for name in ("codes", "labels", "z1", "z2")} | {
        "log_density": {"LAND": density[0], "Gaussian": density[1]},
        "samples": {"LAND": points[0], "Gaussian": points[1]},
        "distances": {"Riemannian": far[0], "Euclidean": far[1]},
        "groups": np.array([0, 0, 1, 1, 1, 2]),
        "held_out": {"LAND": (-1.0, -1.2, -0.8), "Gaussian": (-1.1, -1.3, -0.9)},
    }


def moves():
    names = ("steps", "posterior", "codes")
    rows = [("share", name, f"z{k}", 0.5) for name in names for k in (1, 2)]
    rows += [("spectrum", name, str(k), 1 / k) for name in names for k in (1, 2)]
    for way in ("likeliest", "unlikeliest"):
        rows += [(f"agreement {way}", *pair, 0.8) for pair in (("steps", "posterior"), ("chance", ""))]
    table = pd.DataFrame(rows, columns=["statistic", "definition", "axis", "value"])
    table = table.assign(low=table["value"] - 0.05, high=table["value"] + 0.05)
    return {"table": table, "film": blobs(2, 5), "moves": np.linspace(-1, 1, 5)}


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
        "latent_sizes": (latent_sizes, {"table": kept()}),
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
        "position_errors": (
            position_errors,
            {
                "errors": errors().assign(least=lambda t: t["low"], most=lambda t: t["high"]),
                "baselines": ["last frame"],
            },
        ),
        "phase_portraits": (
            phase_portraits,
            {
                "truth": np.eye(4)[:, :3],
                "predictions": {"GRU": 0.9 * np.eye(4)[:, :3], "lost": np.full((4, 3), np.nan)},
            },
        ),
        "geodesics": (geodesics, paths()),
        "random_walks": (random_walks, walked()),
        "clusters": (clusters, clustered()),
        "mixtures": (mixtures, mixed()),
        "directions": (directions, moves()),
        "attribute_edits": (
            attribute_edits,
            {
                "images": blobs(2, 3, 2),
                "names": ["slant", "width"],
                "strengths": np.array([-1.0, 0.0, 1.0]),
                "edits": edits(),
            },
        ),
        "between": (
            between,
            {
                "steps": blobs(2, 2, 3),
                "names": ["one", "other"],
                "table": pd.MultiIndex.from_product(
                    [["one", "other"], [0.0, 0.5, 1.0], [0, 1]], names=["experiment", "fraction", "seed"]
                )
                .to_frame(index=False)
                .assign(sharpness=lambda t: 0.5 + 0.1 * t["seed"], distance=lambda t: 0.1 * t["fraction"]),
            },
        ),
        "samples": (samples, {"images": blobs(2, 3)}),
        "sample_paths": (sample_paths, {"steps": blobs(2, 3)}),
        "adversarial_curves": (adversarial_curves, {"history": players(), "floors": {"critic": 0.325, "loss": 0.673}}),
        "score_curves": (score_curves, {"table": scores()}),
        "score_table": (score_table, {"table": published(), "chance": {"paper": 0.25, "dlib": 0.2}}),
        "kl_terms": (kl_terms, {"table": terms()}),
        "factor_latents": (factor_latents, {"table": shares(), "kl": np.array([0.002, 3.0, 5.0]), "dead": 0.01}),
        "metric_agreement": (metric_agreement, {"table": agreement()}),
        "metric_schematic": (metric_schematic, steps()),
    }
