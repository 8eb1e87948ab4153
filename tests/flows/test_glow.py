"""Glow's parts: exact inverses, autograd's determinants, a start that normalises, nothing lost in squeeze and split."""

import math

import pytest
import torch

from curvae.flows.glow import (
    ActNorm,
    Glow,
    ImageCoupling,
    InvertibleConv,
    attribute_direction,
    squeeze,
    unsqueeze,
)
from curvae.flows.levels import bits_per_dimension, place

PARTS = {
    "actnorm": lambda: ActNorm(4),
    "conv": lambda: InvertibleConv(4, torch.Generator().manual_seed(2)),
    "affine": lambda: ImageCoupling(4, 6),
    "additive": lambda: ImageCoupling(4, 6, additive=True),
    "glow": lambda: Glow((1, 8, 4), levels=2, depth=2, width=6),
}


def stirred(module, seed=0, size=0.3):
    """In float64, every parameter moved away from its start."""
    generator = torch.Generator().manual_seed(seed)
    module = module.double()
    with torch.no_grad():
        for p in module.parameters():
            p.add_(torch.randn(p.shape, generator=generator, dtype=torch.float64) * size)
    return module


def maps(samples, *shape, seed=1):
    return torch.randn(samples, *shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


@pytest.mark.parametrize("name", PARTS)
def test_inverse_and_determinant(name):
    part = stirred(PARTS[name](), size=0.2)  # at 0.3 a whole flow stretches some inputs by 1e5, and rounding with them
    x = maps(5, *((1, 8, 4) if name == "glow" else (4, 2, 4)))
    y, logdet = part(x)
    assert (part.inverse(y) - x).abs().max() < 1e-9
    for index, row in enumerate(x):
        jacobian = torch.func.jacrev(lambda v: part(v[None])[0].flatten())(row).flatten(1)
        assert abs(logdet[index] - torch.linalg.slogdet(jacobian).logabsdet) < 1e-6
    if name == "additive":
        assert (logdet == 0).all()
        assert torch.linalg.det(jacobian).item() == 1.0


def test_float32_goes_back_within_a_ten_thousandth():
    glow = stirred(Glow((1, 16, 16), levels=3, depth=4, width=8), size=0.1).float()
    x = maps(4, 1, 16, 16).float()
    assert (glow.inverse(glow(x)[0]) - x).abs().max() < 1e-4


def test_every_parameter_gets_a_gradient():
    glow = stirred(PARTS["glow"]())
    glow.log_prob(maps(20, 1, 8, 4)).mean().backward()
    assert all((p.grad != 0).any() for p in glow.parameters())


def test_actnorm_starts_with_mean_zero_and_deviation_one_at_every_depth():
    glow = Glow((1, 8, 8), levels=2, depth=3, width=6).double()
    x, seen = 3 + 5 * maps(256, 1, 8, 8), []
    glow.start(x)
    for part in glow.modules():
        if isinstance(part, ActNorm):
            part.register_forward_hook(lambda part, given, out: seen.append(out[0]))
    glow(x)
    assert len(seen) == 6
    for y in seen:
        assert y.mean((0, 2, 3)).abs().max() < 1e-5
        assert (y.std((0, 2, 3), correction=0) - 1).abs().max() < 1e-4


def test_a_constant_channel_does_not_break_the_start():
    norm = ActNorm(2).double()
    assert norm.start(torch.full((3, 2, 4, 4), 7.0).double()).abs().max() == 0


def test_the_convolution_starts_as_a_rotation():
    conv = PARTS["conv"]().double()
    lower, upper = conv._factors()
    w = conv.permutation @ lower @ upper
    torch.testing.assert_close(w @ w.T, torch.eye(4, dtype=torch.float64), rtol=0, atol=1e-6)
    assert conv(maps(2, 4, 3, 3))[1].abs().max() < 1e-5


def test_squeeze_and_split_lose_nothing():
    x = maps(2, 3, 6, 4)
    y = squeeze(x)
    assert y.shape == (2, 12, 3, 2)
    assert torch.equal(unsqueeze(y), x)
    assert torch.equal(y.flatten().sort().values, x.flatten().sort().values)
    with pytest.raises(ValueError, match="5 x 4 pixels; allowed: even"):
        squeeze(maps(1, 1, 5, 4))
    with pytest.raises(ValueError, match=r"shape = \(1, 12, 28\): allowed: rows and columns divisible by 8"):
        Glow((1, 12, 28), levels=3)
    glow = stirred(PARTS["glow"]())
    assert glow(maps(2, 1, 8, 4))[0].shape == (2, 32)


def test_bits_per_dimension_of_known_densities():
    """Uniform noise needs log2 of the number of levels; a uniform density on the cube says exactly so."""
    levels = torch.randint(0, 16, (50, 6), generator=torch.Generator().manual_seed(0))
    u = torch.rand(50, 6, generator=torch.Generator().manual_seed(1))
    x, _ = place(levels, u, 16, None)
    assert torch.equal(((x + 0.5) * 16).floor().long(), levels)
    assert x.min() >= -0.5
    assert x.max() < 0.5
    assert bits_per_dimension(torch.zeros(1), 6, 16).item() == pytest.approx(4)
    assert bits_per_dimension(torch.tensor(6 * math.log(16.0)), 6, 16).item() == pytest.approx(0, abs=1e-6)


def test_directions_are_differences_of_means():
    z, has = maps(10, 3), torch.arange(10) < 4
    torch.testing.assert_close(attribute_direction(z, has), z[:4].mean(0) - z[4:].mean(0))
    with pytest.raises(ValueError, match="has: 10 of 10 codes"):
        attribute_direction(z, torch.ones(10, dtype=torch.bool))
