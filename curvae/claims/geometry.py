"""What the study asserts about the geometry of latent space (Pyle 2019, after Arvanitidis et al. 2018)."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from curvae.claims.claim import Claim, Evidence, NotTestable, judge, judge_all, require
from curvae.words import counted

SOURCE, ODDITY = "Pyle 2019", "Arvanitidis et al. 2018"
LIMIT = 0.05  # share of a walk's points that may lie off the data
MOST_REFUSED = 0.5  # share of the steps that walks may refuse: beyond that they show the box

Table = pd.DataFrame | None


def geometry_claims(
    geodesics: pd.DataFrame,
    groups: Table = None,
    mixtures: Table = None,
    walks: Table = None,
    distances: Table = None,
    collapsed: str = "",
    seed: int = 0,
) -> list[dict[str, Any]]:
    """One row a claim about one decoder's geometry.

    What is repeated: of geodesics a decoder, for its pairs share their errors (without a column ``seed`` all
    pairs are of one, and the interval is the value); of groups a draw of codes; of mixtures a set of classes; of
    walks a path. All but the first are of one decoder.

    Args:
        geodesics: one row a pair of codes: length, straight_length (of the straight latent line, in the
            same metric), converged, empty_geodesic, empty_straight.
        groups: one row a subset, draw, method, distance and score: value.
        mixtures: one row a subset and model: gain (log-density of LAND less Gaussian [nats/code]), status.
        walks: one row a walk and path: empty, refused (share of its steps that would have left the box).
        distances: one row a statistic of all distances between some codes: value.
        collapsed: why the decoder's codes say nothing, which makes every claim untestable.
        seed: of the bootstrap.

    Raises:
        ValueError: a column is missing.
    """
    require("geodesics", geodesics, ("length", "straight_length", "converged", "empty_geodesic", "empty_straight"))
    columns = {
        "groups": (groups, ("subset", "draw", "method", "distance", "score", "value")),
        "mixtures": (mixtures, ("subset", "model", "gain", "status")),
        "walks": (walks, ("walk", "path", "empty", "refused")),
        "distances": (distances, ("statistic", "value")),
    }
    for name, (table, needed) in columns.items():
        if table is not None:
            require(name, table, needed)
    if collapsed:
        return [judge(claim, (), seed, collapsed) for claim, _ in CLAIMS]
    return judge_all(CLAIMS, geodesics, groups, mixtures, walks, distances, seed=seed)


def collapse_of(manifest: Mapping[str, Any], member: int) -> str:
    """Why the codes of a trained member say nothing of its images; empty where they do.

    Args:
        manifest: of its training.
        member: its place there.
    """
    return "; ".join(
        f"the autoencoder collapsed in epoch {found['epoch']}: KL {found['kl']:.2g} nats"
        for found in manifest["collapsed"]
        if found["member"] == member and "kl" in found
    )


def saving(geodesics: pd.DataFrame, *_: Table) -> Evidence:
    """Median over converged pairs of 1 - length / straight length."""
    sound = [pairs[pairs["converged"].astype(bool)] for pairs in _decoders(geodesics)]
    gains = [(1 - pairs["length"] / pairs["straight_length"]).to_numpy() for pairs in sound]
    if not (pooled := np.concatenate(gains)).size:
        raise NotTestable("no pair converged")
    low, high = np.quantile(pooled, [0.25, 0.75])
    note = f"quartiles over {counted(pooled.size, 'converged pair')}: {low:.3f}, {high:.3f}"
    return Evidence([np.median(gain) if gain.size else np.nan for gain in gains], note, "decoder")


def solved(geodesics: pd.DataFrame, *_: Table) -> Evidence:
    """Share of the pairs whose curve solves the geodesic equation."""
    shares = [pairs["converged"].astype(bool).mean() for pairs in _decoders(geodesics)]
    return Evidence(shares, counted(len(geodesics), "pair"), "decoder")


def longer_than_detours(
    geodesics: pd.DataFrame, groups: Table, mixtures: Table, walks: Table, distances: Table
) -> Evidence:
    """Largest share by which a distance exceeds the way over a third code; no least distance does."""
    if distances is None:
        raise NotTestable("no distances between codes")
    said = distances.set_index("statistic")["value"]
    note = f"{said['pairs']:.0f} distances, {said['converged']:.2%} converged"
    return Evidence([said["triangle violation"]], note, "decoder")


def less_empty(geodesics: pd.DataFrame, *_: Table) -> Evidence:
    """Empty share of the straight line less that of the geodesic, mean over pairs."""
    both = [pairs["empty_straight"].mean() - pairs["empty_geodesic"].mean() for pairs in _decoders(geodesics)]
    straight, bent = geodesics["empty_straight"].mean(), geodesics["empty_geodesic"].mean()
    note = f"mean empty share of lines {straight:.4f}, of geodesics {bent:.4f}; {counted(len(geodesics), 'pair')}"
    return Evidence(both, note, "decoder")


def riemannian_lead(method: str, score: str) -> Callable[..., Evidence]:
    """Measure of a score under the Riemannian distance less that under the Euclidean one, a draw each."""

    def measure(geodesics: pd.DataFrame, groups: Table, *_: Table) -> Evidence:
        if groups is None:
            raise NotTestable("no groups of codes were told apart")
        rows = groups[(groups["method"] == method) & (groups["score"] == score)]
        table = rows.pivot_table(index=["subset", "draw"], columns="distance", values="value")
        if not {"Riemannian", "Euclidean"} <= set(table):
            raise NotTestable(f"no {score} of {method} by both distances")
        means = ", ".join(f"{name} {table[name].mean():.3f}" for name in ("Riemannian", "Euclidean"))
        return Evidence((table["Riemannian"] - table["Euclidean"]).to_numpy(), f"means over draws: {means}", "draw")

    return measure


def land_gain(geodesics: pd.DataFrame, groups: Table, mixtures: Table, walks: Table, *_: Table) -> Evidence:
    """Gain of LAND over the Gaussian mixture, a set of classes each; no number where LAND did not converge."""
    if mixtures is None:
        raise NotTestable("no mixtures were fitted")
    rows = mixtures[mixtures["model"] == "LAND"]
    note = "; ".join(f"classes {s}: {t}" for s, t in zip(rows["subset"], rows["status"], strict=True))
    if not (rest := rows["status"] == "converged").any():
        raise NotTestable(f"no LAND came to rest; {note}")
    return Evidence(rows["gain"].where(rest), note, "class set")


def empty_share(geodesics: pd.DataFrame, groups: Table, mixtures: Table, walks: Table, *_: Table) -> Evidence:
    """Empty share of Brownian paths by the metric, a path each."""
    own = _walk(walks, "brownian")
    other = walks.loc[walks["walk"] == "euclidean", ["empty", "refused"]].median()
    note = f"Euclidean walks: {other['empty']:.3f}, of their steps {other['refused']:.0%} refused"
    return Evidence(own, note, "path")


def empty_lead(geodesics: pd.DataFrame, groups: Table, mixtures: Table, walks: Table, *_: Table) -> Evidence:
    """Empty share of Euclidean paths less that of Brownian paths by the metric from the same start."""
    pairs = pd.concat([_walk(walks, "euclidean"), _walk(walks, "brownian")], axis=1, join="inner")
    return Evidence(pairs.iloc[:, 0] - pairs.iloc[:, 1], repeats="path")


def _walk(walks: Table, name: str) -> pd.Series:
    if walks is None:
        raise NotTestable("no walks")
    own = walks[walks["walk"] == name].set_index("path").sort_index()
    if own.empty:
        raise NotTestable(f"no {name} walks")
    if (share := own["refused"].mean()) > MOST_REFUSED:
        raise NotTestable(f"{share:.0%} of the steps of {name} walks would have left the box and were not taken")
    return own["empty"]


def _decoders(geodesics: pd.DataFrame) -> list[pd.DataFrame]:
    if geodesics.empty:
        raise NotTestable("no pair of codes")
    return [pairs for _, pairs in geodesics.groupby("seed")] if "seed" in geodesics else [geodesics]


CLAIMS = (
    (
        Claim(
            *("geometry.shorter", SOURCE),
            "A straight latent line is not the shortest way: geodesics are shorter.",
            "share of the straight line's length that the geodesic saves, median over pairs",
            *("1", ">=", 0.01),
        ),
        saving,
    ),
    (
        Claim(
            *("geometry.solved", SOURCE),
            "The way of least distance between any two points can be found.",
            "share of the pairs whose geodesic converged",
            *("1", ">=", 0.99),
        ),
        solved,
    ),
    (
        Claim(
            *("geometry.least", SOURCE),
            "The way found is the least: none over a third code is shorter.",
            "largest share by which a distance exceeds the sum of two over a third code",
            *("1", "<=", 1e-3),
        ),
        longer_than_detours,
    ),
    (
        Claim(
            *("geometry.less_empty", SOURCE),
            "Geodesics cross less empty space than straight lines.",
            "empty share of the straight line less that of the geodesic, mean over pairs",
            *("1", ">=", 1e-4),
        ),
        less_empty,
    ),
    (
        Claim(
            *("geometry.kmeans", ODDITY),
            "k-means finds the classes better by the Riemannian distance than by the Euclidean one.",
            "F-measure gained",
            *("1", ">=", 0.05),
        ),
        riemannian_lead("k-means", "F-measure"),
    ),
    (
        Claim(
            *("geometry.kmedoids", ODDITY),
            "k-medoids finds the classes better by the Riemannian distance than by the Euclidean one.",
            "F-measure gained",
            *("1", ">=", 0.05),
        ),
        riemannian_lead("k-medoids", "F-measure"),
    ),
    (
        Claim(
            *("geometry.neighbours", ODDITY),
            "Seven nearest neighbours classify better by the Riemannian distance than by the Euclidean one.",
            "leave-one-out accuracy gained",
            *("1", ">=", 0.01),
        ),
        riemannian_lead("neighbours", "accuracy"),
    ),
    (
        Claim(
            *("geometry.land", ODDITY),
            "Locally adaptive normal distributions describe codes better than Gaussian mixtures.",
            "log-density of held-out codes gained",
            *("nats/code", ">=", 0.0),
        ),
        land_gain,
    ),
    (
        Claim(
            *("geometry.walks", ODDITY),
            "Random walks by the metric stay near the data.",
            "share of a walk's points farther from the nearest code than 99 % of the codes are from each other",
            *("1", "<=", LIMIT),
        ),
        empty_share,
    ),
    (
        Claim(
            *("geometry.walks_lead", ODDITY),
            "Random walks by the metric stay nearer to the data than Euclidean ones.",
            "share of a walk's points off the data: Euclidean less Riemannian",
            *("1", ">=", 0.1),
        ),
        empty_lead,
    ),
)
