"""The published table of the beta-VAE metric, the protocol behind it, and our rows beside it."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray

from curvae.scores.higgins import PRESETS
from curvae.scores.members import score_members, settings_of

SOURCE = "Higgins et al. 2017, beta-VAE: Learning Basic Visual Concepts with a Constrained Variational Framework"

# Accuracy on dSprites and the spread printed with it [1].
PUBLISHED = {
    "ground truth": (1.0, None),
    "raw pixels": (0.4575, 0.008),
    "PCA": (0.849, 0.004),
    "ICA": (0.4203, 0.106),
    "DC-IGN": (0.993, 0.001),
    "InfoGAN": (0.735, 0.009),
    "untrained VAE": (0.4414, 0.025),
    "VAE": (0.6158, 0.005),
    "beta-VAE": (0.9923, 0.001),
}
CLASSES = ("scale", "orientation", "pos_x", "pos_y")  # what the published classifier tells apart
CLASSIFIERS = 3  # runs of the metric a replica, each with its own seed
WIDE = 500  # latents; codes with more of them (raw pixels) keep the paper-like points under "dlib" too, for their cost
PROTOCOLS = ("paper", "dlib")
DLIB, POINTS = PRESETS["dlib"], ("train", "test")
NAMES = {
    "ground_truth": "ground truth",
    "pixels": "raw pixels",
    "pca": "PCA",
    "ica": "ICA",
    "untrained": "untrained VAE",
}
AXES = ("beta", "lam", "d", "activation", "lr", "anneal")
KINDS = {
    "capacity": "controlled capacity",
    "beta_tcvae": "beta-TCVAE",
    "factorvae": "FactorVAE",
    "dip_vae": "DIP-VAE",
    "infovae": "InfoVAE",
    "wae_mmd": "WAE-MMD",
    "wae_gan": "WAE-GAN",
    "dc_ign": "DC-IGN",
    "infogan": "InfoGAN",
    "smooth": "smooth VAE",
}
SUMMARY = (
    *("representation", "row", "protocol", "value", "low", "high"),
    *("spread", "every", "kept", "runs", "train", "test"),
)


def better_half(scores: NDArray) -> NDArray[np.float64]:
    """The better half of all finite scores, the middle one of an odd number included, best first."""
    ranked = np.sort(np.asarray(scores, dtype=np.float64)[np.isfinite(scores)])[::-1]
    return ranked[: (len(ranked) + 1) // 2]


def run_protocols(
    stacks: Sequence[xr.Dataset],
    factors: NDArray,
    *,
    factor_names: Sequence[str],
    classes: Sequence[str] = CLASSES,
    samples: int,
    seed: int,
    settings: Mapping[str, Any],
    dead: float = 0.0,
) -> pd.DataFrame:
    """The beta-VAE metric of every member, once as disentanglement_lib has it and once as the paper.

    "dlib" is the preset of that name on all factors, with its own 10,000 and 5,000 points of 64 pairs, a classifier of
    up to 100 steps and one run a member. "paper" tells the factors `classes` apart, on the points of the study, with a
    classifier on raw inputs too but of up to 1,000 steps, three runs a member with seeds of their own: of the halves,
    the pairs and so of what the classifier learns from. No run of one protocol has a seed of the other. Codes of more
    than 500 latents have the study's points under "dlib" as well; the columns train and test say so.

    Args:
        stacks: see `score_members`.
        factors: [sample, factor].
        factor_names: names of the factors.
        classes: factors of the protocol "paper".
        samples: number of samples used at most.
        seed: of the first run of "paper"; "dlib" has the one after the last.
        settings: of `higgins`, without the preset.
        dead: see `score_members`.

    Returns:
        One row a run: the member's axes, value, low, high (of "dlib" alone), n, d, protocol, run (0, 1, 2), train and
        test (points).

    Raises:
        ValueError: a class that is no factor.
    """
    unknown = [name for name in classes if name not in factor_names]
    if unknown:
        raise ValueError(f"classes = {unknown[0]!r}: allowed: {', '.join(factor_names)}")
    told = factors[:, [list(factor_names).index(name) for name in classes]]
    tables = []
    for stack in stacks:
        wide = stack.sizes["latent"] > WIDE
        dlib = dict(settings) if wide else {"bootstrap": settings.get("bootstrap", DLIB.bootstrap)}
        paper = {**settings, "bootstrap": 0, "standardise": False}
        runs = [("dlib", 0, CLASSIFIERS, factors, factor_names, {**dlib, "preset": "dlib"})]
        runs += [("paper", run, run, told, classes, paper) for run in range(CLASSIFIERS)]
        for protocol, run, further, truth, names, chosen in runs:
            table = score_members(
                [stack],
                truth,
                samples=samples,
                seed=seed + further,
                factor_names=names,
                settings={"higgins": {**chosen, "permutations": 0}},
                dead=dead,
            )
            kept = [name for name in table if name not in ("metric", "floor", "ceiling", "warnings")]
            kept += [name for name in ("value", "low", "high") if name not in kept]  # all members diverged
            points = {name: chosen.get(name, getattr(DLIB, name)) for name in POINTS}
            tables.append(table.reindex(columns=kept).assign(protocol=protocol, run=run, **points))
    return pd.concat(tables, ignore_index=True)


def plain_settings(given: Mapping[str, Any]) -> dict[str, Any]:
    """Settings of `higgins` for `run_protocols`, taken from those that a study gives for all metrics."""
    return {name: value for name, value in settings_of(["higgins"], given)["higgins"].items() if name != "preset"}


def baseline_names(table: pd.DataFrame) -> pd.DataFrame:
    """Baselines under their published names: `run_protocols` of stacks with the axis ``representation``."""
    names = table["representation"].map(NAMES)
    return table.assign(representation=names, row=names)


def named(table: pd.DataFrame, objective: str) -> pd.DataFrame:
    """Members with the name of what they are, and the published row that they are to be held against.

    Args:
        table: of `run_protocols`, for members of a sweep: ``beta`` and further axes.
        objective: kind of the experiment's objective, that of VAE and beta-VAE is "elbo"; where the posterior is no
            diagonal Gaussian, its kind stands behind: "elbo (layered)".

    Returns:
        The table with ``objective``; ``representation``, which tells the axes apart that have several values (seeds
        aside); and ``row``, a key of `PUBLISHED` or "" (objectives and posteriors that are not there, beta below 1).
    """
    varied = [name for name in AXES if name in table and (name == "beta" or len(table[name].unique()) > 1)]
    base, _, posterior = objective.partition(" ")
    names, rows = [], []
    for member in table[varied].to_dict("records"):
        kind = KINDS.get(base) or ("VAE" if member["beta"] == 1 else "beta-VAE")
        kind = " ".join(filter(None, (kind, posterior)))
        said = [
            f"{axis} = {value:g}" if isinstance(value, float) else f"{axis} = {value}"
            for axis, value in member.items()
            if (axis, value) != ("beta", 1) or kind not in PUBLISHED
        ]
        names.append(", ".join([kind, *said]))
        rows.append(kind if kind in PUBLISHED and (kind != "beta-VAE" or member["beta"] > 1) else "")
    return table.assign(objective=objective, representation=names, row=rows)


def summarise_protocols(runs: pd.DataFrame) -> pd.DataFrame:
    """One row a representation and protocol.

    Under "paper" the worse half of all runs (replicas times classifiers) is discarded: the value is the mean of the
    others, the interval their range. Under "dlib" the value is the mean over replicas, the interval the range of the
    replicas, or the bootstrap's where there is one replica.

    Args:
        runs: rows of `run_protocols` with ``representation`` and ``row``.

    Returns:
        representation, row, protocol, value, low, high, spread (standard deviation of the runs kept), every (mean of
        all runs), kept and runs (their numbers), train and test (points of a run).
    """
    rows = []
    runs = runs.assign(row=runs["row"].astype(object).fillna(""))  # empty text comes back from a CSV as NaN
    for (name, row, protocol), group in runs.groupby(["representation", "row", "protocol"], sort=False):
        every = group["value"].to_numpy()
        every = every[np.isfinite(every)]
        kept = better_half(every) if protocol == "paper" else every
        value = low = high = spread = mean = np.nan
        if len(kept):
            value, mean = kept.mean(), every.mean()
            low, high = (kept.min(), kept.max()) if len(every) > 1 else (group["low"].mean(), group["high"].mean())
            spread = kept.std(ddof=1) if len(kept) > 1 else np.nan
        points = group[list(POINTS)].iloc[0]
        rows.append((name, row, protocol, value, low, high, spread, mean, len(kept), len(group), *points))
    return pd.DataFrame(rows, columns=SUMMARY)


def beside_published(summary: pd.DataFrame) -> pd.DataFrame:
    """Our rows with the published number, and rows for what was published and is not here.

    Args:
        summary: of `summarise_protocols`.

    Returns:
        The columns of `summary`, published, published_spread and distance (value - published), in the order of the
        published table; rows that were not published come last.
    """
    absent = [name for name in PUBLISHED if name not in set(summary["row"])]
    missing = pd.DataFrame({"representation": absent, "row": absent, "protocol": "published only"})
    table = pd.concat([summary, missing], ignore_index=True)
    order = {name: place for place, name in enumerate(PUBLISHED)}
    table = table.sort_values("row", key=lambda row: row.map(order).fillna(len(order)), kind="stable")
    numbers = [PUBLISHED.get(row, (np.nan, np.nan)) for row in table["row"]]
    published, spread = np.array(numbers, dtype=float).reshape(-1, 2).T
    table = table.assign(published=published, published_spread=spread, distance=table["value"] - published)
    return table.reset_index(drop=True)
