"""A perfect prediction gets perfect scores, and each planted fault moves its own score by a known amount."""

import numpy as np
import pytest
from ball_simulator import HIGH, LOW, RADIUS, render, simulate, starts

from curvae.dynamics.ball import (
    ball_scores,
    bounce_score,
    horizon,
    jump_rate,
    leap_rate,
    outside_rate,
    position_error,
    reflection_error,
    speed_drift,
    wander,
)
from curvae.dynamics.track import mass

FRAMES = 200
BALANCED = {"flattest": 15.0, "steepest": 75.0}  # neither axis is slower than .13 px a frame
HORIZONS = ("horizon 1 px", "horizon 2 px", "horizon 4 px")
MEDIANS = ("median error 50 frames", "median error 100 frames", "median error 200 frames")
BLURRED = ("bounce timing", "speed drift", "speed error", "reflection error", "wander", *MEDIANS)  # by the centroid
FROM_FRAMES = ("blob mass ratio", "blob misfit", "fit distance")
PERFECT = {
    "bounces matched": 1,
    "bounces on time": 1,
    "bounce timing": 0,
    "spurious bounces": 0,
    "speed drift": 0,
    "speed error": 0,
    "jump rate": 0,
    "leap rate": 0,
    "outside rate": 0,
    "reflection error": 0,
    "wander": 0,
    **dict.fromkeys(HORIZONS, FRAMES),
    "missing": 0,
    **dict.fromkeys(MEDIANS, 0),
}


@pytest.fixture
def truth():
    """Positions and velocities of 60 balls."""
    return simulate(*starts(60, seed=0, **BALANCED), frames=FRAMES)[:2]


def values(predicted, truth, **arguments) -> dict[str, float]:
    table = ball_scores(predicted, *truth, low=LOW, high=HIGH, bootstrap=20, **arguments)
    return dict(zip(table["score"], table["value"], strict=True))


def assert_perfect(found, *, but=(), within=1e-9):
    for score in PERFECT.keys() - set(but):
        assert found[score] == pytest.approx(PERFECT[score], abs=within), score


def folded(velocity):
    return np.hypot(*velocity[:, 0].T), np.degrees(np.arctan2(*np.abs(velocity[:, 0]).T[::-1]))


def test_the_truth_is_perfect(truth):
    table = ball_scores(truth[0], *truth, low=LOW, high=HIGH)
    known = table[~table["score"].isin(FROM_FRAMES)]
    for column in ("value", "low", "high"):
        np.testing.assert_allclose(known[column], known["perfect"], atol=1e-9)
    assert dict(zip(known["score"], known["perfect"], strict=True)) == PERFECT
    assert list(table.columns) == ["score", "unit", "value", "low", "high", "perfect", "n"]
    assert (known["n"] == 60).all()


def test_the_truth_is_perfect_in_every_direction():
    """An axis so slow that its turns cannot be told from the ends of the sequence does no harm."""
    truth = simulate(*starts(200, seed=1), frames=FRAMES)[:2]
    found = values(truth[0], truth)
    assert_perfect(found, but=("reflection error",))
    assert found["reflection error"] < 1e-3
    still = np.array([[[1.0, 0.0]], [[0.0, 1.5]]])
    along = simulate(np.full((2, 2), 13.0), still[:, 0], FRAMES)[:2]
    assert_perfect(values(along[0], along))


def test_exact_frames_are_perfect_up_to_the_centroid(truth):
    frames = render(truth[0]).astype(np.float32)
    found = values(frames, truth, true_mass=mass(frames))
    assert_perfect(found, but=BLURRED)
    assert found["reflection error"] < 0.5
    assert found["bounce timing"] < 0.01
    assert abs(found["speed drift"]) <= found["speed error"] < 1e-3
    assert found["wander"] < 0.2
    assert all(0 < found[score] < 0.01 for score in MEDIANS)
    assert found["blob mass ratio"] == 1
    assert (position_error(truth[0], truth[0]) == 0).all()


