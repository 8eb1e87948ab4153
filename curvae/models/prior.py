"""Priors p(z) of a variational autoencoder that are trained along: flows from the latents to normal numbers."""

from itertools import pairwise

import torch
from torch import Tensor

from curvae.flows.coupling import bounded
from curvae.settings.model import FlowPrior
from curvae.types import Latents, PerLatent, Weights


class Couplings:
    """log p(z) = log N(f(z); 0, I) + log |det df/dz|, f the coupling layers of `curvae.flows.coupling` of many members.

    z_1 stays, z_2 becomes z_2 exp(s(z_1)) + m(z_1), and the order is reversed; additive couplings (nice) have s = 0.
    Nets of two hidden layers of tanh units. With weights of zero f only reorders, and p(z) is N(0, I).

    Args:
        settings: kind, number of layers, units of their nets.
        latent: number of latents, 2 or more.

    Attributes:
        shapes: of one member's weights.
        width: numbers that all layers put out for a sample.

    References: Dinh, Krueger & Bengio (2015), eq. 8; Dinh, Sohl-Dickstein & Bengio (2017), eqs. 7 and 8.
    """

    def __init__(self, settings: FlowPrior, latent: int):
        self.settings, self.parts = settings, [latent // 2, latent - latent // 2]
        out = self.parts[1] * (1 if settings.kind == "nice" else 2)
        widths = list(pairwise([self.parts[0], settings.units, settings.units, out]))
        self.shapes: dict[str, tuple[int, ...]] = {}
        for layer in range(settings.layers):
            for place, (fan_in, fan_out) in enumerate(widths):
                self.shapes[f"prior.{layer}.{place}.matrix"] = (fan_in, fan_out)
                self.shapes[f"prior.{layer}.{place}.bias"] = (fan_out,)
        self.width = settings.layers * (2 * settings.units + out + 4 * latent)

    def forward(self, weights: Weights, z: Latents) -> tuple[Latents, PerLatent]:
        """f(z), and log |det df/dz| as a sum over the latents still to be taken, both in the order of z."""
        logdet = torch.zeros_like(z)
        for layer in range(self.settings.layers):
            z1, z2 = z.split(self.parts, dim=-1)
            scale, shift = self._terms(weights, layer, z1)
            z = torch.cat([z1, z2 * scale.exp() + shift], dim=-1).flip(-1)
            logdet = (logdet + torch.cat([torch.zeros_like(z1), scale], dim=-1)).flip(-1)
        return self._ordered(z), self._ordered(logdet)

    def inverse(self, weights: Weights, u: Latents) -> Latents:
        """z with f(z) = u; of standard normal u, a draw of p."""
        u = self._ordered(u)
        for layer in reversed(range(self.settings.layers)):
            z1, z2 = u.flip(-1).split(self.parts, dim=-1)
            scale, shift = self._terms(weights, layer, z1)
            u = torch.cat([z1, (z2 - shift) * (-scale).exp()], dim=-1)
        return u

    def ratio(self, weights: Weights, z: Latents) -> PerLatent:
        """log N(z; 0, I) - log p(z), in parts that add up over the latents; one alone is no density's."""
        u, logdet = self.forward(weights, z)
        return 0.5 * (u.square() - z.square()) - logdet

    def _terms(self, weights: Weights, layer: int, z1: Tensor) -> tuple[Tensor, Tensor]:
        """Scale and shift of one coupling."""
        for place in range(3):
            name = f"prior.{layer}.{place}"
            z1 = torch.baddbmm(weights[f"{name}.bias"].unsqueeze(1), z1, weights[f"{name}.matrix"])
            z1 = torch.tanh(z1) if place < 2 else z1
        if self.settings.kind == "nice":
            return torch.zeros_like(z1), z1
        scale, shift = z1.chunk(2, dim=-1)
        return bounded(scale), shift

    def _ordered(self, z: Tensor) -> Tensor:
        """Every layer reverses the order."""
        return z.flip(-1) if self.settings.layers % 2 else z
