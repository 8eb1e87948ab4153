"""The bouncing ball against exact rational mechanics, and its images against the Gaussian they draw."""

from fractions import Fraction

import numpy as np
import pytest
from scipy import stats

from curvae.data.bouncing_ball import launch, make, position, render, velocity
from curvae.data.layout import unit_interval
from curvae.settings.data import BouncingBall, Sizes

SMALL = BouncingBall(
    kind="bouncing_ball", seed=3, trajectories=Sizes(train=4, validation=2, test=3), frames=30, test_frames=50
)


@pytest.fixture(scope="module")
def small():
    return make(SMALL)


def simulate(x: Fraction, v: Fraction, frames: int, low: Fraction, high: Fraction):
    """Exact motion from hit to hit; at the instant of a hit the velocity is the one after it."""
    states = []
    for _ in range(frames):
        states.append((float(x), float(v)))
        remaining = Fraction(1)
        while remaining > 0:
            wall = high if v > 0 else low
            until_hit = (wall - x) / v
            if until_hit > remaining:
                x, remaining = x + v * remaining, Fraction(0)
            else:
                x, v, remaining = wall, -v, remaining - until_hit
    return np.array(states)


@pytest.mark.parametrize(("low", "width"), [(3.0, 21.0), (2.7, 1.3)])
def test_folding_is_the_motion_from_hit_to_hit(low, width):
    rng = np.random.default_rng(0)
    walls = Fraction(low), Fraction(low) + Fraction(width)
    for _ in range(10):
        start, v = low + width * rng.random(), rng.uniform(-2, 2)
        exact = simulate(Fraction(start), Fraction(v), 210, *walls)
        t = np.arange(210)
        np.testing.assert_allclose(position(start, v, t, low, width), exact[:, 0], rtol=0, atol=1e-12)
        np.testing.assert_array_equal(velocity(start, v, t, low, width), exact[:, 1])


@pytest.mark.parametrize("v", [2.0, -2.0])
def test_hits_on_a_frame_turn_the_velocity_at_that_frame(v):
    exact = simulate(Fraction(5), Fraction(v), 12, Fraction(3), Fraction(7))
    t = np.arange(12)
    np.testing.assert_array_equal(position(5.0, v, t, 3.0, 4.0), exact[:, 0])
    np.testing.assert_array_equal(velocity(5.0, v, t, 3.0, 4.0), exact[:, 1])


def test_both_speeds_are_conserved_and_the_centre_stays_in_the_box(small):
    factors = small["factors"]
    assert list(factors["factor"].values) == ["x", "y", "vx", "vy"]
    assert factors.attrs["units"] == ["px", "px", "px/frame", "px/frame"]
    for axis in ("vx", "vy"):
        speed = np.abs(factors.sel(factor=axis))
        spread = speed.groupby(small["trajectory"]).max() - speed.groupby(small["trajectory"]).min()
        np.testing.assert_array_equal(spread, 0.0)
    centres = factors.sel(factor=["x", "y"]).values
    assert centres.min() >= 3.0
    assert centres.max() <= 24.0


def test_velocity_is_the_step_where_no_wall_is_hit(small):
    one = small.isel(sample=np.flatnonzero(small["trajectory"] == 8))
    path = one["factors"].values
    straight = (path[1:, 2:] == path[:-1, 2:]).all(axis=1)
    assert 10 < straight.sum() < len(straight)
    steps = np.diff(path[:, :2], axis=0)
    np.testing.assert_allclose(steps[straight], path[:-1, 2:][straight], rtol=0, atol=1e-12)


def test_a_frame_alone_equals_the_whole(small):
    assert dict(small.sizes) == {"sample": 6 * 30 + 3 * 50, "row": 28, "column": 28, "factor": 4}
    for split, index, trajectory, frame in [(0, 0, 0, 0), (0, 3, 3, 29), (1, 1, 5, 7), (2, 2, 8, 49)]:
        start, v = launch(SMALL, split, index)
        x, y = position(start, v, frame, 3.0, 21.0)
        alone = unit_interval(np.rint(255 * render(x, y, 28, 1.5)).astype(np.uint8))
        here = (small["trajectory"] == trajectory) & (small["frame"] == frame)
        (whole,) = small["images"].values[here.values]
        np.testing.assert_array_equal(whole, alone)
        np.testing.assert_array_equal(small["factors"].values[here.values][0, :2], [x, y])
        assert small["split"].values[here.values] == split


def test_more_trajectories_and_frames_leave_the_earlier_ones_alone(small):
    sizes = Sizes(train=6, validation=3, test=5)
    larger = make(SMALL.model_copy(update={"trajectories": sizes, "frames": 40, "test_frames": 60}))
    for flag in range(3):
        before = small.isel(sample=np.flatnonzero(small["split"] == flag))
        after = larger.isel(sample=np.flatnonzero(larger["split"] == flag))
        kept = (after["trajectory"] - after["trajectory"][0]) <= before["trajectory"][-1] - before["trajectory"][0]
        kept &= after["frame"] <= before["frame"].max()
        for name in ("images", "factors"):
            np.testing.assert_array_equal(after[name].values[kept.values], before[name].values)


def test_another_seed_gives_other_trajectories(small):
    other = make(SMALL.model_copy(update={"seed": 4}))
    assert np.abs(other["factors"].values - small["factors"].values).max() > 1


def test_no_two_trajectories_start_alike_over_the_splits(small):
    starts = small["factors"].values[small["frame"].values == 0]
    assert len(np.unique(starts[:, 0])) == len(np.unique(starts[:, 3])) == len(starts) == 9


def test_launches_are_uniform_in_place_speed_and_direction():
    starts, velocities = map(np.array, zip(*[launch(SMALL, 0, k) for k in range(3000)], strict=True))
    speed, angle = np.hypot(*velocities.T), np.arctan2(velocities[:, 1], velocities[:, 0])
    for values, low, width in [
        (starts[:, 0], 3, 21),
        (starts[:, 1], 3, 21),
        (speed, 0.5, 1.5),
        (angle, -np.pi, 2 * np.pi),
    ]:
        assert stats.kstest(values, stats.uniform(low, width).cdf).pvalue > 0.01


def test_mass_and_centroid_of_an_image():
    x, y, radius = 12.3, 14.8, 1.5
    image = render(x, y, 28, radius)
    grid = np.arange(28)
    np.testing.assert_allclose(image.sum(), 2 * np.pi * radius**2, rtol=1e-12)
    np.testing.assert_allclose(image.sum(axis=0) @ grid / image.sum(), x, rtol=1e-12)
    np.testing.assert_allclose(image.sum(axis=1) @ grid / image.sum(), y, rtol=1e-12)


def test_x_is_the_column_and_the_peak_is_one():
    images = render(np.array([20.0, 3.0]), np.array([5.0, 3.0]), 28, 1.5)
    assert images.shape == (2, 28, 28)
    assert images[0, 5, 20] == images[1, 3, 3] == images.max() == 1.0
    np.testing.assert_allclose(images[0, 7, 21], np.exp(-5 / (2 * 1.5**2)), rtol=1e-15)


def test_the_margin_keeps_the_centroid_at_a_wall_within_a_twentieth_of_a_pixel():
    image = render(3.0, 24.0, 28, 1.5)
    assert abs(image.sum(axis=0) @ np.arange(28) / image.sum() - 3.0) < 0.05
    assert abs(image.sum(axis=1) @ np.arange(28) / image.sum() - 24.0) < 0.05