def test_a_teleport_is_two_jumps(truth):
    path, velocity = truth[0].copy(), truth[1]
    path[:, 120, 0] += np.where(path[:, 120, 0] < 13.5, 8, -8)
    found = values(path, truth)
    assert found["jump rate"] == pytest.approx(2 / (FRAMES - 1), rel=1e-12)
    assert [found[score] for score in HORIZONS] == [120] * 3
    assert found["bounces matched"] == 1
    assert found["bounce timing"] < 0.05
    assert 0 < found["spurious bounces"] < 0.2
    assert found["leap rate"] == found["jump rate"]
    touched = ("jump rate", "leap rate", "bounce timing", "spurious bounces", "reflection error", *HORIZONS)
    assert_perfect(found, but=touched)
    assert (jump_rate(path, folded(velocity)[0]) == 2 / (FRAMES - 1)).all()


@pytest.mark.parametrize(("leap", "steps"), [(1.9, 0), (2.1, 1)])
def test_a_leap_is_a_step_two_px_longer_than_the_speed(leap, steps):
    path = np.stack([np.arange(40.0), 0.75 * np.arange(40.0)], axis=-1)[None]
    path[:, 20:] += leap * np.array([0.8, 0.6])
    assert leap_rate(path, np.array([1.25]))[0] == pytest.approx(steps / 39, rel=1e-12)
    assert leap_rate(path, np.array([1.25]), beyond=1.8)[0] == pytest.approx(1 / 39, rel=1e-12)


@pytest.mark.parametrize(("beyond", "share"), [(0.4, 0.0), (0.6, 0.1)])
def test_frames_behind_a_wall_are_outside(truth, beyond, share):
    path = truth[0].copy()
    path[:, 5::10, 1] = np.where(np.arange(20) % 2, LOW - beyond, HIGH + beyond)
    np.testing.assert_allclose(outside_rate(path, LOW, HIGH), share, rtol=1e-12)
    assert (outside_rate(path, LOW, HIGH, margin=0.1) >= 0.1).all()
    assert np.isnan(outside_rate(np.full((2, 3, 2), np.nan), LOW, HIGH)).all()


@pytest.mark.parametrize("turn", [0.0, 7.0, -20.0])
def test_a_bent_reflection_is_a_reflection_error(turn):
    """One hit; the ball leaves the wall under another angle than it came."""
    t = np.arange(15.0)[:, None]
    angle = np.radians(35.0 + turn)
    come = np.array([10.0, 6.0]) - t[::-1] * np.array([np.cos(np.radians(35)), np.sin(np.radians(35))])
    leave = come[-1] + (t[1:] * np.array([-np.cos(angle), np.sin(angle)]))
    path = np.concatenate([come, leave])[None]
    np.testing.assert_allclose(reflection_error(path), abs(turn), atol=1e-9)
    np.testing.assert_allclose(reflection_error(path, span=5), abs(turn), atol=1e-9)
    assert np.isnan(reflection_error(path[:, :6])).all()  # too short to judge


def test_a_blob_of_another_shape_is_a_misfit_and_nothing_else(truth):
    frames = render(truth[0][:8])
    ball = truth[0][:8], truth[1][:8]
    found = values(frames, ball, radius=RADIUS, true_mass=mass(frames))
    assert found["blob misfit"] < 1e-6
    assert found["fit distance"] < 0.01
    double = 0.5 * (frames + render(HIGH + LOW - truth[0][:8]))  # a second blob opposite the first one
    assert values(double, ball, radius=RADIUS)["blob misfit"] > 0.3
    ghost = frames.copy()  # a faint light in a corner moves the centroid alone
    ghost[..., 26:, 26:] += 0.2
    assert values(ghost, ball, radius=RADIUS)["fit distance"] > 0.2
    wide = np.sqrt(np.sqrt(frames))  # twice the radius: |<a, b>|^2 / |a|^2 |b|^2 = (2 r s / (r^2 + s^2))^2
    assert values(wide[:, :1], (ball[0][:, :1], ball[1][:, 0]), radius=RADIUS)["blob misfit"] == pytest.approx(
        np.sqrt(1 - (4 / 5) ** 2), abs=0.06
    )
    assert np.isnan(values(frames, ball)["blob misfit"])


@pytest.mark.parametrize("factor", [0.6, 0.8, 1.2])
def test_another_speed_is_a_drift(truth, factor):
    path = simulate(truth[0][:, 0], factor * truth[1][:, 0], FRAMES)[0]
    found = values(path, truth)
    assert found["speed drift"] == pytest.approx(factor - 1, rel=1e-9)
    assert found["speed error"] == pytest.approx(abs(factor - 1), rel=1e-9)
    assert (found["jump rate"], found["missing"]) == (0, 0)
    assert found["wander"] == pytest.approx(0, abs=1e-9)


