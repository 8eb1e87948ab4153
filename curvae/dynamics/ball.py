"""Does a predicted ball obey the physics of the bouncing ball? One value a trajectory and score.

Positions and frames are as in `curvae.dynamics.track`; each score says what it makes of a missing one.
"""

from typing import NamedTuple

import numpy as np
import pandas as pd
from jaxtyping import Float, Int

from curvae.dynamics.track import FITTED, Frames, Hits, Positions, bounces, look, present, unseen

PerTrajectory = Float[np.ndarray, " trajectory"]

STILL = 0.05  # px; a shorter step has no direction
MARKS = (50, 100, 200)  # frames ahead whose error is a score


def position_error(predicted: Positions, true: Positions) -> Float[np.ndarray, "trajectory time"]:
    """Distance |predicted - true| in px; NaN where the predicted position is missing."""
    predicted, true = present(predicted), present(true)
    if predicted.shape != true.shape:
        raise ValueError(f"predicted: shape {predicted.shape}; allowed: that of the truth, {true.shape}")
    return np.hypot(*np.moveaxis(predicted - true, -1, 0))


def horizon(predicted: Positions, true: Positions, threshold: float = 2.0) -> Int[np.ndarray, " trajectory"]:
    """Number of frames before the first one whose position error exceeds `threshold` px.

    A missing position exceeds every threshold. Never exceeded: the number of frames.
    """
    lost = ~(position_error(predicted, true) <= threshold)
    return np.where(lost.any(1), lost.argmax(1), lost.shape[1])


class BounceScore(NamedTuple):
    """What `bounce_score` finds in each trajectory; NaN where there is nothing to judge."""

    share: PerTrajectory  # of the true hits, those that a predicted hit matches
    hits: PerTrajectory  # number of true hits
    timing: PerTrajectory  # mean distance of a matched hit to its match [frame]
    spurious: PerTrajectory  # of the predicted turns, those that are near no true hit or outside the box
    turns: PerTrajectory  # number of predicted turns
    on_time: PerTrajectory  # of the true hits, those that a predicted hit matches at most one frame away


def bounce_score(
    predicted: Positions,
    true: Positions | Hits,
    low: float,
    high: float,
    tolerance: int = 2,
    jitter: float = 0.5,
) -> BounceScore:
    """Compare predicted wall hits with the true ones.

    A true hit is matched by a predicted hit (see `bounces`) on the same axis, at most `tolerance`
    frames away, whose coordinate lies in [low - 1, high + 1]. True hits found in positions count if they
    are clear of the sequence's ends, approach and return being longer than twice the jitter.

    Args:
        predicted: positions in px.
        true: positions in px, or the exact hits as booleans.
        low: wall at the small coordinates [px].
        high: wall at the large coordinates [px].
        tolerance: in frames.
        jitter: of the predicted positions, in px.
    """
    predicted, true = present(predicted), np.asarray(true)
    if predicted.shape != true.shape:
        raise ValueError(f"true: shape {true.shape}; allowed: that of the prediction, {predicted.shape}")
    if not low < high:
        raise ValueError(f"low = {low}, high = {high}: allowed: low < high")
    exact = true.dtype == bool
    counted = true if exact else bounces(true, 2 * jitter)
    turns = bounces(predicted, jitter)
    inside = turns & (predicted >= low - 1) & (predicted <= high + 1)
    distance = np.where(counted, _frames_to(inside), np.inf)
    matched = distance <= tolerance
    # the true turns at the ends, which are too short to count, still excuse a predicted one
    near = inside & (_frames_to(true if exact else bounces(true, jitter / 10)) <= tolerance)
    n_true, n_matched, n_turns, n_near = (h.sum((1, 2)).astype(float) for h in (counted, matched, turns, near))
    frames_off = np.where(matched, distance, 0).sum((1, 2))
    return BounceScore(
        share=_ratio(n_matched, n_true),
        hits=n_true,
        timing=_ratio(frames_off, n_matched),
        spurious=_ratio(n_turns - n_near, n_turns),
        turns=n_turns,
        on_time=_ratio((distance <= min(1, tolerance)).sum((1, 2)).astype(float), n_true),
    )


