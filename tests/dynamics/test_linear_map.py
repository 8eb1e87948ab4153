"""Ridge autoregression and dynamic-mode decomposition: exact on linear systems, and against normal equations."""

import math

import numpy as np
import pytest
import torch

from curvae.dynamics.linear_map import check_sequences, fit_autoregression, fit_koopman, monomials, ridge
from curvae.dynamics.lyapunov import lyapunov_spectrum
from curvae.dynamics.rollout import rollout

A = np.array([[0.9, 0.4, 0.0], [-0.4, 0.9, 0.1], [0.0, 0.0, 0.7]])


def orbits(step, start, frames):
    path = [start]
    for _ in range(frames - 1):
        path.append(step(path[-1]))
    return np.stack(path, 1)


LINEAR = orbits(lambda x: x @ A.T + [0.1, 0.0, 0.5], np.random.default_rng(0).normal(size=(4, 3)), 30)


def test_ridge_solves_the_normal_equations(rng):
    features, targets = (torch.from_numpy(rng.normal(size=(50, n))) for n in (7, 2))
    exact = torch.linalg.solve(features.T @ features + 0.3 * torch.eye(7, dtype=torch.float64), features.T @ targets)
    torch.testing.assert_close(ridge(features, targets, 0.3), exact, rtol=1e-11, atol=1e-12)


def test_ridge_of_dependent_features_has_the_least_norm(rng):
    features = torch.from_numpy(rng.normal(size=(50, 3)))
    twice = torch.cat([features, features], 1)
    targets = features @ torch.ones(3, 1, dtype=torch.float64)
    torch.testing.assert_close(ridge(twice, targets), torch.full((6, 1), 0.5, dtype=torch.float64))


def test_an_affine_system_is_learned_exactly():
    fitted = fit_autoregression(LINEAR, penalty=0.0)
    np.testing.assert_allclose(fitted.weights.T, A, atol=1e-12)
    np.testing.assert_allclose(fitted.constant, [0.1, 0, 0.5], atol=1e-12)
    x = torch.from_numpy(LINEAR)
    outputs, _ = rollout(fitted.step, fitted.start(x[:, 0]), x[:, :1], 29)
    np.testing.assert_allclose(outputs, LINEAR[:, 1:], atol=1e-11)
    spectrum = lyapunov_spectrum(lambda x: fitted.step(x[..., :0], x)[1], x[0, 0], 3, 1.0, steps=100, discard=1500)
    exact = np.sort(np.log(np.abs(np.linalg.eigvals(A))))[::-1]
    assert spectrum.exponents.sum() == pytest.approx(exact.sum(), rel=1e-10)


def test_lags_are_in_order_and_make_up_for_what_is_hidden():
    seen = LINEAR[..., :1]  # a coordinate of three needs three lags
    fitted = fit_autoregression(seen, lags=3, penalty=0.0)
    characteristic = np.poly(A)
    np.testing.assert_allclose(fitted.weights[:, 0], -characteristic[1:], atol=1e-8)
    x = torch.from_numpy(seen)
    outputs, past = rollout(fitted.step, fitted.start(x[:, 0]), x[:, :3], 20)
    np.testing.assert_allclose(outputs, seen[:, 3:23], atol=1e-7)
    np.testing.assert_allclose(past, torch.cat([outputs[:, -2], outputs[:, -3]], -1), atol=0)


def test_the_penalty_spares_the_constant():
    fitted = fit_autoregression(LINEAR, penalty=1e12)
    assert fitted.weights.abs().max() < 1e-9
    np.testing.assert_allclose(fitted.constant, LINEAR[:, 1:].mean((0, 1)), rtol=1e-6)


def test_dynamic_modes_of_a_linear_system(rng):
    values, vectors = fit_koopman(LINEAR - LINEAR.mean()).modes()  # not yet linear: the constant is missing
    assert len(values) == 3
    path = orbits(lambda x: x @ A.T, rng.normal(size=(4, 3)), 20)
    model = fit_koopman(path)
    values, vectors = model.modes()
    np.testing.assert_allclose(np.sort_complex(values), np.sort_complex(np.linalg.eigvals(A)), atol=1e-12)
    assert (np.diff(np.abs(values)) <= 1e-12).all()
    for value, vector in zip(values, vectors, strict=True):
        np.testing.assert_allclose(A @ vector, value * vector, atol=1e-12)
    outputs, _ = rollout(model.step, None, torch.from_numpy(path[:, :1]), 19)
    np.testing.assert_allclose(outputs, path[:, 1:], atol=1e-11)


def test_a_low_rank_finds_the_plane_in_which_the_system_lives(rng):
    turn = 0.95 * np.array([[math.cos(0.3), -math.sin(0.3)], [math.sin(0.3), math.cos(0.3)]])
    plane = np.linalg.qr(rng.normal(size=(6, 2))).Q
    path = orbits(lambda x: x @ turn.T, rng.normal(size=(3, 2)), 25) @ plane.T
    values, _ = fit_koopman(path, rank=2).modes()
    np.testing.assert_allclose(np.abs(values), [0.95, 0.95, 0, 0, 0, 0], atol=1e-12)
    np.testing.assert_allclose(np.sort(np.angle(values[:2])), [-0.3, 0.3], atol=1e-12)


def test_a_dictionary_makes_a_nonlinear_system_linear(rng):
    # x' = a x, y' = b y + c x^2 closes on (x, y, x^2): eigenvalues a, b, a^2 (Tu et al. 2014)
    a, b, c = 0.9, 0.5, 0.3
    path = orbits(lambda s: np.stack([a * s[:, 0], b * s[:, 1] + c * s[:, 0] ** 2], -1), rng.normal(size=(5, 2)), 15)
    model = fit_koopman(path, lambda x: torch.cat([x, x[..., :1] ** 2], -1))
    values, _ = model.modes()
    np.testing.assert_allclose(values, [0.9, 0.81, 0.5], atol=1e-10)
    outputs, _ = rollout(model.step, None, torch.from_numpy(path[:, :1]), 14)
    np.testing.assert_allclose(outputs, path[:, 1:], atol=1e-10)


def test_monomials():
    x = torch.tensor([[2.0, 3.0]], dtype=torch.float64)
    assert monomials(1)(x).tolist() == [[2, 3, 1]]
    assert monomials(3)(x).tolist() == [[2, 3, 4, 6, 9, 8, 12, 18, 27, 1]]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: ridge(torch.ones(3, 2), torch.ones(3, 1), -1.0), "penalty = -1.0"),
        (lambda: fit_autoregression(LINEAR, lags=0), "lags = 0"),
        (lambda: fit_autoregression(LINEAR[:, :3], lags=3), "sequences: 3 frames; allowed: at least 4"),
        (lambda: fit_koopman(LINEAR[:, :1]), "sequences: 1 frames; allowed: at least 2"),
        (lambda: fit_koopman(LINEAR, rank=4), "rank = 4: allowed: 1 to 3"),
        (lambda: fit_koopman(LINEAR, lambda x: 2 * x), "lift: its first entries differ"),
        (lambda: monomials(0), "degree = 0"),
        (lambda: check_sequences(LINEAR[0], 1), r"sequences: shape \(30, 3\)"),
        (lambda: check_sequences(np.full((1, 5, 2), np.nan), 1), "sequences: 10 entries are NaN"),
    ],
)
def test_bad_input_is_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()
