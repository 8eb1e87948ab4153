"""The structured predictor: exact in an exact chart, its fit obeys the law of least squares, it finds charts."""

import numpy as np
import pytest
import torch
from ball_simulator import simulate

from curvae.dynamics import lyapunov_spectrum
from curvae.dynamics.billiard import Billiard, fit_billiard, fit_flight, fold
from curvae.dynamics.fitted import predict

SIDE = np.sqrt(3)  # a uniform distribution of mean 0 and variance 1 ends there
BOX = np.full(2, -SIDE), np.full(2, 2 * SIDE)


def balls(count, frames, seed=0):
    """Coordinates of variance 1 of balls between -SIDE and SIDE, [ball, frame, 2], and their first velocities."""
    rng = np.random.default_rng(seed)
    angle, speed = rng.uniform(0, 2 * np.pi, count), rng.uniform(0.08, 0.33, count)
    velocity = speed[:, None] * np.stack([np.cos(angle), np.sin(angle)], -1)
    place = rng.uniform(-SIDE, SIDE, (count, 2))
    return fold(place[:, None] + velocity[:, None] * np.arange(frames)[:, None], *BOX), velocity


def sheet(x):
    """A curved sheet of three latents, its axes turned by 30 degrees."""
    a, b = np.moveaxis(x, -1, 0)
    c, s = np.cos(np.pi / 6), np.sin(np.pi / 6)
    z = np.stack([np.sinh(0.8 * (c * a - s * b)), s * a + c * b + 0.2 * a**2, 0.5 * a * b + np.cos(b)], -1)
    return (z - z.mean((0, 1))) / z.std((0, 1))


def as_it_is(x):
    return x


def test_folding_is_the_simulators_reflection():
    path, velocity, _ = simulate(np.full((3, 2), 13.0), np.array([[1.3, -0.7], [2, 0.1], [-0.5, 1.9]]), 200)
    straight = path[:, :1] + velocity[:, :1] * np.arange(200)[:, None]
    np.testing.assert_allclose(fold(straight, np.full(2, 3.0), np.full(2, 21.0)), path, atol=1e-9)


def test_a_flight_between_mirrors_has_exponents_of_zero():
    """Its tangent map is a shear, [[1, t], [0, 1]] up to signs: lengths grow by a factor of at most 1 + t."""
    low, width = (torch.from_numpy(side) for side in BOX)

    def step(state):
        place, velocity = state.chunk(2, -1)
        away = place + velocity - low  # one mirror a frame at most
        over, under = away > width, away < 0
        away = torch.where(over, 2 * width - away, torch.where(under, -away, away))
        return torch.cat([low + away, torch.where(over | under, -velocity, velocity)], -1)

    flown, velocity = balls(5, 400)
    state = torch.from_numpy(np.concatenate([flown[:, 0], velocity], -1))
    for _ in range(399):
        state = step(state)
    np.testing.assert_allclose(state[:, :2], flown[:, -1], atol=1e-9)
    for steps in (100, 1000, 3000):
        found = lyapunov_spectrum(step, state, 4, 1.0, steps=steps, discard=0).exponents
        np.testing.assert_allclose(found.sum(-1), 0, atol=1e-12)
        assert np.abs(found).max() <= np.log(1 + steps) / steps


def test_in_an_exact_chart_the_future_is_exact():
    x, _ = balls(200, 220)
    found = Billiard(as_it_is, as_it_is, *BOX, np.zeros(2)).forecast(x[:, :20], 200)
    assert (np.abs(found - x[:, 20:]).max((1, 2)) < 1e-6).mean() >= 0.99


@pytest.mark.parametrize("frames", [10, 30])
def test_the_velocitys_error_is_that_of_least_squares(frames):
    """s sqrt(12 / n^3), the median of |error| being .6745 of it; walls in the way change little."""
    x, velocity = balls(4000, frames, seed=1)
    noise = 0.01
    found = fit_flight(x + noise * np.random.default_rng(2).standard_normal(x.shape), *BOX)[1]
    error = np.median(np.abs(np.abs(found) - np.abs(velocity))) / 0.6745
    assert error == pytest.approx(noise * np.sqrt(12 / frames**3), rel=0.1)


def test_the_coordinates_of_a_bent_and_turned_sheet_are_found_without_a_position():
    x, _ = balls(260, 140, seed=4)
    z = sheet(x)
    fit = fit_billiard(z[:200, :80], units=120)
    u = fit.chart(z[200:]).reshape(-1, 2)
    found = np.abs(np.corrcoef(u.T, x[200:].reshape(-1, 2).T)[:2, 2:])
    assert sorted(found.argmax(1)) == [0, 1]
    assert found.max(1).min() > 0.999
    assert found.min(1).max() < 0.1
    np.testing.assert_allclose(fit.width, 2 * SIDE, rtol=0.03)
    assert (fit.misfit < 0.03).all()
    settings = {"kind": "billiard", "units": 120, "window": 40, "penalty": 1e-6}
    predicted = predict(settings, z[:200, :80], z[200:, :30], 110, seeds=(0, 1))
    assert predicted.shape == (2, 60, 110, 3)
    places = np.stack([fit.chart(one) for one in predicted[:1]])
    away = np.linalg.norm(places - fit.chart(z[200:, 30:]), axis=-1)
    assert np.median(away[..., 49]) < 0.1
    assert np.median(away[..., 109]) < 0.2


def test_bad_sequences_and_warm_ups_are_refused():
    x, _ = balls(10, 40)
    with pytest.raises(ValueError, match="window = 41: allowed: 8 to the frames"):
        fit_billiard(x, window=41)
    broken = x.copy()
    broken[1, 2, 0] = np.nan
    with pytest.raises(ValueError, match="sequences: 1 entries are NaN"):
        fit_billiard(broken)
    exact = Billiard(as_it_is, as_it_is, *BOX, np.zeros(2))
    with pytest.raises(ValueError, match="a warm-up of 2 frames; allowed: at least 3"):
        exact.forecast(x[:, :2], 5)
    with pytest.raises(ValueError, match="inputs: 1 entries"):
        exact.forecast(broken, 5)
