"""Climate statistics in closed form: known dimensions, parabolas, sines, shifts and exponential errors."""

import numpy as np
import pytest

from curvae.dynamics import climate
from curvae.dynamics.climate import (
    exponents_distance,
    kaplan_yorke,
    maxima,
    measure_distance,
    power_spectrum,
    return_map,
    return_map_distance,
    spectrum_distance,
    valid_frames,
    valid_time,
)


@pytest.mark.parametrize(
    ("exponents", "dimension"),
    [
        ((0.9056, 0, -14.5723), 2 + 0.9056 / 14.5723),
        ((-14.5723, 0.9056, 0), 2 + 0.9056 / 14.5723),
        ((np.log(2), -2 * np.log(2)), 1.5),
        ((-1, -2), 0),
        ((0, -1, -2), 1),
        ((1, 1, -1, -3), 3 + 1 / 3),
        ((1, -0.5, -0.5, -1), 3),  # the sum is exactly zero after the third largest
        ((1, 0.5), 2),
        ((1, -np.inf), 1),
        ((-np.inf, -np.inf), 0),
    ],
)
def test_kaplan_yorke(exponents, dimension):
    assert kaplan_yorke(exponents) == pytest.approx(dimension, rel=1e-14)


def test_kaplan_yorke_of_a_batch_and_of_nan():
    batch = np.array([[[0.9, 0, -14.4], [np.nan, 0, -1]], [[-1, -2, -3], [2, -1, -4]]])
    got = kaplan_yorke(batch)
    np.testing.assert_allclose(got, [[2.0625, np.nan], [0, 2.25]], rtol=1e-14)


def test_the_top_of_a_sampled_parabola_is_exact():
    t = np.arange(9.0)
    assert maxima(7 - 0.3 * (t - 4.2) ** 2) == pytest.approx([7], rel=1e-14)
    assert maxima([0, 1, 1, 0, 2, 0]).tolist() == [1 + 1 / 8, 2]
    assert maxima([3, 2, 1]).size == 0


def test_maxima_of_a_sine_converge_with_the_fourth_power_of_the_step():
    errors = []
    for dt in (0.2, 0.1):
        tops = maxima(np.sin(np.arange(0, 200, dt)))
        errors.append(np.abs(tops - 1).max())
    assert np.log2(errors[0] / errors[1]) == pytest.approx(4, abs=0.3)


def test_the_return_map_of_a_tent():
    # bumps whose heights follow the tent map, in two trajectories that do not mix
    heights = np.empty((2, 40))
    heights[:, 0] = 0.1234, 0.4567
    for n in range(39):
        heights[:, n + 1] = 1.9 * np.minimum(heights[:, n], 1 - heights[:, n])
    bump = np.array([-1, 0, 0.75, 1, 0.75, 0])
    pairs = return_map((heights[..., None] * bump).reshape(2, -1))
    assert pairs.shape == (78, 2)
    np.testing.assert_allclose(pairs, np.concatenate([np.stack([h[:-1], h[1:]], -1) for h in heights]), rtol=1e-13)
    np.testing.assert_allclose(pairs[:, 1], 1.9 * np.minimum(pairs[:, 0], 1 - pairs[:, 0]), rtol=1e-12)


def test_the_distance_of_return_maps_is_the_planted_one():
    x = np.linspace(0, 1, 20001)
    true = np.stack([x, 1 - 2 * np.abs(x - 0.5)], -1)
    query = np.linspace(0.01, 0.99, 97)
    shifted = np.stack([query, 1 - 2 * np.abs(query - 0.5) + 0.1], -1)
    assert return_map_distance(shifted, true) == pytest.approx(0.1 / true[:, 1].std(), rel=1e-3)
    assert return_map_distance(true, true) < 1e-3


def test_the_spectrum_sums_to_the_variance_and_peaks_at_the_frequency():
    dt, t = 0.05, np.arange(8192) * 0.05
    frequency, density = power_spectrum(np.stack([np.sin(2 * np.pi * 1.25 * t)] * 2), dt, 1024)
    assert frequency[density.argmax()] == pytest.approx(1.25, abs=1e-12)
    assert density.sum() * frequency[1] == pytest.approx(0.5, rel=1e-3)
    noise = np.random.default_rng(0).normal(size=(20, 8192))
    frequency, density = power_spectrum(noise, dt, 256)
    np.testing.assert_allclose(density[2:-2], 2 * dt, rtol=0.2)  # white: the variance over the band of 1 / (2 dt)


def test_the_distance_of_spectra_is_in_decibels():
    noise = np.random.default_rng(0).normal(size=(3, 4096))
    true = power_spectrum(noise, 1.0, 256)
    assert spectrum_distance(true, true) == 0
    assert spectrum_distance(power_spectrum(10 * noise, 1.0, 256), true) == pytest.approx(20, rel=1e-12)
    assert spectrum_distance(power_spectrum(noise / 10, 1.0, 256), true, share=1) == pytest.approx(20, rel=1e-12)
    # a difference above the frequencies that hold the share does not count
    one = climate.PowerSpectrum(np.arange(4.0), np.array([5.0, 8.0, 2.0, 0.001]))
    other = one._replace(density=np.array([1.0, 8.0, 2.0, 100.0]))
    assert spectrum_distance(other, one) == 0
    assert spectrum_distance(other, one, share=1) == pytest.approx(50 / np.sqrt(3), rel=1e-12)


