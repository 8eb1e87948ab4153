"""Smooth paths: what is predicted, from what, and what weight 0 means."""

import pytest
import torch

from curvae.objectives import build, elbo
from curvae.objectives.smooth import roughness
from curvae.settings.objective import Smooth

START = torch.zeros((), dtype=torch.float64)  # epochs
FOLLOWS = torch.tensor([[False, True, True, True, False, True], [True, False, False, True, True, False]])


def objective(**said):
    return build(Smooth(kind="smooth", **said), 3, 50)


def test_roughness_is_the_mean_squared_error_of_the_prediction():
    mean = torch.randn(2, 6, 3, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    one, two = torch.zeros(2, dtype=torch.float64), torch.zeros(2, dtype=torch.float64)
    for member in range(2):
        m, follows = mean[member], FOLLOWS[member]
        pairs = [t for t in range(1, 6) if follows[t]]
        triples = [t for t in range(2, 6) if follows[t] and follows[t - 1]]
        one[member] = sum((m[t] - m[t - 1]).square().sum() for t in pairs) / len(pairs)
        two[member] = sum((m[t] - (2 * m[t - 1] - m[t - 2])).square().sum() for t in triples) / len(triples)
    torch.testing.assert_close(roughness(mean, FOLLOWS, 1), one, rtol=1e-14, atol=0)
    torch.testing.assert_close(roughness(mean, FOLLOWS, 2), two, rtol=1e-14, atol=0)


def test_straight_paths_are_smooth_and_standing_ones_slow():
    time = torch.arange(6, dtype=torch.float64)[None, :, None]
    line = 0.3 + 0.7 * time.expand(2, 6, 3)
    together = torch.ones(2, 6, dtype=torch.bool)
    torch.testing.assert_close(roughness(line, together, 2), torch.zeros(2, dtype=torch.float64), rtol=0, atol=1e-28)
    torch.testing.assert_close(roughness(line, together, 1), torch.full((2,), 3 * 0.49, dtype=torch.float64))
    curved = line + 0.5 * time**2
    torch.testing.assert_close(roughness(curved, together, 2), torch.full((2,), 3.0, dtype=torch.float64))


def test_frames_without_a_predecessor_do_not_count():
    mean = torch.randn(2, 6, 3, generator=torch.Generator().manual_seed(1), dtype=torch.float64).requires_grad_()
    nothing = torch.zeros(2, 6, dtype=torch.bool)
    for order in (1, 2):
        found = roughness(mean, nothing, order)
        assert (found == 0).all()
        assert (torch.autograd.grad(found.sum(), mean)[0] == 0).all()
        assert (roughness(mean[:, :1], nothing[:, :1], order) == 0).all()


@pytest.mark.parametrize("order", [1, 2])
def test_weight_0_is_the_elbo_bit_for_bit(drawn, terms, order):
    leaves, noise, _, beta = drawn()
    given = terms(leaves, noise)
    loss, parts = objective(weight=0, order=order).losses({}, given, beta, START, None)
    plain = elbo(given, beta)
    assert torch.equal(loss["model"], plain)
    assert (parts["roughness"] > 0).all()
    own = list(leaves.values())
    for mine, theirs in zip(
        *(torch.autograd.grad(f.sum(), own, retain_graph=True) for f in (loss["model"], plain)), strict=True
    ):
        assert torch.equal(mine, theirs)


def test_the_term_pulls_on_the_means_alone_and_in_proportion_to_its_weight(drawn, terms):
    leaves, noise, _, beta = drawn()
    given = terms(leaves, noise)
    own = [leaves["mean"], leaves["logvar"]]
    slopes = []
    for weight in (0.0, 2.0, 6.0):
        loss = objective(weight=weight).losses({}, given, beta, START, None)[0]["model"]
        slopes.append(torch.autograd.grad(loss.sum(), own, retain_graph=True))
    assert torch.equal(slopes[0][1], slopes[2][1])
    torch.testing.assert_close(3 * (slopes[1][0] - slopes[0][0]), slopes[2][0] - slopes[0][0], rtol=1e-10, atol=1e-12)


def test_the_weight_grows_in_a_line(drawn, terms):
    leaves, noise, _, beta = drawn()
    given = terms(leaves, noise)
    growing = objective(weight=6.0, weight_epochs=4.0)
    for epoch, weight in ((0.0, 0.0), (1.0, 1.5), (4.0, 6.0), (9.0, 6.0)):
        time = torch.tensor(epoch, dtype=torch.float64)
        found = growing.losses({}, given, beta, time, None)[0]["model"]
        assert torch.equal(found, objective(weight=weight).losses({}, given, beta, time, None)[0]["model"])
