"""The ring's density, and how points that are or are not on it are judged."""

import math

import pytest
import torch

from curvae.data.ring import ring
from curvae.flows.ring import learn_ring, ring_log_density


def normal(samples, seed):
    return torch.randn(samples, 2, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def mapped(z):
    return torch.as_tensor(ring(z.numpy()))


def test_the_density_of_the_ring_is_the_change_of_variables_and_integrates_to_one():
    z = normal(200, 0)
    jacobian = torch.func.vmap(torch.func.jacrev(lambda v: v / 10 + v / v.norm()))(z)
    expected = -0.5 * z.square().sum(1) - math.log(2 * math.pi) - torch.linalg.slogdet(jacobian).logabsdet
    torch.testing.assert_close(ring_log_density(mapped(z)), expected, rtol=1e-9, atol=1e-9)
    axis = torch.linspace(-2, 2, 2001, dtype=torch.float64)
    mass = ring_log_density(torch.cartesian_prod(axis, axis)).exp().sum() * (axis[1] - axis[0]) ** 2
    assert mass.item() == pytest.approx(1, abs=1e-3)


def test_the_exact_map_is_judged_right_and_a_disc_is_not():
    train, test = mapped(normal(3000, 1)).float(), mapped(normal(4000, 2)).float()
    arrays, table = learn_ring(train, test, lambda z: mapped(z).to(z), steps=60)
    found = table.set_index("source")
    for source in ("test", "decoder"):
        assert found.loc[source, "radius_mean"] == pytest.approx(1.1253, abs=0.005)
        assert found.loc[source, "radius_deviation"] == pytest.approx(0.0655, abs=0.003)
        assert found.loc[source, ["radius_distance", "angle_distance"]].max() < 0.03
        assert found.loc[source, "inside"] == 0
    assert found.loc["flow", "mass"] == pytest.approx(1, abs=1e-3)
    assert found.loc["flow", "nats"] < found.loc["test", "nats"]
    assert arrays["points"].dims == ("source", "sample", "coordinate")
    _, disc = learn_ring(train, test, lambda z: z, steps=1)
    assert disc.set_index("source").loc["decoder", "inside"] == pytest.approx(1 - math.exp(-0.5), abs=0.03)