def test_the_distance_of_measures():
    cloud = np.random.default_rng(0).normal(size=(4000, 3)) * [1, 10, 0.1]
    assert measure_distance(cloud, cloud[::-1]) == pytest.approx(0, abs=1e-14)
    few = cloud[:100]
    assert measure_distance(np.add(few, [0, few[:, 1].std(), 0]), few, directions=3000) == pytest.approx(0.5, abs=0.02)
    assert measure_distance(cloud[:, :1] + 2 * cloud[:, 0].std(), cloud[:, :1]) == pytest.approx(2, rel=1e-12)
    # W1 of normal variables with deviations 1 and 2 about one mean: E|Z| = sqrt(2 / pi)
    wide = np.random.default_rng(1).normal(size=(40000, 1))
    assert measure_distance(2 * wide, wide) == pytest.approx(np.sqrt(2 / np.pi), rel=0.02)


def test_valid_time_of_errors_that_grow_exponentially():
    t = np.arange(700) * 0.02
    true = np.stack([np.sin(3 * t + phase) for phase in np.linspace(0, 6, 8)])[..., None]
    spread = true.std()
    start = np.geomspace(1e-5, 1e-3, 8)
    predicted = true + (spread * start[:, None] * np.exp(0.9 * t))[..., None]
    exact = np.log(0.4 / start)  # in units of 1 / 0.9
    got = valid_time(predicted, true, 0.02, 0.9)
    np.testing.assert_allclose(got.times, exact, atol=0.02 * 0.9)
    assert got.low < got.mean < got.high
    assert got.mean == pytest.approx(exact.mean(), abs=0.02)
    half = 2.3646242515927849 * got.times.std(ddof=1) / np.sqrt(8)
    assert got.high - got.mean == pytest.approx(half, rel=1e-9)


def test_frames_that_are_not_finite_end_the_validity():
    true = np.random.default_rng(0).normal(size=(3, 10, 2))
    predicted = true.copy()
    predicted[0, 4, 1] = np.nan
    predicted[1, 7] = np.inf
    assert valid_frames(predicted, true).tolist() == [4, 7, 10]


SERIES = np.random.default_rng(0).normal(size=(2, 50))
PATHS = SERIES[..., None]
SPECTRUM = power_spectrum(SERIES, 1.0, 16)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: kaplan_yorke([]), r"exponents: shape \(0,\)"),
        (lambda: maxima([1, 2]), r"series: shape \(2,\); allowed: \(time\), at least 3"),
        (lambda: maxima([1, np.nan, 2]), "series: 1 entries are NaN"),
        (lambda: return_map(SERIES[0]), r"series: shape \(50,\)"),
        (lambda: return_map([[1, 2, 1, 0]]), "at most one maximum in 4 frames"),
        (lambda: return_map_distance(PATHS[0], SERIES.T), r"predicted: shape \(50, 1\)"),
        (lambda: return_map_distance(SERIES.T, SERIES.T, 51), "neighbours = 51: allowed: 1 to 50"),
        (lambda: return_map_distance(SERIES.T, np.ones((9, 2))), "true: all maxima are equal"),
        (lambda: power_spectrum(SERIES, 0.0, 16), "dt = 0.0"),
        (lambda: power_spectrum(SERIES, 1.0, 51), "segment = 51: allowed: 8 to 50"),
        (lambda: power_spectrum(SERIES * np.inf, 1.0, 16), "series: 100 entries are NaN"),
        (lambda: spectrum_distance(power_spectrum(SERIES, 1.0, 8), SPECTRUM), "predicted: other frequencies"),
        (lambda: spectrum_distance(SPECTRUM, SPECTRUM, 0), "share = 0"),
        (lambda: spectrum_distance(SPECTRUM, SPECTRUM._replace(density=0 * SPECTRUM.density)), "without power"),
        (lambda: measure_distance(SERIES.T, SERIES), "predicted: shape"),
        (lambda: measure_distance(SERIES[:1], SERIES[:1]), r"true: shape \(1, 50\); .* at least 2"),
        (lambda: measure_distance(SERIES.T, np.ones((5, 2))), "true: coordinate 0 does not move"),
        (lambda: measure_distance(SERIES.T, SERIES.T, 0), "directions = 0"),
        (lambda: valid_frames(PATHS[:, 1:], PATHS), r"predicted: shape \(2, 49, 1\); allowed: .*\(2, 50, 1\)"),
        (lambda: valid_frames(PATHS, PATHS * np.nan), "true: 100 entries are NaN"),
        (lambda: valid_frames(PATHS, 0 * PATHS), "true: the states do not move"),
        (lambda: valid_frames(PATHS, PATHS, 0), "threshold = 0"),
        (lambda: valid_frames(SERIES, SERIES), r"true: shape \(2, 50\)"),
        (lambda: valid_time(PATHS[:1], PATHS[:1], 0.1, 1.0), "predicted: 1 start; allowed: at least 2"),
        (lambda: valid_time(PATHS, PATHS, 0.1, 0.0), "exponent = 0.0"),
    ],
)
def test_bad_input_is_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_exponents_are_compared_rank_by_rank():
    true = (0.9, 0.0, -14.6)
    assert exponents_distance((*true, -20.0), true) == 0
    assert exponents_distance((0.8, 0.1, -10.6), true) == pytest.approx(4.2 / 15.5)
    assert np.isnan(exponents_distance((0.9, np.nan, -14.6), true))
    with pytest.raises(ValueError, match="2, 3; allowed: as many as true ones"):
        exponents_distance((0.9, 0.0), true)
