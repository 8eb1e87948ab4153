"""Long-run statistics of a chaotic system, to compare a learned one with the true one. Pure functions, numpy."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int
from numpy.typing import ArrayLike
from scipy.signal import welch
from scipy.stats import wasserstein_distance

from curvae.intervals import mean_interval

Series = Float[np.ndarray, "trajectory time"]
Paths = Float[np.ndarray, "trajectory time width"]


def kaplan_yorke(exponents: Float[ArrayLike, "*batch exponent"]) -> Float[np.ndarray, "*batch"]:
    """Dimension of the attractor after Kaplan & Yorke 1979.

    D = k + (l_1 + .. + l_k) / |l_{k+1}|, k the last number for which the sum is not negative

    Args:
        exponents: Lyapunov exponents, in any order.

    Returns:
        The dimension; 0 if the largest exponent is negative, the number of exponents if their sum is not (more
        of them are needed then, or the map keeps volumes), NaN if one is NaN.

    Raises:
        ValueError: no exponent.
    """
    values = np.asarray(exponents, dtype=np.float64)
    if values.ndim < 1 or values.shape[-1] < 1:
        raise ValueError(f"exponents: shape {values.shape}; allowed: at least one exponent")
    ordered = -np.sort(-values, axis=-1)
    sums = np.cumsum(ordered, axis=-1)
    kept = np.logical_and.accumulate(sums >= 0, axis=-1).sum(-1)
    before = np.take_along_axis(sums, np.maximum(kept - 1, 0)[..., None], -1)[..., 0]
    following = np.take_along_axis(ordered, np.minimum(kept, values.shape[-1] - 1)[..., None], -1)[..., 0]
    part = np.divide(before, np.abs(following), out=np.zeros(kept.shape), where=(kept > 0) & (kept < values.shape[-1]))
    return np.where(np.isnan(values).any(-1), np.nan, kept + part)


def exponents_distance(exponents: Float[ArrayLike, " exponent"], true: Float[ArrayLike, " exponent"]) -> float:
    """Sum of the distances of Lyapunov exponents from the true ones, rank by rank, over the true ones' sizes.

    Args:
        exponents: of a learned system, largest first; further ones than the true system has are not read.
        true: of the true system, largest first.

    Raises:
        ValueError: fewer exponents than true ones, or true ones that are all 0.
    """
    found, known = (np.asarray(values, dtype=np.float64) for values in (exponents, true))
    if len(found) < len(known) or not np.abs(known).sum():
        raise ValueError(f"exponents, true: {len(found)}, {len(known)}; allowed: as many as true ones, of some size")
    return float(np.abs(found[: len(known)] - known).sum() / np.abs(known).sum())


def maxima(series: Float[ArrayLike, " time"]) -> Float[np.ndarray, " maximum"]:
    """Local maxima in their order, each the top of the parabola through three frames.

    Args:
        series: one coordinate; a plateau counts once.

    Raises:
        ValueError: fewer than 3 frames, or NaN or infinity.
    """
    x = np.asarray(series, dtype=np.float64)
    if x.ndim != 1 or len(x) < 3:
        raise ValueError(f"series: shape {x.shape}; allowed: (time), at least 3 frames")
    _finite("series", x)
    middle = 1 + np.flatnonzero((x[1:-1] > x[:-2]) & (x[1:-1] >= x[2:]))
    left, top, right = x[middle - 1], x[middle], x[middle + 1]
    return top + (right - left) ** 2 / (8 * (2 * top - left - right))


def return_map(series: Float[ArrayLike, "trajectory time"]) -> Float[np.ndarray, "pair 2"]:
    """Successive maxima (m_n, m_{n+1}) of every trajectory: for Lorenz's z a curve with a cusp (Lorenz 1963).

    Args:
        series: one coordinate.

    Raises:
        ValueError: another number of axes, NaN, or no trajectory with two maxima.
    """
    values = _series(series, 3)
    tops = [maxima(row) for row in values]
    pairs = np.concatenate([np.stack([m[:-1], m[1:]], -1) for m in tops if len(m) > 1] or [np.empty((0, 2))])
    if not len(pairs):
        raise ValueError(f"series: at most one maximum in {values.shape[1]} frames; allowed: at least two")
    return pairs


def return_map_distance(
    predicted: Float[ArrayLike, "pair 2"], true: Float[ArrayLike, "pair 2"], neighbours: int = 5
) -> float:
    """How far a learned return map lies from the true one, in standard deviations of the true maxima.

    Root mean square, over the predicted pairs, of m_{n+1} less the mean of the true m_{n+1} over the
    `neighbours` true pairs whose m_n is nearest. Meaningful where the true map is nearly a curve; the true map
    against another piece of itself gives the floor.

    Args:
        predicted: from `return_map`.
        true: from `return_map`.
        neighbours: that the mean is taken over.

    Raises:
        ValueError: other shapes, NaN, fewer true pairs than neighbours, or true maxima that are all equal.
    """
    pairs = [np.asarray(p, dtype=np.float64) for p in (predicted, true)]
    for name, p in zip(("predicted", "true"), pairs, strict=True):
        if p.ndim != 2 or p.shape[1] != 2 or not len(p):
            raise ValueError(f"{name}: shape {p.shape}; allowed: (pair, 2)")
        _finite(name, p)
    if not 1 <= neighbours <= len(pairs[1]):
        raise ValueError(f"neighbours = {neighbours}: allowed: 1 to {len(pairs[1])}, the number of true pairs")
    spread = pairs[1][:, 1].std()
    if spread == 0:
        raise ValueError("true: all maxima are equal; allowed: maxima that differ")
    now, then = pairs[1][np.argsort(pairs[1][:, 0], kind="stable")].T
    # a window of neighbours in the sorted row, moved until it is centred on the predicted maximum
    starts = np.clip(np.searchsorted(now, pairs[0][:, 0]) - neighbours // 2, 0, len(now) - neighbours)
    expected = np.lib.stride_tricks.sliding_window_view(then, neighbours).mean(1)[starts]
    return float(np.sqrt(np.mean((pairs[0][:, 1] - expected) ** 2)) / spread)


class PowerSpectrum(NamedTuple):
    """A one-sided spectral density: its sum times the distance of the frequencies is the variance."""

    frequency: Float[np.ndarray, " frequency"]  # cycles a unit of time
    density: Float[np.ndarray, " frequency"]  # square of the series times time


def power_spectrum(series: Float[ArrayLike, "trajectory time"], dt: float, segment: int = 1024) -> PowerSpectrum:
    """Welch's estimate with a Hann window and half-overlapping segments, mean over trajectories.

    Args:
        series: one coordinate; the mean of each segment is taken out.
        dt: time between frames.
        segment: frames of a segment.

    Raises:
        ValueError: a segment longer than the series or below 8 frames, NaN, or a `dt` that is not positive.
    """
    values = _series(series, 1)
    if not dt > 0:
        raise ValueError(f"dt = {dt}: allowed: above 0")
    if not 8 <= segment <= values.shape[1]:
        raise ValueError(f"segment = {segment}: allowed: 8 to {values.shape[1]}, the frames of a series")
    frequency, density = welch(values, fs=1 / dt, nperseg=segment)
    return PowerSpectrum(frequency, density.mean(0))


def spectrum_distance(predicted: PowerSpectrum, true: PowerSpectrum, share: float = 0.999) -> float:
    """Root mean square difference of two spectra in decibels, over the frequencies that matter.

    Args:
        predicted: at the same frequencies.
        true: whose lowest frequencies, up to those that hold `share` of its power, count; 0 does not.
        share: above 0, at most 1.

    Raises:
        ValueError: different frequencies, a share out of range, or a true spectrum without power.
    """
    if not np.array_equal(predicted.frequency, true.frequency):
        raise ValueError("predicted: other frequencies than the truth; allowed: the same dt and segment")
    if not 0 < share <= 1:
        raise ValueError(f"share = {share}: allowed: above 0, at most 1")
    held = np.cumsum(true.density[1:])
    if not held[-1] > 0:
        raise ValueError("true: a spectrum without power; allowed: a series that moves")
    last = 2 + int(np.searchsorted(held, share * held[-1] * (1 - 1e-12)))
    ratio = predicted.density[1:last] / true.density[1:last]
    return float(np.sqrt(np.mean((10 * np.log10(np.maximum(ratio, 1e-30))) ** 2)))


def measure_distance(
    predicted: Float[ArrayLike, "sample width"],
    true: Float[ArrayLike, "sample width"],
    directions: int = 64,
    seed: int = 0,
) -> float:
    """Sliced Wasserstein distance of two clouds of states, in standard deviations of the true one.

    Mean, over random unit vectors, of W1 between the projections of the standardised states (Bonneel et al.
    2015). A shift of a coordinate by one standard deviation gives the mean of |cos| over directions: 1 for
    width 1, 1/2 for width 3.

    Args:
        predicted: states in any order; another number than the true ones is allowed.
        true: states; each coordinate is scaled by its deviation here.
        directions: number of unit vectors.
        seed: of the directions.

    Raises:
        ValueError: other shapes, fewer than two true states, NaN, or a true coordinate that does not move.
    """
    clouds = [np.asarray(c, dtype=np.float64) for c in (predicted, true)]
    for name, cloud, least in zip(("predicted", "true"), clouds, (1, 2), strict=True):
        if cloud.ndim != 2 or len(cloud) < least or cloud.shape[1] != clouds[1].shape[-1] or cloud.shape[1] == 0:
            raise ValueError(f"{name}: shape {cloud.shape}; allowed: (sample, width) alike, at least {least} samples")
        _finite(name, cloud)
    if directions < 1:
        raise ValueError(f"directions = {directions}: allowed: at least 1")
    deviation = clouds[1].std(0)
    if not (deviation > 0).all():
        raise ValueError(f"true: coordinate {int(deviation.argmin())} does not move; allowed: all move")
    drawn = np.random.default_rng(seed).normal(size=(directions, clouds[1].shape[1]))
    units = drawn / np.linalg.norm(drawn, axis=1, keepdims=True)
    left, right = (cloud / deviation @ units.T for cloud in clouds)
    return float(np.mean([wasserstein_distance(a, b) for a, b in zip(left.T, right.T, strict=True)]))


def valid_frames(predicted: Paths, true: Paths, threshold: float = 0.4) -> Int[np.ndarray, " trajectory"]:
    """Number of frames before the first one whose normalised error exceeds the threshold.

    error(t) = |predicted(t) - true(t)| / sqrt(<|true - <true>|^2>), means over trajectories and time

    A frame that is not finite exceeds every threshold. Never exceeded: the number of frames.

    Args:
        predicted: of the same trajectories and frames.
        true: finite, and moving.
        threshold: of the error, above 0.

    Raises:
        ValueError: shapes that differ, no frame, a true state that is not finite or does not move.
    """
    predicted, true = np.asarray(predicted, dtype=np.float64), np.asarray(true, dtype=np.float64)
    if true.ndim != 3 or 0 in true.shape:
        raise ValueError(f"true: shape {true.shape}; allowed: (trajectory, time, width), none empty")
    if predicted.shape != true.shape:
        raise ValueError(f"predicted: shape {predicted.shape}; allowed: that of the truth, {true.shape}")
    _finite("true", true)
    if not threshold > 0:
        raise ValueError(f"threshold = {threshold}: allowed: above 0")
    spread = np.sqrt(((true - true.mean((0, 1))) ** 2).sum(-1).mean())
    if spread == 0:
        raise ValueError("true: the states do not move; allowed: states that differ")
    with np.errstate(invalid="ignore", over="ignore"):
        lost = ~(np.linalg.norm(predicted - true, axis=-1) <= threshold * spread)
    return np.where(lost.any(1), lost.argmax(1), lost.shape[1])


class ValidTime(NamedTuple):
    """Valid prediction time in Lyapunov times 1 / l_1: mean over starts, its 95 % interval, and all values."""

    mean: float
    low: float
    high: float
    times: Float[np.ndarray, " trajectory"]


def valid_time(predicted: Paths, true: Paths, dt: float, exponent: float, threshold: float = 0.4) -> ValidTime:
    """Valid prediction time of many starts, `valid_frames` times dt times the largest exponent.

    Args:
        predicted: closed-loop predictions, one trajectory a start.
        true: what came.
        dt: time between frames.
        exponent: largest Lyapunov exponent of the true system.
        threshold: as in `valid_frames`.

    Raises:
        ValueError: as `valid_frames`; one start; a `dt` or exponent that is not positive.
    """
    if not (dt > 0 and exponent > 0):
        raise ValueError(f"dt = {dt}, exponent = {exponent}: allowed: both above 0")
    times = valid_frames(predicted, true, threshold) * dt * exponent
    if len(times) < 2:
        raise ValueError(f"predicted: {len(times)} start; allowed: at least 2, for the interval")
    return ValidTime(*map(float, mean_interval(times)), times)


def _series(series: ArrayLike, least: int) -> Series:
    values = np.asarray(series, dtype=np.float64)
    if values.ndim != 2 or not len(values) or values.shape[1] < least:
        raise ValueError(f"series: shape {values.shape}; allowed: (trajectory, time), at least {least} frames")
    _finite("series", values)
    return values


def _finite(name: str, values: np.ndarray) -> None:
    if not np.isfinite(values).all():
        raise ValueError(f"{name}: {int((~np.isfinite(values)).sum())} entries are NaN or infinite; allowed: none")