def test_drift_is_that_of_the_last_frames(truth):
    """The ball loses a tenth of its speed half way: with it half the steps and the later half's hits."""
    first = truth[0][:, :100]
    second = simulate(truth[0][:, 100], 0.9 * truth[1][:, 100], FRAMES - 100)[0]
    path, speed = np.concatenate([first, second], axis=1), folded(truth[1])[0]
    np.testing.assert_allclose(speed_drift(path, speed, last=100), -0.1, rtol=1e-9)
    np.testing.assert_allclose(speed_drift(path[:, :100], speed, last=100), 0, atol=1e-9)


def test_balls_too_fast_and_too_slow_do_not_cancel_in_the_speed_error(truth):
    factor = np.where(np.arange(60) < 30, 0.9, 1.1)[:, None]
    found = values(simulate(truth[0][:, 0], factor * truth[1][:, 0], FRAMES)[0], truth)
    assert found["speed drift"] == pytest.approx(0, abs=1e-9)
    assert found["speed error"] == pytest.approx(0.1, rel=1e-9)


@pytest.mark.parametrize("turn", [-12.0, 5.0])
def test_a_rotated_direction_is_wander(truth, turn):
    speed, angle = folded(truth[1])
    new = np.radians(angle + turn)
    velocity = np.sign(truth[1][:, 0]) * speed[:, None] * np.stack([np.cos(new), np.sin(new)], axis=-1)
    path = simulate(truth[0][:, 0], velocity, FRAMES)[0]
    np.testing.assert_allclose(wander(path, truth[1][:, 0]), abs(turn), rtol=1e-9)
    found = values(path, truth)
    assert found["wander"] == pytest.approx(abs(turn), rel=1e-9)
    assert (found["jump rate"], found["missing"]) == (0, 0)
    assert found["speed error"] == pytest.approx(0, abs=1e-9)


def test_steps_on_either_side_of_a_hit_are_left_out():
    """Two thirds of the steps in x are shortened by a turn; y goes on evenly."""
    x = np.tile([0, 0.7, 1.7, 2.4, 1.7, 0.7], 10)
    path = np.stack([x, 0.5 * np.arange(60)], axis=-1)[None]
    np.testing.assert_allclose(speed_drift(path, np.hypot([1.0], 0.5)), 0, atol=1e-12)
    np.testing.assert_allclose(wander(path, np.array([[1.0, 0.5]])), 0, atol=1e-9)


def test_passing_through_walls_loses_their_bounces(truth):
    t = np.arange(FRAMES)[:, None]
    through = truth[0][:, :1] + t * truth[1][:, :1]
    found = values(through, truth)
    assert found["bounces matched"] == 0
    assert np.isnan(found["bounce timing"])
    assert np.isnan(found["spurious bounces"])  # there is no turn to judge
    assert np.isnan(found["reflection error"])
    assert found["outside rate"] > 0.5
    bounced = ("bounces matched", "bounces on time", "bounce timing", "spurious bounces", "reflection error")
    assert_perfect(found, but=(*bounced, "outside rate", *HORIZONS, *MEDIANS))

    half = np.stack([through[..., 0], truth[0][..., 1]], axis=-1)  # walls in x are passed, walls in y are not
    score = bounce_score(half, truth[0], LOW, HIGH)
    kept = bounce_score(half[..., 1:].repeat(2, -1), truth[0][..., 1:].repeat(2, -1), LOW, HIGH).hits / 2
    np.testing.assert_allclose(score.share, kept / score.hits, rtol=1e-12)
    assert (kept < score.hits).all()
    assert_perfect(values(half, truth), but=("bounces matched", "bounces on time", "outside rate", *HORIZONS, *MEDIANS))


def test_turns_outside_the_box_match_nothing(truth):
    centre, width = (LOW + HIGH) / 2, HIGH - LOW
    for beyond, share in ((0.9, 1.0), (3.0, 0.0)):  # at 3 px even the frame nearest to a turn is over 1 px out
        wide = centre + (truth[0] - centre) * (width + 2 * beyond) / width
        score = bounce_score(wide, truth[0], LOW, HIGH)
        assert (score.share == share).all()
        assert (score.spurious == 1 - share).all()


