"""Lyapunov exponents against linear maps, exact maps, the determinant along an orbit, and the Lorenz system."""

import math
from dataclasses import replace
from functools import partial

import numpy as np
import pytest
import torch

from curvae.data import kuramoto_sivashinsky, lorenz
from curvae.dynamics import closed_loop, lyapunov_spectrum, rollout
from curvae.intervals import mean_interval
from curvae.nets.recurrent import cell_shapes, cell_step, zero_state
from curvae.settings.data import Lorenz

QUICK = {"steps": 100, "discard": 0, "blocks": 2}


def normal(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


@pytest.mark.parametrize("n_exponents", [1, 2, 4])
def test_a_linear_map_has_the_logarithms_of_its_eigenvalues(n_exponents):
    basis = torch.linalg.qr(normal(4, 4)).Q + 0.3 * normal(4, 4, seed=1)
    values = torch.tensor([1.01, -0.9, 0.5, 0.2], dtype=torch.float64)
    a = basis @ torch.diag(values) @ torch.linalg.inv(basis)
    found = lyapunov_spectrum(
        lambda x: x @ a.T, normal(3, 4, seed=2), n_exponents, 0.5, steps=100, discard=500, blocks=4
    )
    exact = np.log(np.abs(values.numpy()[:n_exponents])) / 0.5
    assert found.exponents.shape == (3, n_exponents)
    np.testing.assert_allclose(found.exponents, np.tile(exact, (3, 1)), rtol=0, atol=1e-12)
    np.testing.assert_allclose(found.high - found.low, 0, atol=1e-12)


def test_a_rotation_that_shrinks_has_equal_exponents():
    turn = 0.7 * torch.tensor([[math.cos(1), -math.sin(1)], [math.sin(1), math.cos(1)]], dtype=torch.float64)
    found = lyapunov_spectrum(lambda x: x @ turn.T, normal(2), 2, 1.0, **QUICK)
    np.testing.assert_allclose(found.exponents, np.log(0.7), rtol=1e-13)
    np.testing.assert_allclose(found.history, np.log(0.7), rtol=1e-13)
    np.testing.assert_allclose(found.times, np.arange(5, 101, 5))


def test_a_forgetful_direction_has_minus_infinity():
    keep = torch.tensor([[2.0, 0.0], [0.0, 0.0]], dtype=torch.float64)
    found = lyapunov_spectrum(
        lambda x: torch.sin(x @ keep), torch.zeros(2, dtype=torch.float64), 2, 1.0, **QUICK | {"discard": 5}
    )
    assert found.exponents[0] == pytest.approx(math.log(2), rel=1e-13)
    assert found.exponents[1] == found.low[1] == found.high[1] == -np.inf


def test_the_cat_map_is_exact_and_the_chebyshev_map_within_its_interval():
    cat = torch.tensor([[2.0, 1.0], [1.0, 1.0]], dtype=torch.float64)
    found = lyapunov_spectrum(lambda x: (x @ cat) % 1, normal(5, 2).abs() % 1, 2, 1.0, **QUICK | {"discard": 50})
    golden = 2 * math.log((1 + math.sqrt(5)) / 2)
    np.testing.assert_allclose(found.exponents, [[golden, -golden]] * 5, rtol=1e-12)
    # T_3(x) = 4 x^3 - 3 x on [-1, 1] has the exponent ln 3
    starts = torch.cos(torch.linspace(0.1, 3, 400, dtype=torch.float64))[:, None]
    chebyshev = lyapunov_spectrum(lambda x: 4 * x**3 - 3 * x, starts, 1, 1.0, steps=400, discard=50)
    value, low, high = chebyshev.pooled()
    assert low < math.log(3) < high
    assert value[0] == pytest.approx(math.log(3), abs=0.01)


def test_all_exponents_sum_to_the_mean_log_determinant():
    a, b = normal(3, 3), normal(3, seed=4)

    def step(x):
        return torch.tanh(x @ a.T + b) + 0.3 * x.roll(1, -1)

    start, logdets = normal(3, seed=2), []
    found = lyapunov_spectrum(step, start, 3, 0.1, steps=60, discard=10, every=4, blocks=3)
    x = start
    for count in range(70):
        if count >= 10:
            logdets.append(torch.linalg.slogdet(torch.func.jacrev(step)(x)).logabsdet.item())
        x = step(x)
    assert found.exponents.sum() == pytest.approx(np.mean(logdets) / 0.1, rel=1e-11)


def test_lorenz_has_the_known_spectrum_and_trace():
    settings = Lorenz(kind="lorenz", substeps=2, transient=1000)
    starts = torch.from_numpy(lorenz.trajectories(settings, 0, 2000, 1)[:, 0].copy())
    step = lorenz.flow(settings.model_copy(update={"dt": 0.015, "substeps": 1}))
    found = lyapunov_spectrum(step, starts, 3, 0.015, steps=700, discard=500, every=10)
    value, low, high = found.pooled()
    assert value[0] == pytest.approx(0.9056, rel=0.01)
    assert value[1] == pytest.approx(0, abs=0.01)
    assert value[2] == pytest.approx(-14.57, rel=0.01)
    assert value.sum() == pytest.approx(-41 / 3, abs=1e-3)
    assert low[0] < 0.9056 < high[0]
    assert (found.diverged == -1).all()


def test_kuramoto_sivashinsky_contracts_as_its_linear_part():
    # the divergence of the nonlinear part is a multiple of the mean field, zero here
    length, points, h = 22.0, 16, 0.02
    weights = {k: torch.from_numpy(v) for k, v in kuramoto_sivashinsky.coefficients(length, points, h).items()}
    step = partial(kuramoto_sivashinsky.step, weights=weights, fft=torch.fft)
    start = normal(points)
    found = lyapunov_spectrum(step, start - start.mean(), points, h, steps=100, discard=0, every=1, blocks=2)
    k = 2 * np.pi * np.fft.fftfreq(points, length / points)
    assert found.exponents.sum() == pytest.approx((k**2 - k**4).sum(), rel=1e-5)


@pytest.mark.parametrize("cell", ["elman", "gru", "lstm"])
def test_a_stacked_network_in_closed_loop(cell):
    weights = {name: 0.8 * normal(2, *shape, seed=5) for name, shape in cell_shapes(cell, 2, 4).items()}
    readout = 0.5 * normal(2, 4, 2, seed=6)

    def predict(state, x):
        state = cell_step(cell, weights, state, x)
        return state, x * 0.5 + torch.tanh(state[0] @ readout)

    inputs = normal(2, 3, 6, 2)
    outputs, state = rollout(predict, zero_state(cell, 2, 3, 4, inputs), inputs, 1)
    advance, vector = closed_loop(predict, state, outputs[:, :, 0])
    found = lyapunov_spectrum(advance, vector, 2, 1.0, steps=50, discard=10, every=2, blocks=2)
    assert found.exponents.shape == (2, 3, 2)
    assert found.history.shape == (25, 2, 3, 2)
    # one member and one start alone, with the whole Jacobian
    alone = {name: w[1:] for name, w in weights.items()}

    def single(v):
        held = tuple(v[:-2].reshape(-1, 1, 1, 4))
        new = cell_step(cell, alone, held, v[-2:].reshape(1, 1, 2))
        return torch.cat([*(part.flatten() for part in new), v[-2:] * 0.5 + torch.tanh(new[0] @ readout[1]).flatten()])

    v, q = vector[1, 2], torch.linalg.qr(normal(vector.shape[-1], 2, seed=0)).Q
    sums = np.zeros(2)
    for count in range(60):
        q, r = torch.linalg.qr(torch.func.jacrev(single)(v) @ q)
        v, sums = single(v), sums + (count >= 10) * r.diagonal().abs().log().numpy()
    np.testing.assert_allclose(found.exponents[1, 2], sums / 50, rtol=1e-8, atol=1e-10)


def test_closed_loop_takes_any_state():
    x = normal(3, 2)
    advance, vector = closed_loop(lambda state, x: (state, 2 * x), None, x)
    assert torch.equal(advance(vector), 2 * x)
    advance, vector = closed_loop(lambda state, x: (state + 1, x + state), normal(3, 2, seed=1), x)
    assert torch.equal(advance(vector), torch.cat([vector[:, :2] + 1, vector[:, 2:] + vector[:, :2]], -1))


def test_a_diverging_start_is_flagged_and_harms_no_other():
    starts = torch.tensor([[0.5], [1.5], [-0.3]], dtype=torch.float64)
    found = lyapunov_spectrum(lambda x: x**2, starts, 1, 1.0, **QUICK | {"discard": 3})
    first = next(n for n in range(1, 100) if 2**n * math.log(1.5) >= math.log(2) * 1024)
    assert found.diverged.tolist() == [-1, first, -1]
    assert np.isnan(found.exponents[1]).all()
    assert np.isnan(found.history[:, 1]).all()
    assert not np.isnan(found.exponents[[0, 2]]).any()
    np.testing.assert_array_equal(found.pooled(), mean_interval(found.exponents[[0, 2]]))
    pairs = replace(found, exponents=np.stack([found.exponents, found.exponents[[0, 2, 0]]])).pooled()
    np.testing.assert_array_equal(np.stack(pairs)[:, 0], found.pooled())
    np.testing.assert_array_equal(np.stack(pairs)[:, 1], mean_interval(found.exponents[[0, 2, 0]]))
    others = lyapunov_spectrum(lambda x: torch.sin(2 * x), torch.zeros(2, 1, dtype=torch.float64), 1, 1.0, **QUICK)
    value, low, high = others.pooled()
    assert value == low == high == pytest.approx(math.log(2))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"state": torch.ones(2, dtype=torch.int64)}, r"state: torch.int64 of shape \(2,\); allowed: floating"),
        ({"state": torch.tensor([0.0, torch.nan])}, "state: 1 entries are NaN"),
        ({"n_exponents": 3}, "n_exponents = 3: allowed: 1 to 2"),
        ({"dt": 0.0}, r"dt = 0.0: allowed: above 0"),
        ({"discard": -1}, "discard = -1"),
        ({"every": 0}, "every = 0"),
        ({"blocks": 1}, "blocks = 1"),
        ({"steps": 49}, "steps = 49: allowed: at least 50"),
        ({"step": lambda x: x[:1]}, r"step: a state of shape \(1,\); allowed: \(2,\)"),
    ],
)
def test_bad_arguments_are_refused(change, message):
    arguments = {"step": torch.sin, "state": torch.zeros(2), "n_exponents": 1, "dt": 1.0}
    with pytest.raises(ValueError, match=message):
        lyapunov_spectrum(**arguments | change)
    with pytest.raises(ValueError, match="allowed: a batch axis"):
        lyapunov_spectrum(torch.sin, torch.zeros(2), 1, 1.0, **QUICK).pooled()
