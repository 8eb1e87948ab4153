"""Seconds of the seven classic metrics beside direct loops over their definitions, in one run.

    python benchmarks/scores.py [--threads 2] [--samples 10000] [--latents 10] [--boosted]

Factors have 3, 6, 40, 32 and 32 levels. curvae's seconds are those of a whole score: value, interval, floor and
ceiling; "value alone" leaves interval and floor out. The loops are written here after the definitions behind
disentanglement_lib's defaults, one point or one classifier at a time, and give the value alone; they are no library's
code. `--boosted` times boosted trees as well (minutes).
"""

import argparse
import platform
import time
import warnings
from collections.abc import Callable

import numpy as np
import sklearn
from numpy.typing import NDArray
from sklearn.ensemble import GradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import mutual_info_score, roc_auc_score
from sklearn.svm import LinearSVC
from threadpoolctl import threadpool_limits

from curvae.scores import METRICS
from curvae.scores.dci import disentanglement
from curvae.scores.discretise import equal_width_bins, standardise

SIZES = (3, 6, 40, 32, 32)
CLASSIC = ("higgins", "factorvae", "mig", "sap", "dci", "modularity", "explicitness")


def make(samples: int, latents: int) -> tuple[NDArray, NDArray]:
    """Codes that mix the factors, with noise and latents of pure noise; and the factors."""
    rng = np.random.default_rng(0)
    factors = np.stack([rng.integers(size, size=samples) for size in SIZES], axis=1)
    mixed = standardise(factors) @ rng.normal(size=(len(SIZES), latents))
    mixed[:, latents // 2 :] = 0
    return mixed + 0.3 * rng.normal(size=mixed.shape), factors


def points(codes: NDArray, factors: NDArray, number: int, of: Callable[[NDArray, NDArray, NDArray], object]) -> list:
    """(what `of` makes of two batches of 64 that agree in a factor, and of a free one; the factor), point by point."""
    rng, found = np.random.default_rng(1), []
    for _ in range(number):
        k = rng.integers(factors.shape[1])
        alike = np.flatnonzero(factors[:, k] == factors[rng.integers(len(factors)), k])
        found.append((of(codes[rng.choice(alike, 64)], codes[rng.choice(alike, 64)], codes), k))
    return found


def loop_higgins(codes: NDArray, factors: NDArray) -> float:
    """Accuracy of logistic regression on mean absolute differences."""
    found = points(codes, factors, 15_000, lambda first, second, _: np.abs(first - second).mean(axis=0))
    inputs, held = np.stack([point for point, _ in found]), np.array([k for _, k in found])
    return LogisticRegression().fit(inputs[:10_000], held[:10_000]).score(inputs[10_000:], held[10_000:])


def loop_factorvae(codes: NDArray, factors: NDArray) -> float:
    """Share of held-out points whose latent of least variance stands for their factor."""
    spread = codes.var(axis=0, ddof=1)
    found = points(codes, factors, 15_000, lambda first, *_: np.argmin(first.var(axis=0, ddof=1) / spread))
    votes = np.zeros((codes.shape[1], factors.shape[1]))
    for j, k in found[:10_000]:
        votes[j, k] += 1
    return float(np.mean([votes[j].argmax() == k for j, k in found[10_000:]]))


def information(codes: NDArray, factors: NDArray) -> NDArray:
    """[d, k] mutual information of 20 equal-width bins, pair by pair."""
    return np.array([[mutual_info_score(equal_width_bins(z, 20), v) for v in factors.T] for z in codes.T])


def loop_mig(codes: NDArray, factors: NDArray) -> float:
    """Gap of the top two latents over the entropy of each factor."""
    gaps = np.diff(np.sort(information(codes, factors), axis=0), axis=0)[-1]
    return float(np.mean(gaps / [mutual_info_score(v, v) for v in factors.T]))


def loop_modularity(codes: NDArray, factors: NDArray) -> float:
    """One minus the squared information outside a latent's factor."""
    squares = np.sort(information(codes, factors) ** 2, axis=1)
    return float(np.mean(1 - squares[:, :-1].sum(axis=1) / squares[:, -1] / (squares.shape[1] - 1)))


def loop_sap(codes: NDArray, factors: NDArray) -> float:
    """Gap of the top two held-out accuracies of a linear machine on one latent."""
    cut = len(codes) * 2 // 3
    machine = LinearSVC(C=0.01, class_weight="balanced")
    table = [[machine.fit(z[:cut, None], v[:cut]).score(z[cut:, None], v[cut:]) for v in factors.T] for z in codes.T]
    return float(np.diff(np.sort(table, axis=0), axis=0)[-1].mean())


def loop_dci(codes: NDArray, factors: NDArray) -> float:
    """Disentanglement of the importances of boosted trees."""
    cut = len(codes) * 2 // 3
    trees = [GradientBoostingClassifier().fit(codes[:cut], v[:cut]).feature_importances_ for v in factors.T]
    return disentanglement(np.stack(trees, axis=1))


def loop_explicitness(codes: NDArray, factors: NDArray) -> float:
    """Mean area under the ROC curve of one logistic regression a level."""
    cut, areas = len(codes) * 2 // 3, []
    learnt, unseen = standardise(codes[:cut]), standardise(codes[cut:], codes[:cut])
    for v in factors.T:
        fits = [(LogisticRegression().fit(learnt, v[:cut] == c), c) for c in np.unique(v)]
        areas.append(np.mean([roc_auc_score(v[cut:] == c, fit.decision_function(unseen)) for fit, c in fits]))
    return float(np.mean(areas))


LOOPS = {name: globals()[f"loop_{name}"] for name in CLASSIC}


def timed(run: Callable[[], object]) -> tuple[float, object]:
    """Seconds and result."""
    began = time.perf_counter()
    found = run()
    return time.perf_counter() - began, found


def main() -> None:
    """Print the table of docs/scores.md."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--threads", type=int, default=2, help="threads of every contestant (default: 2)")
    parser.add_argument("--samples", type=int, default=10_000)
    parser.add_argument("--latents", type=int, default=10)
    parser.add_argument("--bootstrap", type=int, default=200)
    parser.add_argument("--permutations", type=int, default=2)
    parser.add_argument("--boosted", action="store_true", help="time boosted trees as well (minutes)")
    given = parser.parse_args()
    warnings.simplefilter("ignore")
    codes, factors = make(given.samples, given.latents)
    print(
        f"{given.threads} threads, {platform.machine()}, scikit-learn {sklearn.__version__}; codes "
        f"{given.samples} x {given.latents}, preset dlib (DCI: forest of 50), bootstrap {given.bootstrap}, "
        f"permutations {given.permutations}\n"
    )
    print("| metric | value | interval | floor | ceiling | seconds | value alone | loop: value | loop: seconds |")
    print("|---|---|---|---|---|---|---|---|---|")
    whole = alone = direct = 0.0
    shared = {"preset": "dlib", "bootstrap": given.bootstrap, "permutations": given.permutations}
    with threadpool_limits(given.threads):
        for name in CLASSIC:
            settings = shared | ({"trees": "forest", "size": 50} if name == "dci" else {})
            seconds, score = timed(lambda n=name, s=settings: METRICS[n](codes, factors, **s))
            bare = settings | {"bootstrap": 0, "permutations": 0}
            value_alone, _ = timed(lambda n=name, s=bare: METRICS[n](codes, factors, **s))
            low, high = score.interval
            row = f"{score.value:.3f} | {low:.3f} to {high:.3f} | {score.floor:.3f} | {score.ceiling:.3f}"
            cells = "not run | "
            if name != "dci" or given.boosted:
                peer, value = timed(lambda n=name: LOOPS[n](codes, factors))
                direct, cells = direct + peer, f"{value:.3f} | {peer:.2f}"
            whole, alone = whole + seconds, alone + value_alone
            print(f"| {name} | {row} | {seconds:.2f} | {value_alone:.2f} | {cells} |", flush=True)
    print(f"| all | | | | | {whole:.1f} | {alone:.1f} | | {direct:.1f} |")


if __name__ == "__main__":
    main()