def speed_drift(positions: Positions, true_speed: PerTrajectory, last: int = 100) -> PerTrajectory:
    """Median step length over true speed in the last frames, minus 1: 0 is perfect, -1 stands still.

    Steps next to a hit (see `bounces`) are left out, for a reflection shortens them, and so are steps
    from or to a missing position. NaN if no step is left.

    Args:
        positions: in px.
        true_speed: in px a frame, above 0.
        last: number of frames at the end that count.
    """
    if last < 2:
        raise ValueError(f"last = {last}: allowed: at least 2")
    lengths = np.hypot(*np.moveaxis(_free_steps(positions)[:, 1 - last :], -1, 0))
    return _medians(lengths) / _speed(true_speed, len(lengths)) - 1


def jump_rate(positions: Positions, true_speed: PerTrajectory) -> PerTrajectory:
    """Share of the steps that are longer than 2 max(speed, .75) + .5 px.

    Steps from or to a missing position are left out. NaN if no step is left.

    Args:
        positions: in px.
        true_speed: in px a frame, above 0.
    """
    lengths = np.hypot(*np.moveaxis(np.diff(present(positions), axis=1), -1, 0))
    limit = 2 * np.maximum(_speed(true_speed, len(lengths)), 0.75) + 0.5
    return _ratio((lengths > limit[:, None]).sum(1), np.isfinite(lengths).sum(1))


def leap_rate(positions: Positions, true_speed: PerTrajectory, beyond: float = 2.0) -> PerTrajectory:
    """Share of the steps that are more than `beyond` px longer than the true ball's step at most is.

    Steps from or to a missing position are left out. NaN if no step is left.

    Args:
        positions: in px.
        true_speed: in px a frame, above 0.
        beyond: in px.
    """
    lengths = np.hypot(*np.moveaxis(np.diff(present(positions), axis=1), -1, 0))
    limit = _speed(true_speed, len(lengths)) + beyond
    return _ratio((lengths > limit[:, None]).sum(1), np.isfinite(lengths).sum(1))


def outside_rate(positions: Positions, low: float, high: float, margin: float = 0.5) -> PerTrajectory:
    """Share of the frames in which a coordinate lies more than `margin` px behind a wall.

    Missing positions are left out. NaN if all are missing.

    Args:
        positions: in px.
        low: wall at the small coordinates [px].
        high: wall at the large coordinates [px].
        margin: in px.
    """
    path = present(positions)
    behind = ((path < low - margin) | (path > high + margin)).any(2)
    return _ratio(behind.sum(1), np.isfinite(path).all(2).sum(1))


def reflection_error(positions: Positions, span: int = 3) -> PerTrajectory:
    """Mean over hits of |angle of reflection - angle of incidence| in degrees.

    Angles are atan2(|dy|, |dx|) of the displacement over the `span` steps that end one frame before the
    hit (see `bounces`), and over those that begin one frame after it. Hits with another hit, a missing
    position or an end of the sequence in that stretch are left out. NaN if no hit is left.

    Args:
        positions: in px.
        span: number of steps on each side.
    """
    if span < 1:
        raise ValueError(f"span = {span}: allowed: at least 1")
    path, hit = present(positions), bounces(positions).any(2)
    found = np.full(len(path), np.nan)
    if path.shape[1] < 2 * span + 3:
        return found
    inner = slice(span + 1, path.shape[1] - span - 1)
    stretch = np.lib.stride_tricks.sliding_window_view(hit, 2 * span + 3, axis=1)
    before = np.abs(path[:, span : -span - 2] - path[:, : -2 * span - 2])
    after = np.abs(path[:, 2 * span + 2 :] - path[:, span + 2 : -span])
    angles = [np.degrees(np.arctan2(moved[..., 1], moved[..., 0])) for moved in (before, after)]
    error = np.abs(angles[1] - angles[0])
    kept = hit[:, inner] & (stretch.sum(-1) == 1) & np.isfinite(error)
    return _ratio(np.where(kept, error, 0).sum(1), kept.sum(1).astype(float))


def wander(positions: Positions, true_velocity: Float[np.ndarray, "trajectory 2"]) -> PerTrajectory:
    """Median of | atan2(|dy|, |dx|) - atan2(|vy|, |vx|) | in degrees over the steps between bounces.

    |vx| and |vy| are conserved by the reflections, so the folded angle is too. Steps next to a hit, from
    or to a missing position, or shorter than `STILL` px are left out. NaN if no step is left.

    Args:
        positions: in px.
        true_velocity: x and y in px a frame, of any sign.
    """
    steps = np.abs(_free_steps(positions))
    velocity = np.abs(np.asarray(true_velocity, dtype=np.float64))
    if velocity.shape != (len(steps), 2):
        raise ValueError(f"true_velocity: shape {velocity.shape}; allowed: {(len(steps), 2)}")
    moving = np.hypot(steps[..., 0], steps[..., 1]) >= STILL
    angle = np.arctan2(steps[..., 1], steps[..., 0]) - np.arctan2(velocity[:, 1], velocity[:, 0])[:, None]
    return _medians(np.where(moving, np.degrees(np.abs(angle)), np.nan))


