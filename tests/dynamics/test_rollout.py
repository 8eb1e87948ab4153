"""Rollouts against exact powers of a linear map and a sequence network run at once; baselines on straight paths."""

import numpy as np
import pytest
import torch

from curvae.dynamics.baselines import constant_velocity, last_frame
from curvae.dynamics.rollout import divergence, rollout


def normal(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def test_a_linear_map_gives_its_powers():
    a, inputs = normal(3, 3) / 2, normal(2, 5, 4, 3, seed=1)
    outputs, state = rollout(lambda state, x: (state, x @ a.T), None, inputs, 12)
    powers = np.stack([np.linalg.matrix_power(a.numpy(), k) for k in range(1, 13)])
    exact = np.einsum("kij,...j->...ki", powers, inputs[..., -1, :].numpy())
    assert outputs.shape == (2, 5, 12, 3)
    assert state is None
    np.testing.assert_allclose(outputs.numpy(), exact, rtol=1e-12, atol=1e-13)


def test_the_state_sees_every_input_once_and_in_order():
    inputs, seen = normal(1, 5, 2), []

    def step(count, x):
        seen.append(x)
        return count + 1, x * 0.5

    outputs, count = rollout(step, 0, inputs, 4)
    assert count == len(seen) == 5 + 4 - 1
    assert torch.equal(torch.stack(seen, dim=-2), torch.cat([inputs, outputs[..., :-1, :]], dim=-2))


@pytest.fixture
def lstm():
    """A step with the state (h, c), and the same network run over a whole sequence at once."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(3)
        whole = torch.nn.LSTM(2, 7, batch_first=True, dtype=torch.float64)
        readout = torch.nn.Linear(7, 2, dtype=torch.float64)
    cell = torch.nn.LSTMCell(2, 7, dtype=torch.float64)
    cell.load_state_dict({name.removesuffix("_l0"): value for name, value in whole.state_dict().items()})

    def step(state, x):
        state = cell(x, state)
        return state, x + readout(state[0])

    return step, lambda x: x + readout(whole(x)[0])


def test_a_rollout_fed_as_inputs_predicts_itself(lstm):
    step, at_once = lstm
    inputs, zero = normal(6, 10, 2), torch.zeros(6, 7, dtype=torch.float64)
    outputs, (h, c) = rollout(step, (zero, zero), inputs, 20)
    taught = at_once(torch.cat([inputs, outputs[:, :-1]], dim=1))
    torch.testing.assert_close(outputs, taught[:, 9:], rtol=1e-12, atol=1e-12)
    assert h.shape == c.shape == (6, 7)


def test_a_rollout_goes_on_from_its_last_state(lstm):
    inputs, zero = normal(3, 10, 2), torch.zeros(3, 7, dtype=torch.float64)
    whole, _ = rollout(lstm[0], (zero, zero), inputs, 20)
    first, state = rollout(lstm[0], (zero, zero), inputs, 8)
    second, _ = rollout(lstm[0], state, first[:, -1:], 12)
    assert torch.equal(whole, torch.cat([first, second], dim=1))


def test_gradients_flow_through_the_closed_loop():
    factor = torch.tensor(0.9, dtype=torch.float64, requires_grad=True)
    outputs, _ = rollout(lambda s, x: (s, factor * x), None, torch.ones(1, 1, dtype=torch.float64), 5)
    outputs[-1].sum().backward()  # d a^5 / da
    assert factor.grad.item() == pytest.approx(5 * 0.9**4, rel=1e-14)


def test_divergence_names_the_first_frame_that_leaves():
    outputs = torch.ones(2, 3, 6, 2, dtype=torch.float64)
    outputs[0, 0] = 2.0 ** torch.arange(6)[:, None]  # 1 2 4 8 16 32
    outputs[0, 1, 3, 0] = torch.nan
    outputs[0, 2, 5, 1] = -torch.inf
    outputs[1, 1, 0, 1] = -9
    outputs[1, 2, 2, 0] = 8
    assert divergence(outputs, bound=8).tolist() == [[4, 3, 5], [-1, 0, -1]]
    assert divergence(outputs).tolist() == [[-1, 3, 5], [-1, -1, -1]]


def test_last_frame_stands_still():
    inputs = normal(2, 3, 4, 5)
    outputs = last_frame(inputs, 7)
    assert outputs.shape == (2, 3, 7, 5)
    assert torch.equal(outputs, inputs[..., 3:, :].expand(2, 3, 7, 5))


def test_constant_velocity_is_exact_on_straight_paths():
    start, velocity = normal(4, 1, 3), normal(4, 1, 3, seed=1)
    path = start + velocity * torch.arange(30, dtype=torch.float64)[:, None]
    torch.testing.assert_close(constant_velocity(path[:, :10], 20), path[:, 10:], rtol=1e-12, atol=1e-12)


def test_constant_velocity_uses_the_last_difference_only():
    squares = torch.arange(6, dtype=torch.float64)[:, None] ** 2
    assert constant_velocity(squares, 3).flatten().tolist() == [34, 43, 52]  # 25 + k (25 - 16)


@pytest.mark.parametrize(
    "predict", [lambda x, n: rollout(lambda s, y: (s, y), None, x, n), last_frame, constant_velocity]
)
@pytest.mark.parametrize(
    ("inputs", "frames", "message"),
    [
        (torch.ones(3, 0, 2), 5, "warm-up of 0 frames"),
        (torch.ones(3, 4, 2), 0, "frames = 0"),
        (torch.ones(3), 5, r"shape \(3,\)"),
        (torch.tensor([[1.0], [torch.nan]]), 5, "1 entries are NaN"),
    ],
)
def test_bad_inputs_are_refused(predict, inputs, frames, message):
    with pytest.raises(ValueError, match=message):
        predict(inputs, frames)


def test_other_bad_arguments_are_refused():
    with pytest.raises(ValueError, match="warm-up of 1 frames; allowed: at least 2"):
        constant_velocity(torch.ones(1, 2), 3)
    with pytest.raises(ValueError, match=r"shape of \(4, 1\); allowed: \(4, 2\)"):
        rollout(lambda s, x: (s, x[..., :1]), None, torch.ones(4, 3, 2), 5)
    with pytest.raises(ValueError, match="bound = 0"):
        divergence(torch.ones(3, 2), bound=0)
