"""Stacked cells agree with PyTorch's own, member by member."""

import pytest
import torch

from curvae.nets.linear import initial_weights
from curvae.nets.recurrent import cell_shapes, cell_step, zero_state

MEMBERS, SAMPLES, INPUTS, UNITS = 3, 5, 4, 6
PEERS = {"elman": torch.nn.RNNCell, "gru": torch.nn.GRUCell, "lstm": torch.nn.LSTMCell}


@pytest.mark.parametrize("cell", PEERS)
def test_steps_agree_with_the_library_cell(cell):
    shapes = cell_shapes(cell, INPUTS, UNITS)
    drawn = [initial_weights(shapes, torch.Generator().manual_seed(seed)) for seed in range(MEMBERS)]
    weights = {name: torch.stack([w[name] for w in drawn]).double() for name in shapes}
    x = torch.randn(3, MEMBERS, SAMPLES, INPUTS, generator=torch.Generator().manual_seed(9), dtype=torch.float64)
    state = zero_state(cell, MEMBERS, SAMPLES, UNITS, x)
    for frame in x:
        state = cell_step(cell, weights, state, frame)
    for member in range(MEMBERS):
        peer = PEERS[cell](INPUTS, UNITS).double()
        ours = {name: w[member] for name, w in weights.items()}
        peer.load_state_dict(
            {
                "weight_ih": ours["cell.input.weight"].T,
                "weight_hh": ours["cell.state.weight"].T,
                "bias_ih": ours["cell.input.bias"],
                "bias_hh": ours["cell.state.bias"],
            }
        )
        theirs = None
        with torch.no_grad():
            for frame in x:
                theirs = peer(frame[member], theirs)
        hidden = theirs[0] if cell == "lstm" else theirs
        torch.testing.assert_close(state[0][member], hidden, rtol=1e-12, atol=1e-12)