def ball_scores(
    predicted: Frames | Positions,
    true_positions: Positions,
    true_velocities: Float[np.ndarray, "trajectory *time 2"],
    *,
    low: float,
    high: float,
    true_mass: float | Float[np.ndarray, "trajectory time"] = np.nan,
    radius: float | None = None,
    seed: int = 0,
    bootstrap: int = 1000,
) -> pd.DataFrame:
    """All scores of a set of predicted trajectories, one row a score.

    A value is the mean over trajectories; shares of hits and turns are pooled over trajectories. The
    interval is the 95 % percentile bootstrap over trajectories. "bounce timing" knows matched hits alone, so that a
    ball that turns anywhere has about 1.2 frames of the 2 that are tolerated; "bounces on time" is the share of all
    true hits that are matched within 1 frame. Besides the functions of this file:
    "median error 50 frames", also 100 and 200 where there are so many, is the median over trajectories of the position
    error at that frame, a missing position being infinitely far off;
    "speed error" is the mean of |drift|, in which trajectories too fast and too slow do not cancel;
    "missing" is the share of frames without a position; "blob mass ratio" is the mean over frames of
    `mass` over the true mass, NaN without frames or without the true mass; "blob misfit" is the mean of that of
    `fit_blob` over every `FITTED`-th frame, and "fit distance" the mean distance of its positions from the centroids,
    both NaN without frames or without the radius.

    Args:
        predicted: frames, an array or what gives them by slices of trajectories; or positions in px.
        true_positions: of the same trajectories and frames, in px.
        true_velocities: in px a frame, of any sign; [trajectory, 2] or [trajectory, time, 2].
        low: wall at the small coordinates [px].
        high: wall at the large coordinates [px].
        true_mass: `mass` of the true frames, or one number.
        radius: standard deviation of the true blob [px].
        seed: of the bootstrap.
        bootstrap: number of resamples.

    Returns:
        Columns score, unit, value, low, high (of the interval), perfect (what a perfect prediction
        gets), n (trajectories in which the score is defined).

    Raises:
        ValueError: shapes that do not agree, a speed of 0, low >= high, or no resample.
    """
    if bootstrap < 1:
        raise ValueError(f"bootstrap = {bootstrap}: allowed: at least 1")
    if predicted.ndim == 4:
        path, weigh, blob = look(predicted, radius)
    else:
        path, weigh = present(predicted), np.full(predicted.shape[:2], np.nan)
        blob = unseen(path[:, ::FITTED])
    velocity = np.asarray(true_velocities, dtype=np.float64)
    if velocity.shape not in (path.shape, (len(path), 2)):
        raise ValueError(f"true_velocities: shape {velocity.shape}; allowed: {path.shape} or {(len(path), 2)}")
    velocity = velocity[:, 0] if velocity.ndim == 3 else velocity
    drift = speed_drift(path, speed := np.hypot(velocity[:, 0], velocity[:, 1]))
    hit = bounce_score(path, true_positions, low, high)
    away = np.nan_to_num(position_error(path, true_positions), nan=np.inf)
    lit = np.isfinite(weigh) & (np.asarray(true_mass) > 0)
    ratio = np.divide(weigh, true_mass, out=np.zeros(weigh.shape), where=lit)
    rows = [
        ("bounces matched", "1", hit.share, 1, hit.hits),
        ("bounces on time", "1", hit.on_time, 1, hit.hits),
        ("bounce timing", "frame", hit.timing, 0, hit.share * hit.hits),
        ("spurious bounces", "1", hit.spurious, 0, hit.turns),
        ("speed drift", "1", drift, 0, None),
        ("speed error", "1", np.abs(drift), 0, None),
        ("jump rate", "1", jump_rate(path, speed), 0, None),
        ("leap rate", "1", leap_rate(path, speed), 0, None),
        ("outside rate", "1", outside_rate(path, low, high), 0, None),
        ("reflection error", "degree", reflection_error(path), 0, None),
        ("wander", "degree", wander(path, velocity), 0, None),
        *((f"horizon {px} px", "frame", horizon(path, true_positions, px), path.shape[1], None) for px in (1, 2, 4)),
        ("missing", "1", np.isnan(path).any(2).mean(1), 0, None),
        ("blob mass ratio", "1", _ratio(ratio.sum(1), lit.sum(1)), 1, None),
        ("blob misfit", "1", _means(blob.misfit), 0, None),
        ("fit distance", "px", _means(np.hypot(*np.moveaxis(blob.positions - path[:, ::FITTED], -1, 0))), 0, None),
    ]
    table = []
    for score, unit, values, perfect, weights in rows:
        value, least, most, n = _interval(values, weights, seed, bootstrap)
        table.append((score, unit, value, least, most, float(perfect), n))
    for mark in (mark for mark in MARKS if mark <= path.shape[1]):
        found = _median_interval(away[:, mark - 1], seed, bootstrap)
        table.append((f"median error {mark} frames", "px", *found, 0.0, len(path)))
    return pd.DataFrame(table, columns=["score", "unit", "value", "low", "high", "perfect", "n"])


