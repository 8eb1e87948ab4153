"""The target grows in a line, and the KL is drawn to it from both sides."""

import pytest
import torch

from curvae.objectives.capacity import capacity, held_at


@pytest.mark.parametrize(("time", "expected"), [(0.0, 0.0), (2.5, 6.25), (10.0, 25.0), (40.0, 25.0)])
def test_the_target_grows_in_a_line_and_stays(time, expected):
    assert capacity(torch.tensor(time, dtype=torch.float64), 25.0, 10.0).item() == expected


def test_the_mean_kl_is_held_at_the_target():
    kl = torch.tensor([[[1.0, 2.0], [3.0, 4.0]]] * 2, requires_grad=True)
    terms = {"recon": torch.tensor([[1.0, 3.0], [2.0, 2.0]]), "kl": kl}
    beta = torch.tensor([10.0, 1.0])
    assert held_at(terms, beta, 3.0).tolist() == [2 + 10 * 2, 2 + 2]
    assert held_at(terms, beta, 5.0).tolist() == [2, 2]
    for target, sign in ((3.0, 1), (7.0, -1)):
        (gradient,) = torch.autograd.grad(held_at(terms, beta, target).sum(), kl)
        # Half of beta: the mean of two samples.
        assert gradient.tolist() == [[[sign * 5.0] * 2] * 2, [[sign * 0.5] * 2] * 2]
