"""Reconstructions and paths of codes whose faults are planted and known."""

import numpy as np
import pytest
from ball_simulator import render, simulate, starts

from curvae.dynamics.reconstruction import path_shape, reconstruction_errors

FRAMES = 60


@pytest.fixture(scope="module")
def ball():
    """Places [trajectory, frame, 2] of 20 balls."""
    return simulate(*starts(20, seed=0, flattest=15.0, steepest=75.0), frames=FRAMES)[0]


def blobs(places):
    return render(np.asarray(places)[None])[0]


def test_a_perfect_reconstruction_loses_nothing(ball):
    places = ball[0]
    found = reconstruction_errors(blobs(places), blobs(places), places)
    assert 0 < found["median"] <= found["q99"] < 0.05  # of the centroid
    assert found["within"] == 1
    assert found["excess"] == pytest.approx(0, abs=1e-3)  # light below 1e-7 is cut


def test_a_ball_in_another_place_is_found_there(ball):
    places = ball.reshape(-1, 2)[:100]
    away = np.zeros((100, 2))
    away[::20, 0] = np.where(places[::20, 0] < 13.5, 4.0, -4.0)  # in 5 of 100 frames
    found = reconstruction_errors(blobs(places + away), blobs(places), places)
    assert found["median"] < 0.05
    assert found["q99"] == pytest.approx(4, abs=0.05)
    assert found["within"] == 0.95
    dark = reconstruction_errors(np.zeros((100, 28, 28)), blobs(places), places)
    assert dark["median"] == np.inf
    assert dark["within"] == 0
    lost = reconstruction_errors(np.full((100, 28, 28), np.nan), blobs(places), places)
    assert np.isnan([lost["median"], lost["q99"]]).all()


def test_the_excess_is_the_divergence_of_the_pixels():
    x, p = np.full((3, 4, 4), 0.25), np.full((3, 4, 4), 0.5)
    divergence = 0.25 * np.log(0.25 / 0.5) + 0.75 * np.log(0.75 / 0.5)
    found = reconstruction_errors(p, x, np.full((3, 2), 1.5))
    assert found["excess"] == pytest.approx(16 * divergence, rel=1e-12)


def test_codes_that_are_the_place_are_straight_and_whole(ball):
    turn = np.array([[0.6, 0.8], [-0.8, 0.6]])
    found = path_shape(0.1 * ball @ turn, ball, lambda z: blobs(z @ turn.T / 0.1))
    assert found["tear"] == pytest.approx(1)
    assert found["bend"] < 1e-9
    assert found["halfway"] < 0.05


@pytest.mark.parametrize("less", [0, 1])
def test_the_last_steps_are_decoded_too(ball, less):
    asked = []
    straight = np.abs(np.diff(ball, n=2, axis=1)).max(-1) < 1e-6
    path_shape(ball, ball, lambda z: blobs(asked.append(z) or z), pairs=int(straight.sum()) - less)
    assert len(asked[0]) == straight.sum() - less
    middle = (ball[:, 1:] + ball[:, :-1])[:, :-1][straight] / 2
    np.testing.assert_array_equal(asked[0][[0, -1]], middle[[0, -1]])
    path_shape(ball, ball, lambda z: blobs(asked.append(z) or z), pairs=10)
    np.testing.assert_array_equal(asked[1][[0, -1]], middle[[0, -1]])


def test_what_no_step_shows_is_nan(ball):
    still = np.repeat(ball[:2, :1], 5, axis=1)
    found = path_shape(still[:, :2], still[:, :2], blobs)
    assert all(np.isnan(value) for value in found.values())
    turning = 13.5 + np.stack([np.cos(np.arange(5.0)), np.sin(np.arange(5.0))], -1)[None]
    found = path_shape(turning, turning, blobs)
    assert found["tear"] == pytest.approx(1)
    assert np.isnan([found["bend"], found["halfway"]]).all()


def test_a_torn_sheet_and_a_bent_one_show_where_they_should(ball):
    torn = ball.copy()
    right = torn[..., 0] > 13.5
    torn[right] += 40.0  # the right half of the box lies elsewhere
    found = path_shape(torn, ball, lambda z: blobs(np.where(z > 32, z - 40, z)))
    step = np.linalg.norm(np.diff(ball, axis=1), axis=-1)
    assert found["tear"] > 40 / step.max()
    assert found["bend"] < 1e-9  # in the median there is no tear
    assert found["halfway"] > 5
    bent = np.exp(0.1 * ball)
    found = path_shape(bent, ball, lambda z: blobs(np.log(z) / 0.1))
    # e^(x + v) + e^(x - v) - 2 e^x over e^(x + v) - e^x is v to first order, here a tenth of .1 to 2 px
    assert 0.01 < found["bend"] < 0.2
    assert found["tear"] < 10
