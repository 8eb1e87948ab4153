"""Flows are invertible, their determinants are autograd's, their densities integrate to one."""

import math

import numpy as np
import pytest
import torch

from curvae.flows.coupling import Coupling, Flow
from curvae.flows.density import FLOWS, densities, fit_flow
from curvae.flows.spline import SplineFlow


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


def built(kind, dim, layers=3, units=32, deviation=1.0, size=0.5):
    """A flow far from its start, of points of mean 0; of splines two steps, as in use."""
    about = torch.zeros(dim), torch.full((dim,), deviation)
    if kind == "spline":
        return stirred(SplineFlow(*about, units=units), size=size)
    return stirred(Flow(*about, layers, units, additive=kind == "nice"), size=size)


@pytest.mark.parametrize("dim", [2, 3, 5])
@pytest.mark.parametrize("kind", FLOWS)
def test_inverse_and_determinant(dim, kind):
    flow = built(kind, dim, layers=6, deviation=1.5)
    x = points(20, dim)
    z, logdet = flow(x)
    assert (flow.inverse(z) - x).abs().max() < 1e-9
    jacobian = torch.stack([torch.func.jacrev(lambda v: flow(v[None])[0][0])(row) for row in x])
    torch.testing.assert_close(logdet, torch.linalg.slogdet(jacobian).logabsdet, rtol=1e-9, atol=1e-9)


def test_additive_coupling_has_determinant_one_and_starts_as_the_reversal():
    x = points(10, 4)
    assert (stirred(Coupling(4, additive=True))(x)[1] == 0).all()
    torch.testing.assert_close(Coupling(4).double()(x)[0], x.flip(1))


@pytest.mark.parametrize("kind", FLOWS)
def test_a_density_in_two_dimensions_integrates_to_one(kind):
    flow = built(kind, 2, units=8, size=0.3)
    axis = torch.linspace(-15, 15, 601, dtype=torch.float64)
    x = points(100, 2)
    z, logdet = flow(x)
    assert min((z - x).abs().max(), (z - x.flip(1)).abs().max()) > 0.3  # far from any reordering
    assert (logdet == 0).all() if kind == "nice" else logdet.abs().max() > 0.3
    with torch.no_grad():
        parts = torch.cartesian_prod(axis, axis).split(100_000)  # splines keep many numbers a point
        mass = sum(flow.log_prob(part).exp().sum() for part in parts) * (axis[1] - axis[0]) ** 2
    assert mass.item() == pytest.approx(1, abs=1e-3)


@pytest.mark.parametrize("kind", FLOWS)
def test_every_layer_gets_a_gradient(kind):
    flow = built(kind, 2)
    flow.log_prob(points(50, 2)).mean().backward()
    assert all((p.grad != 0).any() for p in flow.parameters())


def test_one_dimension_and_unknown_kinds_are_refused():
    with pytest.raises(ValueError, match="kind = 'planar': allowed: nice, realnvp, spline"):
        fit_flow(points(50, 2), kind="planar")
    with pytest.raises(ValueError, match="dim = 1: allowed: 2 or more"):
        Coupling(1)


def test_a_flow_learns_a_bent_density_that_a_gaussian_cannot():
    """x_2 = x_1^2 + noise: the entropy is that of two independent normals, known in closed form."""
    noise = points(6000, 2).float()
    bent = torch.stack([noise[:, 0], noise[:, 0].square() + 0.3 * noise[:, 1]], dim=1)
    table = densities(bent[:4000], bent[4000:], steps=250).set_index("density")
    truth = -(1 + math.log(2 * math.pi) + math.log(0.3))
    assert table.loc["gaussian", "nats"] < truth - 0.8
    assert list(table.index) == ["prior", "gaussian", *FLOWS]
    assert table.loc["realnvp", "nats"] == pytest.approx(truth, abs=0.15)
    assert table.loc["spline", "nats"] > table.loc["gaussian", "nats"] + 0.5  # the tails lie beyond its [-5, 5]
    assert table.loc["prior", "nats"] < table.loc["gaussian", "nats"]
    assert (table["low"] < table["nats"]).all()
    assert table.loc["nice", "expansion"] == 0  # additive layers keep volumes
    assert table["expansion"].isna().tolist() == [True, True, False, False, False]


def test_splines_learn_points_with_edges():
    """x_1 uniform on (-1, 1), x_2 = x_1^2 + noise: on held-out points nearly as likely as under their own density."""
    noise = points(6000, 2).float()
    x1 = 2 * torch.special.ndtr(noise[:, 0]) - 1
    bent = torch.stack([x1, x1.square() + 0.3 * noise[:, 1]], dim=1)
    own = -math.log(2 * 0.3) - 0.5 * (noise[4000:, 1].square() + math.log(2 * math.pi))
    flow = fit_flow(bent[:4000], kind="spline", steps=400)
    with torch.no_grad():
        short = own - flow.log_prob(bent[4000:])
    assert 0 < short.mean() < 0.05


def test_fitting_is_seeded_and_leaves_the_global_stream_alone():
    x = points(500, 2).float()
    torch.manual_seed(3)
    expected = torch.rand(1)
    torch.manual_seed(3)
    first, second = (
        [fit_flow(x, kind=kind, steps=5, seed=7).log_prob(x).detach().numpy() for kind in FLOWS] for _ in range(2)
    )
    assert torch.equal(torch.rand(1), expected)
    assert np.array_equal(first, second)
    with pytest.raises(ValueError, match="finite and varying"):
        fit_flow(torch.zeros(10, 2))
