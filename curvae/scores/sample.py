"""Codes and factors, checked and made ready for a metric."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from curvae.scores.discretise import is_continuous, quantile_bins, standardise

LARGEST = 1e100  # squares of larger numbers overflow
COLLAPSED = 0.01  # share of the largest standard deviation
ROUNDING = 16  # units in the last place over which a constant may scatter


@dataclass(frozen=True)
class Sample:
    """What every metric works on.

    Attributes:
        codes: [n, d] float64; dead dimensions are exactly 0.
        labels: [n, k] level of each factor that varies, 0, 1, ...
        oracle: [n, k] the standardised factors.
        names: names of the k factors.
        binned: those of them that are continuous and stand in `labels` as quantile bins.
        warnings: what a reader of the score has to know.
    """

    codes: NDArray[np.float64]
    labels: NDArray[np.int64]
    oracle: NDArray[np.float64]
    names: tuple[str, ...]
    binned: tuple[str, ...]
    warnings: tuple[str, ...]

    def keep(self, columns: Sequence[int], doubts: Sequence[str]) -> "Sample":
        """The same samples with some of the factors and more warnings.

        Args:
            columns: indices of the factors to keep.
            doubts: warnings to add.
        """
        names = tuple(self.names[k] for k in columns)
        return Sample(
            codes=self.codes,
            labels=self.labels[:, columns],
            oracle=self.oracle[:, columns],
            names=names,
            binned=tuple(name for name in self.binned if name in names),
            warnings=(*self.warnings, *doubts),
        )


def prepare(
    codes: ArrayLike,
    factors: ArrayLike,
    factor_names: Sequence[str] | None,
    *,
    max_levels: int,
    factor_bins: int,
    points: int | None = None,
    rng: np.random.Generator,
) -> Sample:
    """Check codes and factors, draw at most `points` samples, drop constant factors, label the others.

    Args:
        codes: [n, d] finite numbers; an array or a CPU tensor.
        factors: [n, k] finite numbers.
        factor_names: k names, or None for "0", "1", ...
        max_levels: a factor with more distinct values is continuous.
        factor_bins: quantile bins of a continuous factor.
        points: largest number of samples; None takes all.
        rng: draws the samples, without replacement.

    Raises:
        ValueError: wrong shape, lengths that differ, one sample, NaN or infinity, text, constant factors.
    """
    values, resolution = _matrix("codes", codes)
    truth, _ = _matrix("factors", factors)
    if len(values) != len(truth):
        raise ValueError(f"codes have {len(values)} samples, factors {len(truth)}: allowed: the same number")
    if len(values) < 2:
        raise ValueError(f"codes: {len(values)} samples: allowed: 2 or more")
    names = tuple(map(str, range(truth.shape[1]) if factor_names is None else factor_names))
    if len(names) != truth.shape[1]:
        raise ValueError(f"factor_names: {len(names)} names: allowed: {truth.shape[1]}, one a factor")
    if points is not None and len(values) > points:
        rows = rng.choice(len(values), points, replace=False)
        values, truth = values[rows], truth[rows]
    varies = np.ptp(truth, axis=0) > 0
    if not varies.any():
        raise ValueError(f"factors: all {len(names)} are constant: allowed: at least one that varies")
    kept = [index for index in range(len(names)) if varies[index]]
    constant = [name for name, moves in zip(names, varies, strict=True) if not moves]
    warnings = [f"factor {name!r} is constant and was excluded" for name in constant]
    continuous = [index for index in kept if is_continuous(truth[:, index], max_levels)]
    labels = [quantile_bins(truth[:, i], factor_bins if i in continuous else max_levels) for i in kept]
    dead, said = _dead(values, resolution)
    return Sample(
        codes=np.where(dead, 0.0, values),
        labels=np.stack(labels, axis=1),
        oracle=standardise(truth[:, kept]),
        names=tuple(names[index] for index in kept),
        binned=tuple(names[index] for index in continuous),
        warnings=(*warnings, *said),
    )


def living(codes: ArrayLike, *, name: str = "codes") -> tuple[NDArray, NDArray[np.bool_], tuple[str, ...]]:
    """Checked codes in float64, dead latents as 0; which latents are dead, constant up to rounding; warnings on these
    and on collapsed ones.

    Args:
        codes: [n, d] array or CPU tensor, n from 2.
        name: of the argument, for messages.

    Raises:
        ValueError: wrong shape, one sample, NaN or infinity, text.
    """
    values, resolution = _matrix(name, codes)
    if len(values) < 2:
        raise ValueError(f"{name}: {len(values)} samples: allowed: 2 or more")
    dead, said = _dead(values, resolution)
    return np.where(dead, 0.0, values), dead, tuple(said)


def outliers(codes: NDArray) -> dict[int, float]:
    """Latents whose range is made by a few extreme samples.

    Args:
        codes: [n, d].

    Returns:
        latent -> share of its range that the central 99 % of the samples span, where that is below a quarter.
    """
    cut = max(1, len(codes) // 200)
    if len(codes) < 20:
        return {}
    ordered = np.sort(codes, axis=0)
    inner = ordered[-1 - cut] - ordered[cut]
    whole = ordered[-1] - ordered[0]
    return {int(j): float(inner[j] / whole[j]) for j in np.flatnonzero((inner > 0) & (inner < whole / 4))}


def _matrix(name: str, values: ArrayLike) -> tuple[NDArray[np.float64], float]:
    """The array in float64, and the relative resolution of the numbers it came in."""
    array = np.asarray(values.detach().cpu() if hasattr(values, "detach") else values)
    if array.dtype.kind not in "biuf":
        raise ValueError(f"{name}: type {array.dtype}: allowed: numbers")
    if array.ndim != 2 or array.shape[1] == 0:
        raise ValueError(f"{name}: shape {array.shape}: allowed: (samples, columns)")
    bad = ~(np.abs(array.astype(np.float64)) <= LARGEST)
    if bad.any():
        row, column = np.argwhere(bad)[0]
        raise ValueError(f"{name}: row {row} holds {array[row, column]}: allowed: finite numbers to {LARGEST}")
    resolution = np.finfo(array.dtype).eps if array.dtype.kind == "f" else np.finfo(np.float64).eps
    return array.astype(np.float64), float(resolution)


def _dead(codes: NDArray, resolution: float) -> tuple[NDArray[np.bool_], list[str]]:
    """Mask [d] of the dimensions constant up to rounding; warnings on these and on collapsed ones."""
    spread = codes.std(axis=0)
    dead = np.ptp(codes, axis=0) <= ROUNDING * resolution * np.abs(codes).max(axis=0)
    collapsed = ~dead & (spread < COLLAPSED * spread.max())
    warnings = [f"dead dimension: latent {j} is constant" for j in np.flatnonzero(dead)]
    for j in np.flatnonzero(collapsed):
        share = spread[j] / spread.max()
        warnings.append(f"latent {j} has collapsed: its std is {share:.2g} of the largest; it still counts")
    return dead, warnings