@pytest.mark.parametrize(("late", "share", "spurious"), [(0, 1, 0), (-2, 1, 0), (2, 1, 0), (3, 0, 1), (-3, 0, 1)])
def test_a_hit_is_matched_within_two_frames_on_its_axis(late, share, spurious):
    turn, t = 30, np.arange(60)
    path = np.stack([HIGH - 0.5 * np.abs(t - turn - late), np.full(60, 10.0)], axis=-1)[None]
    true = np.zeros(path.shape, dtype=bool)
    true[0, turn, 0] = True
    score = bounce_score(path, true, LOW, HIGH)
    assert [float(x[0]) for x in (score.share, score.hits, score.spurious, score.turns)] == [share, 1, spurious, 1]
    if share:
        assert score.timing[0] == abs(late)
    assert score.on_time[0] == (abs(late) <= 1)
    assert bounce_score(path[..., ::-1], true, LOW, HIGH).share[0] == 0  # the other axis
    assert np.isnan(bounce_score(path, np.zeros_like(true), LOW, HIGH).share[0])


def test_bounces_of_another_ball_have_a_timing_but_are_not_on_time(truth):
    found = values(simulate(*starts(60, seed=9, **BALANCED), frames=FRAMES)[0], truth)
    assert 1 < found["bounce timing"] < 1.5  # five places at most 2 frames off, all as likely
    assert found["bounces on time"] < found["bounces matched"] < 0.4


def test_a_dimmed_blob_changes_the_mass_alone(truth):
    frames = render(truth[0])
    found = values(0.6 * frames, truth, true_mass=mass(frames))
    assert found["blob mass ratio"] == pytest.approx(0.6, rel=1e-12)
    assert_perfect(found, but=BLURRED)
    assert found["bounce timing"] < 0.01
    assert found["speed error"] < 1e-3
    assert found["wander"] < 0.5  # the floor now cuts a larger part of the blob: .01 px of a step of .5 to 2 px


def test_a_growing_offset_ends_the_horizon_at_its_frame(truth):
    offset = 0.03 * np.arange(FRAMES)
    path = truth[0] + offset[:, None] * np.array([0.6, -0.8])
    np.testing.assert_allclose(position_error(path, truth[0]), np.broadcast_to(offset, (60, FRAMES)), atol=1e-12)
    for threshold, frame in ((1, 34), (2, 67), (4, 134), (5.9, 197), (6, FRAMES)):
        assert (horizon(path, truth[0], threshold) == frame).all()
    found = values(path, truth)
    assert [found[score] for score in HORIZONS] == [34, 67, 134]
    assert (found["jump rate"], found["missing"]) == (0, 0)


def test_missing_frames_are_counted_and_otherwise_passed_over(truth):
    path = truth[0].copy()
    gone = np.arange(FRAMES) % 10 == 7
    path[:, gone] = np.nan
    path[::2, gone] = 1e200  # as good as none
    found = values(path, truth)
    assert found["missing"] == pytest.approx(0.1)
    assert [found[score] for score in HORIZONS] == [7] * 3
    assert found["bounces matched"] == 1
    assert found["bounce timing"] < 0.25
    assert_perfect(found, but=("missing", "bounce timing", *HORIZONS))


@pytest.mark.parametrize("value", [0.0, 0.5, 1.0, np.nan, np.inf, -np.inf, 1e30])
def test_worthless_frames_get_values_or_nan(truth, value):
    frames = np.full((60, FRAMES, 8, 8), value, dtype=np.float32)
    found = values(frames, truth, true_mass=14.0)
    seen = value in (0.5, 1.0)  # a grey frame has its centroid in the middle, standing still
    assert found["missing"] == (0 if seen else 1)
    assert found["bounces matched"] == 0
    for score in ("bounce timing", "spurious bounces", "wander"):
        assert np.isnan(found[score]), score
    np.testing.assert_equal([found["speed drift"], found["jump rate"]], [-1, 0] if seen else [np.nan, np.nan])
    assert found["horizon 4 px"] < 30
    if abs(value) <= 1:
        assert found["blob mass ratio"] == pytest.approx(64 * value / 14)


def test_one_frame_is_enough_for_the_horizon_and_nothing_else(truth):
    found = values(truth[0][:, :1], (truth[0][:, :1], truth[1][:, 0]))
    assert {score for score, value in found.items() if not np.isnan(value)} == {*HORIZONS, "missing", "outside rate"}
    assert found["horizon 1 px"] == 1


