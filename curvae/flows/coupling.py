"""Coupling layers (NICE, RealNVP) and the density of their composition."""

import math

import torch
from jaxtyping import Float
from torch import Tensor, nn

Points = Float[Tensor, "sample dim"]
LogDet = Float[Tensor, " sample"]


class Coupling(nn.Module):
    """y_1 = x_1, y_2 = x_2 exp(s(x_1)) + m(x_1), log |det dy/dx| = sum s(x_1); then the order is reversed.

    Additive (NICE): s = 0, so the determinant is 1. The last layer starts at zero: the identity.

    Args:
        dim: of the points, 2 or more.
        units: of the two hidden layers of s and m.
        additive: leave the scale out.

    Raises:
        ValueError: one dimension cannot be split.

    Reference: Dinh, Krueger & Bengio (2015), eq. 8; Dinh, Sohl-Dickstein & Bengio (2017), eqs. 7 and 8.
    """

    def __init__(self, dim: int, units: int = 32, additive: bool = False):
        super().__init__()
        if dim < 2:
            raise ValueError(f"dim = {dim}: allowed: 2 or more")
        self.kept, self.moved, self.additive = dim // 2, dim - dim // 2, additive
        last = nn.Linear(units, self.moved * (1 if additive else 2))
        nn.init.zeros_(last.weight)
        nn.init.zeros_(last.bias)
        self.net = nn.Sequential(nn.Linear(self.kept, units), nn.Tanh(), nn.Linear(units, units), nn.Tanh(), last)

    def forward(self, x: Points) -> tuple[Points, LogDet]:
        """The image of x and log |det dy/dx|."""
        x1, x2 = x.split([self.kept, self.moved], dim=1)
        scale, shift = self._terms(x1)
        return torch.cat([x1, x2 * scale.exp() + shift], dim=1).flip(1), scale.sum(1)

    def inverse(self, y: Points) -> Points:
        """The point whose image is y."""
        y1, y2 = y.flip(1).split([self.kept, self.moved], dim=1)
        scale, shift = self._terms(y1)
        return torch.cat([y1, (y2 - shift) * (-scale).exp()], dim=1)

    def _terms(self, x1: Tensor) -> tuple[Tensor, Tensor]:
        out = self.net(x1)
        if self.additive:
            return torch.zeros_like(out), out
        scale, shift = out.chunk(2, dim=1)
        return bounded(scale), shift


def bounded(scale: Tensor) -> Tensor:
    """2 tanh(s / 2): a factor within e^2 a layer keeps training stable."""
    return 2 * torch.tanh(scale / 2)


class Flow(nn.Module):
    """log p(x) = log N(f(x); 0, I) + log |det df/dx|, f standardising and then couplings.

    Args:
        mean: of the points, [dim].
        deviation: of the points, [dim], above 0.
        layers: number of couplings.
        units: see `Coupling`.
        additive: see `Coupling`.
    """

    def __init__(self, mean: Tensor, deviation: Tensor, layers: int = 8, units: int = 32, additive: bool = False):
        super().__init__()
        self.register_buffer("mean", mean)
        self.register_buffer("deviation", deviation)
        self.couplings = nn.ModuleList(Coupling(len(mean), units, additive) for _ in range(layers))

    def forward(self, x: Points) -> tuple[Points, LogDet]:
        """f(x) and log |det df/dx|."""
        z, total = (x - self.mean) / self.deviation, -self.deviation.log().sum().expand(len(x))
        for coupling in self.couplings:
            z, logdet = coupling(z)
            total = total + logdet
        return z, total

    def inverse(self, z: Points) -> Points:
        """The point x with f(x) = z; of normal z, a sample of p."""
        for coupling in reversed(self.couplings):
            z = coupling.inverse(z)
        return z * self.deviation + self.mean

    def log_prob(self, x: Points) -> LogDet:
        """log p(x) in nats."""
        z, logdet = self(x)
        return -0.5 * (z.square().sum(1) + z.shape[1] * math.log(2 * math.pi)) + logdet
