"""Seconds of the seven classic metrics beside another package's, in one run.

    PYTHONPATH=. python benchmarks/scores.py [--threads 2] [--samples 10000] [--latents 10] [--boosted] [--write]

Factors have 3, 6, 40, 32 and 32 levels; preset `dlib`, but for DCI the preset `fast`. curvae's seconds are those of a
whole score: value, interval, floor and ceiling; "value alone" leaves interval and floor out. MIG, SAP, FactorVAE and
DCI are timed beside those of disent (ports of disentanglement_lib's), where it is installed (`pip install
disent==0.8.0`); the other metrics, and all of them without it, beside direct loops over the definitions behind
disentanglement_lib's defaults, one point or one classifier at a time, written for this. Neither has more than the
value. Trees boosted for every factor take minutes and are timed with `--boosted` only.
"""

import argparse
import time
import warnings
from collections.abc import Callable
from datetime import date
from typing import NamedTuple

import numpy as np
import sklearn
from numpy.typing import NDArray
from page import command, processor, put
from sklearn.ensemble import GradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import mutual_info_score, roc_auc_score
from sklearn.svm import LinearSVC
from threadpoolctl import threadpool_limits

from curvae.scores import METRICS
from curvae.scores.dci import disentanglement
from curvae.scores.discretise import equal_width_bins, standardise

try:
    from disent.metrics import metric_factor_vae
    from disent.metrics._dci import _compute_dci
    from disent.metrics._mig import _compute_mig
    from disent.metrics._sap import _compute_sap
except ImportError as reason:
    PEER, WITHOUT = "", str(reason)
else:
    PEER, WITHOUT = "disent", ""

SIZES = (3, 6, 40, 32, 32)
CLASSIC = ("higgins", "factorvae", "mig", "sap", "dci", "modularity", "explicitness")


class Coded:
    """Codes that mix the factors, with noise and latents of pure noise; a data set whose observations are codes.

    Args:
        samples: number of samples.
        latents: number of latents.
    """

    def __init__(self, samples: int, latents: int):
        self.rng, self.num_factors, self.gt_data = np.random.default_rng(0), len(SIZES), self
        self.factors = self.sample_factors(samples)
        self.centre, self.deviation = self.factors.mean(axis=0), self.factors.std(axis=0)
        self.mixing = self.rng.normal(size=(len(SIZES), latents))
        self.mixing[:, latents // 2 :] = 0
        self.codes = self.dataset_batch_from_factors(self.factors)

    def sample_factors(self, size: int) -> NDArray:
        """[size, factor] levels."""
        return np.stack([self.rng.integers(many, size=size) for many in SIZES], axis=1)

    def dataset_batch_from_factors(self, factors: NDArray, mode: str = "input") -> NDArray:
        """Codes of some factors."""
        mixed = (factors - self.centre) / self.deviation @ self.mixing
        return mixed + 0.3 * self.rng.normal(size=mixed.shape)

    def dataset_sample_batch(self, size: int, mode: str = "input") -> NDArray:
        """Codes of factors at random."""
        return self.dataset_batch_from_factors(self.sample_factors(size))


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


def by_disent(name: str, made: Coded) -> float:
    """A metric of disent: FactorVAE's draws codes of its own, as it does of a complete grid; the others take ours."""
    cut = len(made.codes) * 2 // 3
    parts = made.codes[:cut].T, made.factors[:cut].T, made.codes[cut:].T, made.factors[cut:].T
    match name:
        case "factorvae":
            return metric_factor_vae(made, lambda codes: codes)["factor_vae.eval_accuracy"]
        case "mig":
            return _compute_mig(made.codes.T, made.factors.T)["mig.discrete_score"]
        case "sap":
            return _compute_sap(*parts, continuous_factors=False)["sap.score"]
        case _:
            return _compute_dci(*parts)["dci.disentanglement"]


class Timed(NamedTuple):
    """What a call returned, its seconds elapsed and of the processor."""

    result: object
    elapsed: float
    processor: float


def timed(run: Callable[[], object]) -> Timed:
    """Call, and what it cost."""
    clock, processor = time.perf_counter(), time.process_time()
    found = run()
    return Timed(found, time.perf_counter() - clock, time.process_time() - processor)


def seconds(cost: Timed) -> str:
    """Two cells."""
    return f"{cost.elapsed:.2f} | {cost.processor:.2f}"


def main() -> None:
    """Print the table of docs/scores.md."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--threads", type=int, default=2, help="threads of every contestant (default: 2)")
    parser.add_argument("--samples", type=int, default=10_000)
    parser.add_argument("--latents", type=int, default=10)
    parser.add_argument("--boosted", action="store_true", help="time boosted trees of the peer as well (minutes)")
    parser.add_argument("--write", action="store_true", help="put the table into docs/scores.md")
    given = parser.parse_args()
    warnings.simplefilter("ignore")
    if WITHOUT:
        print(f"disent cannot be imported ({WITHOUT}): loops in its place\n")
    made = Coded(given.samples, given.latents)
    lines = [
        f"{given.threads} threads of {processor()}, "
        f"scikit-learn {sklearn.__version__}, {date.today()}; {given.samples} x {given.latents} codes; "
        f"{command('benchmarks/scores.py')}",
        "",
        "| metric | value | interval | floor | ceiling | seconds | CPU seconds | value alone | CPU seconds "
        "| peer | value | seconds | CPU seconds |",
        "|---|---|---|---|---|---|---|---|---|---|---|---|---|",
    ]
    spent: dict[str, list[Timed]] = {"whole": [], "alone": [], "peer": []}
    with threadpool_limits(given.threads):
        for name in CLASSIC:
            settings = {"preset": "fast" if name == "dci" else "dlib"}
            bare = settings | {"bootstrap": 0, "permutations": 0}
            whole = timed(lambda n=name, s=settings: METRICS[n](made.codes, made.factors, **s))
            alone = timed(lambda n=name, s=bare: METRICS[n](made.codes, made.factors, **s))
            spent["whole"].append(whole)
            spent["alone"].append(alone)
            score = whole.result
            row = f"{score.value:.3f} | {score.interval[0]:.3f} to {score.interval[1]:.3f} | {score.floor:.3f}"
            cells = "not run | | | "
            if name != "dci" or given.boosted:
                theirs = PEER if name in ("factorvae", "mig", "sap", "dci") else ""
                peer = timed(lambda n=name, t=theirs: by_disent(n, made) if t else LOOPS[n](made.codes, made.factors))
                spent["peer"].append(peer)
                cells = f"{theirs or 'loop'} | {peer.result:.3f} | {seconds(peer)}"
            lines.append(f"| {name} | {row} | {score.ceiling:.3f} | {seconds(whole)} | {seconds(alone)} | {cells} |")
            print(lines[-1], flush=True)
    sums = {
        name: seconds(Timed(None, sum(cost.elapsed for cost in costs), sum(cost.processor for cost in costs)))
        for name, costs in spent.items()
    }
    lines.append(f"| all | | | | | {sums['whole']} | {sums['alone']} | | | {sums['peer']} |")
    print("\n".join(["", *lines]))
    if given.write:
        put(lines, "scores.md", "benchmarks/scores.py")


if __name__ == "__main__":
    main()