def test_the_median_error_at_a_frame_is_that_of_the_middle_trajectory(truth):
    away = np.linspace(0, 3, 60)
    path = truth[0] + np.stack([0.01 * away[:, None] * np.arange(1, FRAMES + 1), np.zeros((60, FRAMES))], -1)
    path[55:, 99] = np.nan  # a ball that is not there is infinitely far off
    path[:40, 199] = np.inf
    table = ball_scores(path, *truth, low=LOW, high=HIGH, bootstrap=200).set_index("score").loc[list(MEDIANS)]
    np.testing.assert_allclose(table["value"], [0.5 * away[29], away[29], np.inf], rtol=1e-9)
    assert (table["low"] < table["value"])[:2].all()
    assert (table["high"] > table["value"])[:2].all()
    assert (table["n"] == 60).all()
    short = ball_scores(path[:, :99], truth[0][:, :99], truth[1][:, :99], low=LOW, high=HIGH, bootstrap=2)
    assert set(MEDIANS) & set(short["score"]) == {MEDIANS[0]}


def test_intervals_agree_with_the_central_limit_and_repeat():
    truth = simulate(*starts(400, seed=2, **BALANCED), frames=20)[:2]
    factor = np.random.default_rng(3).normal(1, 0.1, (400, 1))
    path = simulate(truth[0][:, 0], factor * truth[1][:, 0], 20)[0]
    drift = speed_drift(path, folded(truth[1])[0])
    arguments = {"low": LOW, "high": HIGH, "bootstrap": 4000}
    table = ball_scores(path, *truth, **arguments)
    row = table.set_index("score").loc["speed drift"]
    half = 1.96 * drift.std(ddof=1) / np.sqrt(400)
    assert row["value"] == pytest.approx(drift.mean(), rel=1e-12)
    assert row["value"] - row["low"] == pytest.approx(half, rel=0.08)
    assert row["high"] - row["value"] == pytest.approx(half, rel=0.08)
    assert table.equals(ball_scores(path, *truth, **arguments))
    other = ball_scores(path, *truth, **arguments, seed=1).set_index("score").loc["speed drift"]
    assert other["low"] != row["low"]


def test_the_share_of_bounces_is_pooled_over_hits():
    """A fast ball has more hits than a slow one, and each hit counts the same."""
    truth = simulate(np.full((2, 2), 10.0), np.array([[2.0, 1.5], [0.4, 0.3]]), FRAMES)[:2]
    path = truth[0].copy()
    path[0] = path[0, 0]  # the fast ball stands still
    score = bounce_score(path, truth[0], LOW, HIGH)
    assert score.share.tolist() == [0, 1]
    assert score.hits[0] > 3 * score.hits[1] > 0
    assert values(path, truth)["bounces matched"] == pytest.approx(score.hits[1] / score.hits.sum(), rel=1e-12)


def test_bad_arguments_are_refused(truth):
    path, velocity = truth
    box = {"low": LOW, "high": HIGH}
    with pytest.raises(ValueError, match="that of the truth"):
        horizon(path[:, :-1], path)
    with pytest.raises(ValueError, match="that of the prediction"):
        bounce_score(path[:, :-1], path, LOW, HIGH)
    with pytest.raises(ValueError, match=r"low = 24.0, high = 3.0: allowed: low < high"):
        bounce_score(path, path, HIGH, LOW)
    with pytest.raises(ValueError, match=r"true_speed: 0\.0 among the values; allowed: above 0"):
        jump_rate(path, np.zeros(60))
    with pytest.raises(ValueError, match=r"true_speed: shape \(5,\); allowed: \(60,\)"):
        speed_drift(path, np.ones(5))
    with pytest.raises(ValueError, match="last = 1"):
        speed_drift(path, np.ones(60), last=1)
    with pytest.raises(ValueError, match="span = 0"):
        reflection_error(path, span=0)
    with pytest.raises(ValueError, match="radius = 0"):
        ball_scores(render(path[:2, :2]), path[:2, :2], velocity[:2, 0], **box, radius=0.0)
    with pytest.raises(ValueError, match="true_velocity: shape"):
        wander(path, velocity)
    with pytest.raises(ValueError, match="true_velocities: shape"):
        ball_scores(path, path, velocity[0], **box)
    with pytest.raises(ValueError, match="bootstrap = 0"):
        ball_scores(path, *truth, **box, bootstrap=0)
