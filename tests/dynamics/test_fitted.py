"""Predictors fitted in closed form: each is what its parts say, and systems that they hold exactly are predicted."""

import numpy as np
import pytest
import torch

from curvae.dynamics import closed_loop, lyapunov_spectrum, rollout
from curvae.dynamics.fitted import delayed, fit, predict
from curvae.dynamics.linear_map import fit_autoregression
from curvae.dynamics.reservoir import draw_reservoirs

RESERVOIR = {"kind": "reservoir", "units": 40, "radius": 0.9, "input_scale": 0.5, "bias_scale": 0.5, "penalty": 1e-6}


def rotations(count, frames, seed=0):
    """Points on circles, of which only the height is seen."""
    rng = np.random.default_rng(seed)
    phase, radius = rng.uniform(0, 2 * np.pi, (count, 1)), rng.uniform(0.5, 1, (count, 1))
    return (radius * np.cos(0.3 * np.arange(frames) + phase))[..., None]


@pytest.mark.parametrize(
    "settings",
    [
        {"kind": "ridge", "lags": 2, "penalty": 0.0},
        {"kind": "koopman", "delays": 2, "degree": 1, "penalty": 0.0},
        {"kind": "koopman", "delays": 2, "degree": 2, "penalty": 0.0},
    ],
)
def test_a_rotation_is_predicted_from_two_heights(settings):
    x = rotations(20, 60)
    found = predict(settings, x[:10], x[10:, :5], 55)
    assert found.shape == (1, 10, 55, 1)
    np.testing.assert_allclose(found[0], x[10:, 5:], atol=1e-6)


def test_ridge_and_reservoir_are_those_of_their_files():
    x = rotations(12, 40)
    known = torch.from_numpy(x[:, :6])
    model = fit_autoregression(x, 3, 1e-3)
    expected, _ = rollout(model.step, model.start(known[:, 0]), known, 9)
    np.testing.assert_array_equal(predict({"kind": "ridge", "lags": 3, "penalty": 1e-3}, x, x[:, :6], 9)[0], expected)
    found = predict(RESERVOIR, x, x[:, :6], 9, seeds=(3, 4))
    assert found.shape == (2, 12, 9, 1)
    one = draw_reservoirs((4,), 1, 40, radius=0.9, input_scale=0.5, bias_scale=0.5).fit(x, 6, 1e-6)
    expected, _ = rollout(one.step, one.start(12), known[None], 9)
    np.testing.assert_allclose(found[1], expected[0], rtol=1e-9)


@pytest.mark.parametrize(
    "settings",
    [{"kind": "ridge", "lags": 3, "penalty": 1e-3}, {"kind": "koopman", "delays": 3, "degree": 1, "penalty": 1e-3}],
)
def test_a_fitted_linear_map_has_the_logarithms_of_its_eigenvalues_as_exponents(settings):
    x = rotations(12, 40)
    step, start, seeds = fit(settings, x, 6, (5, 6))
    assert list(seeds) == [5]
    advance, vector = closed_loop(step, start(2), torch.from_numpy(x[None, :2, 0]))
    jacobian = torch.func.jacrev(advance)(vector[0, 0])
    expected = torch.linalg.eigvals(jacobian).abs().log().sort(descending=True).values
    # a pair of complex eigenvalues turns: only its sum settles at once
    found = lyapunov_spectrum(advance, vector, 3, 1.0, steps=5_000, discard=200).exponents
    np.testing.assert_allclose(found, np.broadcast_to(expected.numpy(), (1, 2, 3)), atol=1e-3)
    np.testing.assert_allclose(found.sum(-1), torch.linalg.slogdet(jacobian).logabsdet, rtol=1e-9)


def test_delayed_frames_are_newest_first():
    x = np.arange(12.0).reshape(1, 6, 2)
    assert delayed(x, 3)[0, 0].tolist() == [4, 5, 2, 3, 0, 1]
    assert delayed(x, 3).shape == (1, 4, 6)
    np.testing.assert_array_equal(delayed(x, 1), x)


def test_what_cannot_be_fitted_is_refused():
    x = rotations(4, 8)
    with pytest.raises(ValueError, match="kind = 'lstm': allowed: ridge, koopman, reservoir, billiard"):
        predict({"kind": "lstm"}, x, x[:, :3], 2)
    with pytest.raises(ValueError, match="8 frames; allowed: at least 9"):
        delayed(x, 9)
    with pytest.raises(ValueError, match="NaN or infinite"):
        predict({"kind": "ridge", "lags": 1, "penalty": 0.0}, np.full((2, 5, 1), np.nan), x[:, :3], 2)
    broken = x[:, :3].copy()
    broken[0, 1] = np.nan
    with pytest.raises(ValueError, match="1 entries are NaN"):
        predict({"kind": "ridge", "lags": 1, "penalty": 0.0}, x, broken, 2)
    with pytest.raises(ValueError, match="a warm-up of 0 frames"):
        predict({"kind": "koopman", "delays": 1, "degree": 1, "penalty": 0.0}, x, x[:, :0], 2)
    with pytest.raises(ValueError, match="a warm-up of 2 frames; allowed: at least 3"):
        predict({"kind": "ridge", "lags": 3, "penalty": 0.0}, x, x[:, :2], 2)
    with pytest.raises(ValueError, match="a warm-up of 1 frames; allowed: at least 2"):
        predict({"kind": "koopman", "delays": 2, "degree": 1, "penalty": 0.0}, x, x[:, :1], 2)
    with pytest.raises(ValueError, match="sequences: 1 frames; allowed: at least 2"):
        predict({"kind": "ridge", "lags": 1, "penalty": 0.0}, x[:, :1], x[:, :3], 2)
