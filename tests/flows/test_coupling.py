"""Flows are invertible, their determinants are autograd's, their densities integrate to one."""

import math

import numpy as np
import pytest
import torch

from curvae.flows.coupling import Coupling, Flow
from curvae.flows.density import densities, fit_flow


def stirred(module, seed=0, size=0.5):
    """A module in float64 whose weights are far from their start."""
    generator = torch.Generator().manual_seed(seed)
    module = module.double()
    with torch.no_grad():
        for p in module.parameters():
            p.copy_(torch.randn(p.shape, generator=generator, dtype=torch.float64) * size)
    return module


def points(samples, dim, seed=1):
    return torch.randn(samples, dim, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


@pytest.mark.parametrize("dim", [2, 3, 5])
@pytest.mark.parametrize("additive", [True, False])
def test_inverse_and_determinant(dim, additive):
    flow = stirred(Flow(torch.zeros(dim), torch.full((dim,), 1.5), layers=6, additive=additive))
    x = points(20, dim)
    z, logdet = flow(x)
    assert (flow.inverse(z) - x).abs().max() < 1e-9
    jacobian = torch.stack([torch.func.jacrev(lambda v: flow(v[None])[0][0])(row) for row in x])
    torch.testing.assert_close(logdet, torch.linalg.slogdet(jacobian).logabsdet, rtol=1e-9, atol=1e-9)


def test_additive_coupling_has_determinant_one_and_starts_as_the_reversal():
    x = points(10, 4)
    assert (stirred(Coupling(4, additive=True))(x)[1] == 0).all()
    torch.testing.assert_close(Coupling(4).double()(x)[0], x.flip(1))


def test_a_density_in_two_dimensions_integrates_to_one():
    flow = stirred(Flow(torch.zeros(2), torch.ones(2), layers=3, units=8), size=0.3)
    axis = torch.linspace(-15, 15, 1501, dtype=torch.float64)
    assert flow(points(100, 2))[1].abs().max() > 0.3
    with torch.no_grad():
        mass = flow.log_prob(torch.cartesian_prod(axis, axis)).exp().sum().item() * (axis[1] - axis[0]).item() ** 2
    assert mass == pytest.approx(1, abs=1e-3)


def test_every_weight_gets_a_gradient_and_one_dimension_is_refused():
    flow = stirred(Flow(torch.zeros(2), torch.ones(2)))
    flow.log_prob(points(50, 2)).mean().backward()
    assert all((p.grad != 0).any() for p in flow.parameters())
    with pytest.raises(ValueError, match="dim = 1: allowed: 2 or more"):
        Coupling(1)


def test_a_flow_learns_a_bent_density_that_a_gaussian_cannot():
    """x_2 = x_1^2 + noise: the entropy is that of two independent normals, known in closed form."""
    noise = points(6000, 2).float()
    bent = torch.stack([noise[:, 0], noise[:, 0].square() + 0.3 * noise[:, 1]], dim=1)
    table = densities(bent[:4000], bent[4000:], steps=400).set_index("density")
    truth = -(1 + math.log(2 * math.pi) + math.log(0.3))
    assert table.loc["gaussian", "nats"] < truth - 0.8
    assert table.loc["realnvp", "nats"] == pytest.approx(truth, abs=0.15)
    assert table.loc["prior", "nats"] < table.loc["gaussian", "nats"]
    assert (table["low"] < table["nats"]).all()
    assert table.loc["nice", "expansion"] == 0  # additive layers keep volumes
    assert table["expansion"].isna().tolist() == [True, True, False, False]


def test_fitting_is_seeded_and_leaves_the_global_stream_alone():
    x = points(500, 2).float()
    torch.manual_seed(3)
    expected = torch.rand(1)
    torch.manual_seed(3)
    first, second = (fit_flow(x, steps=5, seed=7).log_prob(x).detach().numpy() for _ in range(2))
    assert torch.equal(torch.rand(1), expected)
    assert np.array_equal(first, second)
    with pytest.raises(ValueError, match="finite and varying"):
        fit_flow(torch.zeros(10, 2))
