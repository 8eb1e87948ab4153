"""Reservoirs: their law, their read-out against normal equations, exact learning, and Lorenz's climate in short."""

import numpy as np
import pytest
import torch

from curvae.data import lorenz
from curvae.dynamics.climate import valid_time
from curvae.dynamics.lyapunov import lyapunov_spectrum
from curvae.dynamics.reservoir import draw_reservoirs
from curvae.dynamics.rollout import rollout
from curvae.settings.data import Lorenz

WAVES = np.stack([np.sin(0.2 * np.arange(400) + p) + 0.5 * np.cos(0.11 * np.arange(400)) for p in (0, 1)])[..., None]


def test_the_weights_are_as_asked():
    drawn = draw_reservoirs([3, 4], 3, 200, degree=6, radius=[0.5, 1.2], input_scale=0.1, bias_scale=[0, 2])
    assert drawn.recurrent.shape == (2, 200, 200)
    radii = torch.linalg.eigvals(drawn.recurrent).abs().amax(-1)
    np.testing.assert_allclose(radii, [0.5, 1.2], rtol=1e-10)
    links = (drawn.recurrent != 0).sum((1, 2)) / 200
    np.testing.assert_allclose(links, 6, atol=0.7)
    assert 0.099 < drawn.entry.abs().max() <= 0.1
    assert drawn.bias[0].abs().max() == 0
    assert 1.9 < drawn.bias[1].abs().max() <= 2
    assert (draw_reservoirs([3], 3, 40, degree=40).recurrent != 0).all()


def test_a_member_depends_on_its_own_seed_alone():
    together = draw_reservoirs([5, 6, 7], 2, 50, radius=[0.9, 0.8, 0.7]).fit(np.repeat(WAVES, 2, -1), 20)
    alone = draw_reservoirs([6], 2, 50, radius=0.8).fit(np.repeat(WAVES, 2, -1), 20)
    assert torch.equal(together.recurrent[1], alone.recurrent[0])
    assert torch.equal(together.readout[1], alone.readout[0])
    assert not torch.equal(together.recurrent[0], alone.recurrent[0])


def test_the_step_is_the_equation():
    drawn = draw_reservoirs([1, 2], 2, 30, bias_scale=0.3, leak=[0.4, 1.0])
    rng = np.random.default_rng(0)
    r, x = rng.normal(size=(2, 5, 30)), rng.normal(size=(2, 5, 2))
    got = drawn.drive(torch.from_numpy(r), torch.from_numpy(x)).numpy()
    for m, a in enumerate((0.4, 1.0)):
        matrix, entry, bias = (w[m].numpy() for w in (drawn.recurrent, drawn.entry, drawn.bias))
        for s in range(5):
            inside = matrix @ r[m, s] + entry @ x[m, s] + bias
            np.testing.assert_allclose(got[m, s], (1 - a) * r[m, s] + a * np.tanh(inside), rtol=1e-12, atol=1e-14)


def test_the_state_forgets_its_start():
    drawn = draw_reservoirs([0], 1, 80, radius=0.5)
    x = torch.from_numpy(WAVES)[None, :1]
    other = torch.ones(1, 1, 80, dtype=torch.float64)
    r = drawn.start(1)
    for frame in x.unbind(-2):
        r, other = drawn.drive(r, frame), drawn.drive(other, frame)
    torch.testing.assert_close(r, other, rtol=0, atol=1e-12)


@pytest.mark.parametrize("squares", [True, False])
def test_the_readout_solves_the_normal_equations(squares):
    drawn = draw_reservoirs([0, 1], 1, 40, squares=squares, input_scale=1.0)
    fitted = drawn.fit(WAVES, 50, [0.1, 2.0])
    states = drawn.states(torch.from_numpy(WAVES))
    for m, penalty in enumerate((0.1, 2.0)):
        features = states[m, :, 50:-1].flatten(0, 1).clone()
        if squares:
            features[:, 1::2] **= 2
        targets = torch.from_numpy(WAVES[:, 51:]).flatten(0, 1)
        exact = torch.linalg.solve(
            features.T @ features + penalty * torch.eye(40, dtype=torch.float64), features.T @ targets
        )
        torch.testing.assert_close(fitted.readout[m], exact, rtol=1e-9, atol=1e-11)


def test_closed_loop_is_a_rollout_of_waves_it_has_learned():
    fitted = draw_reservoirs([0], 1, 60, radius=0.95, squares=False).fit(WAVES, 100, 1e-12)
    x = torch.from_numpy(WAVES)[None]
    outputs, state = rollout(fitted.step, fitted.start(2), x[:, :, :300], 100)
    assert (outputs - x[:, :, 300:]).abs().max() < 0.01
    _, r = rollout(fitted.step, fitted.start(2), x[:, :, :300], 1)
    for _ in range(99):
        r = fitted.closed(r)
    torch.testing.assert_close(r, state, rtol=1e-12, atol=1e-12)