def _interval(values, weights, seed: int, bootstrap: int) -> tuple[float, float, float, int]:
    """Weighted mean over trajectories, the 95 % percentile bootstrap interval, and their number."""
    weights = np.ones(len(values)) if weights is None else weights
    kept = np.isfinite(values) & (weights > 0)
    values, weights, n = values[kept], weights[kept], int(kept.sum())
    if n == 0:
        return np.nan, np.nan, np.nan, 0
    drawn = np.random.default_rng(seed).integers(n, size=(bootstrap, n))
    means = (values * weights)[drawn].sum(1) / weights[drawn].sum(1)
    least, most = np.percentile(means, [2.5, 97.5])
    return float((values * weights).sum() / weights.sum()), float(least), float(most), n


def _median_interval(values: PerTrajectory, seed: int, bootstrap: int) -> tuple[float, float, float]:
    """Median over trajectories and its 95 % percentile bootstrap interval; samples, for values can be infinite."""
    drawn = np.random.default_rng(seed).integers(len(values), size=(bootstrap, len(values)))
    medians = np.quantile(values[drawn], 0.5, axis=1, method="inverted_cdf")
    least, most = np.quantile(medians, [0.025, 0.975], method="inverted_cdf")
    return float(np.quantile(values, 0.5, method="inverted_cdf")), float(least), float(most)


def _frames_to(hits: Hits) -> Float[np.ndarray, "trajectory time 2"]:
    """Frames from each frame to the nearest hit on the same axis; infinite without one."""
    t = np.arange(hits.shape[1], dtype=np.float64)[:, None]
    before = t - np.maximum.accumulate(np.where(hits, t, -np.inf), axis=1)
    after = np.minimum.accumulate(np.where(hits, t, np.inf)[:, ::-1], axis=1)[:, ::-1] - t
    return np.minimum(before, after)


def _free_steps(positions: Positions) -> Float[np.ndarray, "trajectory step 2"]:
    """Steps between successive frames; NaN for those next to a hit on either axis."""
    path, hit = present(positions), bounces(positions).any(2)
    return np.where((hit[:, 1:] | hit[:, :-1])[..., None], np.nan, np.diff(path, axis=1))


def _medians(values: Float[np.ndarray, "trajectory step"]) -> PerTrajectory:
    """Median of the finite entries of each row; NaN if a row has none."""
    return np.array([np.median(row[kept]) if (kept := np.isfinite(row)).any() else np.nan for row in values])


def _means(values: Float[np.ndarray, "trajectory time"]) -> PerTrajectory:
    """Mean of the finite entries of each row; NaN if a row has none."""
    kept = np.isfinite(values)
    return _ratio(np.where(kept, values, 0).sum(1), kept.sum(1))


def _ratio(part: PerTrajectory, whole: PerTrajectory) -> PerTrajectory:
    """part / whole; NaN where the whole is 0."""
    return np.divide(part, whole, out=np.full(len(whole), np.nan), where=whole > 0)


def _speed(true_speed: PerTrajectory, trajectories: int) -> PerTrajectory:
    speed = np.asarray(true_speed, dtype=np.float64)
    if speed.shape != (trajectories,):
        raise ValueError(f"true_speed: shape {speed.shape}; allowed: {(trajectories,)}")
    if not (speed > 0).all():
        raise ValueError(f"true_speed: {speed.min()} among the values; allowed: above 0")
    return speed
