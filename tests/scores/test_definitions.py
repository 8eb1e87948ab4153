"""Each metric against its definition, written down once more in loops."""

import numpy as np
import pytest
from sklearn.ensemble import GradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import mutual_info_score, roc_auc_score
from sklearn.svm import LinearSVC

from curvae.scores import dci, explicitness, factorvae, higgins, mig, modularity, sap
from curvae.scores.heldout import split
from curvae.scores.result import stream

SIZES = (3, 4, 6)
BARE = {"preset": "dlib", "bootstrap": 0, "permutations": 0}


def grid(n, seed):
    rng = np.random.default_rng(seed)
    return rng, np.stack([rng.integers(size, size=n) for size in SIZES], axis=1)


def random(n=2_000):
    rng, factors = grid(n, 1)
    return rng.normal(size=(n, 4)), factors


def rotated(n=2_000):
    rng, factors = grid(n, 2)
    turn = np.linalg.qr(rng.normal(size=(3, 3)))[0]
    return (factors / factors.std(axis=0)) @ turn + 0.1 * rng.normal(size=(n, 3)), factors


def partly_dead(n=2_000):
    codes, factors = rotated(n)
    return np.insert(codes, [1, 3], 0.7, axis=1), factors


CODES = pytest.mark.parametrize("make", [random, rotated, partly_dead])


def twenty_bins(column):
    edges = np.linspace(column.min(), column.max(), 21)
    return np.digitize(column, edges[1:-1])


def naive_information(codes, factors):
    return np.array([[mutual_info_score(twenty_bins(z), v) for v in factors.T] for z in codes.T])


@CODES
def test_mig(make):
    codes, factors = make()
    gaps = []
    for k, column in enumerate(naive_information(codes, factors).T):
        first, second = sorted(column)[-1], sorted(column)[-2]
        gaps.append((first - second) / mutual_info_score(factors[:, k], factors[:, k]))
    assert mig(codes, factors, **BARE).value == pytest.approx(np.mean(gaps), abs=1e-12)


@CODES
def test_modularity(make):
    codes, factors = make()
    values = []
    for row in naive_information(codes, factors):
        best = max(row) ** 2
        others = sum(value**2 for value in row) - best
        values.append(1 - others / (best * (len(row) - 1)) if best > 1e-20 else 0)
    assert modularity(codes, factors, **BARE).value == pytest.approx(np.mean(values), abs=1e-9)
    alive = [value for value in values if value]
    left = modularity(codes, factors, **{**BARE, "preset": "dlib"}, dead="left_out").value
    assert left == pytest.approx(np.mean(alive), abs=1e-9)


def parts(codes, factors):
    """The rows that the metrics learn from and those that they are scored on."""
    settings = {"train": 10_000, "test": 5_000, "max_levels": 50, "factor_bins": 20}
    return split("test", codes, factors, None, rng=stream(0, "sample"), **settings)[1:]


@CODES
def test_sap(make):
    codes, factors = make()
    train, test = parts(codes, factors)
    gaps = []
    for v in factors.T:
        accuracies = []
        for z in codes.T:
            machine = LinearSVC(C=0.01, class_weight="balanced").fit(z[train, None], v[train])
            accuracies.append(np.mean(machine.predict(z[test, None]) == v[test]))
        gaps.append(np.diff(sorted(accuracies))[-1])
    assert sap(codes, factors, **BARE).value == pytest.approx(np.mean(gaps), abs=1e-12)


@CODES
def test_continuous_sap(make):
    codes, factors = make()
    gaps = []
    for v in factors.T:
        squares = [np.corrcoef(z, v)[0, 1] ** 2 if np.ptp(z) else 0 for z in codes.T]
        gaps.append(np.diff(sorted(squares))[-1])
    found = sap(codes, factors, kind="continuous", **BARE)
    assert found.value == pytest.approx(np.mean(gaps), abs=1e-12)


@CODES
def test_explicitness(make):
    codes, factors = make()
    train, test = parts(codes, factors)
    scaled = (codes - codes[train].mean(axis=0)) / np.where(np.ptp(codes, axis=0) > 0, codes[train].std(axis=0), 1)
    areas = []
    for v in factors.T:
        chances = [
            LogisticRegression(max_iter=1_000).fit(scaled[train], v[train] == c).predict_proba(scaled[test])[:, 1]
            for c in np.unique(v)
        ]
        areas.append(np.mean([roc_auc_score(v[test] == c, chance) for c, chance in enumerate(chances)]))
    score = explicitness(codes, factors, **BARE)
    assert score.value == pytest.approx(np.mean(areas), abs=1e-5)
    assert explicitness(codes, factors, bootstrap=0, permutations=0).value == pytest.approx(
        max(0, 2 * score.value - 1), abs=1e-12
    )


@CODES
def test_dci_with_boosted_trees(make):
    codes, factors = make(1_000)
    train, _ = parts(codes, factors)
    importance = np.stack(
        [
            GradientBoostingClassifier(n_estimators=20, random_state=0).fit(codes[train], v[train]).feature_importances_
            for v in factors.T
        ],
        axis=1,
    )
    value, total = 0.0, importance.sum()
    for row in importance:
        if row.sum():
            shares = row / row.sum()
            value += row.sum() / total * (1 + sum(p * np.log(p) / np.log(3) for p in shares if p > 0))
    assert dci(codes, factors, size=20, **BARE).value == pytest.approx(value, abs=0.005)


def agreeing(factors, k, many, rng):
    """Samples that agree in factor k with a random one."""
    level = factors[rng.integers(len(factors)), k]
    return rng.choice(np.flatnonzero(factors[:, k] == level), many)


@CODES
def test_factorvae(make):
    codes, factors = make()
    rng = np.random.default_rng(3)
    spread = codes.std(axis=0, ddof=1)
    active = np.flatnonzero(spread >= 0.05)
    votes = np.zeros((2, codes.shape[1], 3))
    for part, points in enumerate((3_000, 2_000)):
        for _ in range(points):
            k = rng.integers(3)
            batch = codes[agreeing(factors, k, 64, rng)]
            local = [np.var(batch[:, j], ddof=1) / spread[j] ** 2 for j in active]
            votes[part, active[np.argmin(local)], k] += 1
    accuracy = sum(votes[1, j, votes[0, j].argmax()] for j in active) / 2_000
    assert factorvae(codes, factors, **BARE).value == pytest.approx(accuracy, abs=0.06)


@CODES
def test_higgins(make):
    codes, factors = make()
    rng = np.random.default_rng(4)
    alike = [[np.flatnonzero(v == level) for level in range(max(v) + 1)] for v in factors.T]
    points, truth = [], []
    for _ in range(1_500):
        k = rng.integers(3)
        first = rng.integers(len(codes), size=64)
        second = [rng.choice(alike[k][level]) for level in factors[first, k]]
        points.append(np.abs(codes[first] - codes[second]).mean(axis=0))
        truth.append(k)
    model = LogisticRegression(max_iter=1_000).fit(points[:800], truth[:800])
    accuracy = model.score(points[800:], truth[800:])
    assert higgins(codes, factors, **BARE).value == pytest.approx(accuracy, abs=0.06)