def test_lyapunov_by_vectors_is_that_of_the_whole_jacobian():
    fitted = draw_reservoirs([0, 1], 1, 12, degree=6, radius=0.9, input_scale=1.0).fit(WAVES, 50, 1e-3)
    start = fitted.states(torch.from_numpy(WAVES))[:, :, -1]
    found = lyapunov_spectrum(fitted.closed, start, 3, 1.0, steps=40, discard=0, every=1, blocks=2)
    alone = draw_reservoirs([1], 1, 12, degree=6, radius=0.9, input_scale=1.0).fit(WAVES, 50, 1e-3)
    r, sums = start[1, 0], 0
    q = torch.linalg.qr(torch.randn(12, 3, generator=torch.Generator().manual_seed(0), dtype=torch.float64)).Q
    for _ in range(40):
        jacobian = torch.func.jacrev(lambda v: alone.closed(v[None, None])[0, 0])(r)
        q, upper = torch.linalg.qr(jacobian @ q)
        r, sums = alone.closed(r[None, None])[0, 0], sums + upper.diagonal().abs().log()
    np.testing.assert_allclose(found.exponents[1, 0], sums / 40, rtol=1e-9)


def test_lorenz_is_learned():
    settings = Lorenz(kind="lorenz", transient=500)
    train, test = lorenz.trajectories(settings, 0, 2, 2000), lorenz.trajectories(settings, 2, 30, 600)
    mean, deviation = train.mean((0, 1)), train.std((0, 1))
    train, test = (train - mean) / deviation, (test - mean) / deviation
    fitted = draw_reservoirs([0], 3, 200, radius=0.1, input_scale=0.3, bias_scale=0.5).fit(train, 50, 1e-8)
    x = torch.from_numpy(test)[None]
    outputs, _ = rollout(fitted.step, fitted.start(30), x[:, :, :100], 500)
    assert valid_time(outputs[0].numpy(), test[:, 100:], settings.dt, 0.9056).low > 5
    _, r = rollout(fitted.step, fitted.start(30), x[:, :, :100], 1)
    found = lyapunov_spectrum(fitted.closed, r, 3, settings.dt, steps=400, discard=300)
    value, low, high = (part[0] for part in found.pooled())
    assert low[0] < 0.9056 < high[0]
    assert value[0] == pytest.approx(0.9056, rel=0.1)
    assert value[1] == pytest.approx(0, abs=0.05)
    assert value[2] == pytest.approx(-14.57, rel=0.05)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"seeds": []}, "allowed: at least 1 of each"),
        ({"degree": 0}, "degree = 0: allowed: above 0, at most 10"),
        ({"degree": 11}, "degree = 11"),
        ({"degree": 1e-9}, "no loop among 10 units with seed 0"),
        ({"radius": [1, 2, 3]}, r"radius = \[1, 2, 3\]: allowed: one number, or one for each of 2"),
        ({"radius": -1}, "radius = -1"),
        ({"leak": 0}, "leak = 0: allowed: above 0"),
        ({"leak": 1.5}, "leak = 1.5"),
    ],
)
def test_bad_arguments_are_refused(change, message):
    with pytest.raises(ValueError, match=message):
        draw_reservoirs(**{"seeds": [0, 1], "width": 1, "units": 10} | change)


def test_bad_sequences_are_refused():
    drawn = draw_reservoirs([0], 1, 10)
    with pytest.raises(ValueError, match="readout = None"):
        drawn.closed(drawn.start(1))
    with pytest.raises(ValueError, match="sequences: 400 frames; allowed: at least 401"):
        drawn.fit(WAVES, 399)
    with pytest.raises(ValueError, match="sequences: width 2; allowed: 1"):
        drawn.fit(np.repeat(WAVES, 2, -1), 10)
    with pytest.raises(ValueError, match="sequences: 1 entries are NaN"):
        drawn.fit(np.where(np.arange(400)[:, None] == 7, np.nan, WAVES[:1]), 10)
    with pytest.raises(ValueError, match="penalty = -1"):
        drawn.fit(WAVES, 10, -1)


def test_the_units_are_differentiable_in_every_way():
    """Links are multiplied outside torch: backward, forward, and of many vectors at once."""
    drawn = draw_reservoirs([0, 1], 2, 5, degree=3, input_scale=1.0, leak=[0.5, 1.0])
    x = torch.randn(2, 3, 2, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    r = torch.randn(2, 3, 5, generator=torch.Generator().manual_seed(1), dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(lambda r: drawn.drive(r, x), r, check_forward_ad=True)
    each = zip(r, x, drawn.recurrent, drawn.entry, drawn.bias, drawn.leak, strict=True)
    plain = torch.stack([(1 - a) * h + a * torch.tanh(h @ w.T + y @ b.T + c) for h, y, w, b, c, a in each])
    torch.testing.assert_close(drawn.drive(r, x), plain)
    ahead = torch.func.jacfwd(lambda r: drawn.drive(r, x))(r.detach())
    torch.testing.assert_close(ahead, torch.autograd.functional.jacobian(lambda r: drawn.drive(r, x), r.detach()))
