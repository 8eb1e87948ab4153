"""The ball's light, centre and turns against closed forms and the exact reflections of a simulator."""

import numpy as np
import pytest
from ball_simulator import HIGH, LOW, RADIUS, SIZE, render, simulate, starts
from scipy.stats import norm

from curvae.dynamics.track import FITTED, bounces, fit_blob, look, mass, positions


def test_centroids_of_exact_blobs_are_within_a_hundredth_of_a_pixel():
    points = np.random.default_rng(0).uniform(LOW, HIGH, (4, 500, 2))
    points[0, :, 0], points[1, :, 1] = LOW, HIGH  # at the walls
    found = positions(render(points).astype(np.float32))
    assert found.dtype == np.float64
    assert np.abs(found - points).max() < 0.01


def test_fits_of_exact_blobs_are_exact_at_the_walls_too():
    points = np.random.default_rng(5).uniform(LOW - 1, HIGH + 1, (2, 200, 2))
    height = np.random.default_rng(6).uniform(0.3, 1, (2, 200))
    found = fit_blob(height[..., None, None] * render(points), RADIUS)
    np.testing.assert_allclose(found.positions, points, atol=1e-6)
    np.testing.assert_allclose(found.height, height, atol=1e-6)
    assert found.misfit.max() < 1e-6


def test_a_fit_starts_where_it_is_told():
    points = np.random.default_rng(5).uniform(LOW, HIGH, (2, 50, 2))
    start, frames = points + 0.8, render(points)
    kept = start.copy()
    found = fit_blob(frames, RADIUS, start=start)
    np.testing.assert_allclose(found.positions, points, atol=1e-6)
    np.testing.assert_array_equal(start, kept)
    whole, seen = fit_blob(frames, RADIUS), look(frames, RADIUS)
    np.testing.assert_array_equal(seen.fit.positions, whole.positions[:, ::FITTED])
    np.testing.assert_array_equal(seen.positions, positions(frames))


def test_a_fit_sees_through_light_that_moves_the_centroid():
    """Noise of standard deviation s moves the fit by s / |dg/dc|, |dg/dc|^2 = pi / 2 for a blob of height 1."""
    points = np.random.default_rng(7).uniform(9, 18, (1, 2000, 2))
    noise = 0.05 * np.random.default_rng(8).standard_normal((1, 2000, SIZE, SIZE))
    found = fit_blob(render(points) + noise, RADIUS)
    assert (found.positions - points).std() == pytest.approx(0.05 / np.sqrt(np.pi / 2), rel=0.05)
    dark = fit_blob(np.zeros((1, 2, SIZE, SIZE)), RADIUS)
    assert all(np.isnan(part).all() for part in dark)


def test_without_a_floor_the_wall_biases_the_centroid_by_the_cut_tail():
    y = np.random.default_rng(1).uniform(10, 17, 50)
    found = positions(render(np.stack([np.full(50, LOW), y], axis=-1)[None]), floor=0)[0]
    a = (LOW + 0.5) / RADIUS
    np.testing.assert_allclose(found[:, 0] - LOW, RADIUS * norm.pdf(a) / norm.cdf(a), atol=5e-3)
    np.testing.assert_allclose(found[:, 1], y, atol=1e-5)


def test_a_faint_background_does_not_move_the_centroid():
    points = np.random.default_rng(2).uniform(LOW, HIGH, (1, 300, 2))
    frames = 0.02 + 0.98 * render(points)
    assert np.abs(positions(frames) - points).max() < 0.02
    assert np.abs(positions(frames, floor=0) - points).max() > 2  # what the floor is for


def test_columns_are_x_and_rows_are_y():
    frames = np.zeros((1, 1, 5, 9))
    frames[0, 0, 2, 7] = 1
    assert positions(frames).tolist() == [[[7.0, 2.0]]]


def test_dark_and_broken_frames_have_no_position():
    frames = render(np.full((1, 6, 2), 13.0))
    frames[0, 1] = 0
    frames[0, 2, 3, 3] = np.nan
    frames[0, 3, 3, 3] = np.inf
    frames[0, 4, 3, 3:5] = np.inf, -np.inf
    frames[0, 5] = 0.04  # darker than the floor all over
    assert np.isnan(positions(frames)).all(2).tolist() == [[False, True, True, True, True, True]]
    assert np.isnan(mass(frames)).tolist() == [[False, False, True, True, True, False]]


