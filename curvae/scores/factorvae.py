"""The FactorVAE metric."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from curvae.scores.levels import Groups, halves
from curvae.scores.presets import choice, count, number, settle
from curvae.scores.result import Estimate, Score, assess, stream

BLOCK = 2**21  # numbers held in memory at once


@dataclass(frozen=True)
class FactorVAESettings:
    """Settings of `factorvae`.

    Attributes:
        train: points that the votes are counted on.
        test: points that the majority is scored on.
        batch: samples a point.
        prune: a latent whose standard deviation is smaller is left out.
        relative: measure `prune` in the largest standard deviation of a latent.
        max_levels: a factor with more distinct values is continuous.
        factor_bins: quantile bins of a continuous factor.
        bootstrap: resamples of the interval.
        permutations: permutations of the floor.
    """

    train: int = count(10_000, 2)
    test: int = count(5_000, 1)
    batch: int = count(64, 2)
    prune: float = number(0.05, 0.0)
    relative: bool = choice(True, False)
    max_levels: int = count(50, 2)
    factor_bins: int = count(20, 2)
    bootstrap: int = count(200, 0)
    permutations: int = count(5, 0)


PRESETS = {"default": FactorVAESettings(), "dlib": FactorVAESettings(relative=False)}


def factorvae(
    codes: ArrayLike,
    factors: ArrayLike,
    *,
    seed: int = 0,
    preset: str = "default",
    factor_names: Sequence[str] | None = None,
    **settings: Any,
) -> Score:
    """The FactorVAE metric: does the latent that varies least tell which factor was held fixed?

    A point is a batch of L samples that agree in factor y. Its vote is the latent
    j* = argmin_j Var_batch(z_j) / Var(z_j), both variances with divisor n - 1. Each latent stands for the
    factor it was voted for with most often; the value is the share of held-out points whose latent stands for
    their factor. Latents with a small standard deviation are left out first; if none is left the value is 0.

    Batches are drawn with replacement among the samples at hand with an equal factor (the same quantile bin
    of a continuous factor), so the grid need not be complete; one half of the samples serves the votes, the
    other the held-out points. Chance is about 1/k. The interval resamples the held-out points and keeps the
    votes.

    Presets: "dlib" leaves out latents with a standard deviation below 0.05. "default" leaves out those below
    0.05 of the largest, so that the unit of the codes does not matter.

    Args:
        codes: [n, d] array or CPU tensor.
        factors: [n, k] discrete or continuous.
        seed: of the halves, the batches, the bootstrap and the permutations.
        preset: "default" or "dlib".
        factor_names: k names for messages and details.
        **settings: fields of `FactorVAESettings`.

    Returns:
        Score; details hold `votes` [d, k] of the training points, `pruned` latents, `chance`.

    Raises:
        NotApplicable: fewer than two factors vary and have pairs.
        ValueError: codes, factors, preset or settings that are not allowed.

    Reference: Kim and Mnih 2018, Disentangling by Factorising, section 4.
    """
    chosen = settle("factorvae", PRESETS, preset, settings)
    sample, train, test = halves(
        "factorvae",
        codes,
        factors,
        factor_names,
        max_levels=chosen.max_levels,
        factor_bins=chosen.factor_bins,
        rng=stream(seed, "sample"),
    )

    def measure(values: NDArray, rng: np.random.Generator) -> Estimate:
        return _estimate(values, train, test, chosen, rng)

    return assess(measure, sample, chosen, seed)


def votes(
    codes: NDArray, groups: Sequence[Groups], points: int, batch: int, rng: np.random.Generator
) -> NDArray[np.int64]:
    """How often each latent varies least while each factor is held fixed.

    Args:
        codes: [n, d], each divided by its standard deviation.
        groups: samples by level, one a factor.
        points: number of points; point i holds factor i mod k fixed.
        batch: samples a point.
        rng: draws the batches.

    Returns:
        [d, k] counts that sum to `points`.
    """
    counts = np.zeros((codes.shape[1], len(groups)), dtype=np.int64)
    size = max(1, BLOCK // (batch * codes.shape[1]))
    for factor, group in enumerate(groups):
        due = len(range(factor, points, len(groups)))
        for at in range(0, due, size):
            first = rng.integers(len(group.order), size=min(size, due - at))
            place = (rng.random((len(first), batch)) * group.size[first, None]).astype(np.int64)
            drawn = codes[group.order[group.start[first, None] + place]]
            least = drawn.var(axis=1, ddof=1).argmin(axis=1)
            counts[:, factor] += np.bincount(least, minlength=len(counts))
    return counts


def _estimate(
    codes: NDArray,
    train: list[Groups],
    test: list[Groups],
    settings: FactorVAESettings,
    rng: np.random.Generator,
) -> Estimate:
    spread = codes.std(axis=0, ddof=1)
    active = (spread > 0) & (spread >= settings.prune * (spread.max() if settings.relative else 1.0))
    learnt, seen = (np.zeros((len(spread), len(train)), dtype=np.int64) for _ in range(2))
    if active.any():
        scaled = codes[:, active] / spread[active]
        learnt[active] = votes(scaled, train, settings.train, settings.batch, rng)
        seen[active] = votes(scaled, test, settings.test, settings.batch, rng)
    accuracy = float(seen[np.arange(len(seen)), learnt.argmax(axis=1)].sum() / settings.test)

    def resample(rng: np.random.Generator, times: int) -> NDArray:
        return rng.binomial(settings.test, accuracy, size=times) / settings.test

    pruned = np.flatnonzero(~active & (spread > 0))
    warnings = [f"latent {j} was left out: its std {spread[j]:.2g} is below the threshold" for j in pruned]
    if not active.any():
        warnings.append("no latent is left to vote: the value is 0")
    details = {"votes": learnt, "pruned": np.flatnonzero(~active), "chance": 1 / len(train)}
    return Estimate(accuracy, resample, details, tuple(warnings))