def test_the_mass_of_a_blob_is_its_integral():
    found = mass(render(np.random.default_rng(3).uniform(9, 18, (2, 40, 2))))
    np.testing.assert_allclose(found, 2 * np.pi * RADIUS**2, rtol=1e-6)


@pytest.mark.parametrize("jitter", [0.0, 0.5])
def test_bounces_are_the_frames_nearest_to_the_exact_reflections(jitter):
    """Every exact hit that is clear of both ends is found, at its frame, and nothing else is."""
    path, velocity, exact = simulate(*starts(200, seed=4), frames=210)
    found = bounces(path, jitter)
    clear = _clear_of_the_ends(exact, velocity, jitter)
    assert not (found & ~exact).any()
    assert (found | ~clear)[exact].all()
    assert clear.sum() > 0.9 * exact.sum() > 1000


def test_jitter_makes_no_bounces():
    rng = np.random.default_rng(5)
    start, velocity = starts(100, seed=6, steepest=70)
    path, velocity, exact = simulate(start, velocity, frames=210)
    noisy = bounces(path + rng.uniform(-0.12, 0.12, path.shape))
    clear = _clear_of_the_ends(exact, velocity, 1.0)
    for shift in (1, 2):  # an axis moves at least .17 px a frame, so noise shifts a turn by 2 frames at most
        exact[:, shift:] |= exact[:, :-shift].copy()
        exact[:, :-shift] |= exact[:, shift:].copy()
    assert not (noisy & ~exact).any()
    assert noisy.sum() >= clear.sum() > 500
    assert not bounces(13 + rng.uniform(-0.24, 0.24, (20, 300, 2))).any()


def test_missing_positions_are_passed_over():
    path, _, _ = simulate(*starts(50, seed=7), frames=100)
    whole = bounces(path)
    holes = np.random.default_rng(8).random(path.shape[:2]) < 0.1
    holes |= whole.any(2) & (np.arange(100) % 2 == 0)
    holes[:, :3] = True
    path[holes] = np.nan
    found = bounces(path)
    assert not found[holes].any()
    near = whole.copy()
    for _ in range(6):  # a turn whose frame is missing is found at a neighbour
        near[:, 1:] |= near[:, :-1].copy()
        near[:, :-1] |= near[:, 1:].copy()
    assert not (found & ~near).any()
    assert found.sum() > 0.95 * whole[:, 5:].sum()


def test_a_triangle_by_hand():
    x = np.array([0, 1, 2, 3, 2, 1, 0, -1, 0, 1.0])
    path = np.stack([x, 7 - 0.1 * x], axis=-1)[None]
    assert np.argwhere(bounces(path, 0.05)).tolist() == [[0, 3, 0], [0, 3, 1], [0, 7, 0], [0, 7, 1]]
    assert np.argwhere(bounces(path, 0.25)).tolist() == [[0, 3, 0], [0, 3, 1], [0, 7, 0]]


@pytest.mark.parametrize("shape", [(3, 4), (0, 5, 2), (3, 0, 2), (3, 5, 3), (3, 5, 2, 1)])
def test_other_shapes_are_refused(shape):
    with pytest.raises(ValueError, match="positions: shape"):
        bounces(np.zeros(shape))


def test_other_bad_arguments_are_refused():
    with pytest.raises(ValueError, match=r"frames: shape \(2, 28, 28\)"):
        positions(np.zeros((2, SIZE, SIZE)))
    with pytest.raises(ValueError, match="jitter = -1"):
        bounces(np.zeros((1, 5, 2)), jitter=-1)


def _clear_of_the_ends(exact, velocity, jitter):
    """Exact hits at least (jitter + 1 step) away from the first and last frame, along their axis."""
    t = np.arange(exact.shape[1])[:, None]
    room = np.minimum(t - 1, exact.shape[1] - 2 - t) * np.abs(velocity)
    return exact & (room > jitter)
