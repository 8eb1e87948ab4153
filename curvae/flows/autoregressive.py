"""Inverse autoregressive flow of many networks at once: masked autoregressive nets with a context, gated updates.

Reference: Kingma et al. (2016), Improved Variational Inference with Inverse Autoregressive Flow; Germain et al. (2015),
MADE: Masked Autoencoder for Distribution Estimation.
"""

from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import Tensor
from torch.nn import functional

from curvae.nets.linear import ACTIVATIONS
from curvae.types import Latents, PerLatent, Weights

OPEN = 2.0  # bias of the gates: every step starts close to the identity


class InverseAutoregressive:
    """z_t = g_t z_{t-1} + (1 - g_t) m_t, g_t = sigmoid(s_t + 2), with [m_t, s_t] = MADE_t(z_{t-1}, h).

    Number j of m_t and s_t sees the context h and the latents before j; the order of the latents is reversed from one
    step to the next. Hence log |det dz_T / dz_0| = sum_t sum_j log g_tj.

    Args:
        latent: number of latents.
        context: numbers in h.
        steps: T.
        hidden: widths of the hidden layers of each net.
        activation: after every hidden layer.
        name: prefix of the weights, ``{name}.{step}.{layer}.masked`` and ``.bias``.

    Attributes:
        shapes: of one member's weights.
        width: numbers that all layers put out for a sample.
    """

    def __init__(
        self, latent: int, context: int, steps: int, hidden: Sequence[int], activation: str, name: str = "flow"
    ):
        self.latent, self.steps, self.activation, self.name = latent, steps, activation, name
        self.masks = [masks(latent, context, hidden, backwards=step % 2 == 1) for step in range(steps)]
        self.shapes: dict[str, tuple[int, ...]] = {}
        for step in range(steps):
            for layer, (fan_in, fan_out) in enumerate(pairwise([latent + context, *hidden, 2 * latent])):
                self.shapes[f"{name}.{step}.{layer}.masked"] = (fan_in, fan_out)
                self.shapes[f"{name}.{step}.{layer}.bias"] = (fan_out,)
        self.width = steps * (context + 2 * sum(hidden) + 6 * latent)

    def net(self, weights: Weights, step: int, z: Latents, h: Tensor) -> tuple[Tensor, Tensor]:
        """m and s of one step, each [member, sample, latent].

        Args:
            weights: of every member.
            step: from 0.
            z: latents before the step.
            h: context [member, sample, context].
        """
        x = torch.cat([z, h], dim=-1)
        # They stay where they were asked for: a step copies nothing from the host.
        self.masks[step] = given = [mask.to(x) for mask in self.masks[step]]
        for layer, mask in enumerate(given):
            place = f"{self.name}.{step}.{layer}"
            w = weights[f"{place}.masked"] * mask
            x = torch.baddbmm(weights[f"{place}.bias"].unsqueeze(1), x, w)
            if layer + 1 < len(given):
                x = ACTIVATIONS[self.activation](x)
        return x.chunk(2, dim=-1)

    def forward(self, weights: Weights, z: Latents, h: Tensor) -> tuple[Latents, PerLatent]:
        """z_T, and log |det dz_T / dz_0| as a sum over the latents still to be taken.

        Args:
            weights: of every member.
            z: z_0.
            h: context [member, sample, context].
        """
        logdet = torch.zeros_like(z)
        for step in range(self.steps):
            m, s = self.net(weights, step, z, h)
            gate = torch.sigmoid(s + OPEN)
            z = m + gate * (z - m)
            logdet = logdet + functional.logsigmoid(s + OPEN)
        return z, logdet

    def inverse(self, weights: Weights, z: Latents, h: Tensor) -> tuple[Latents, PerLatent]:
        """z_0 that `forward` takes to z, one latent after the other, and the same log-determinant.

        Args:
            weights: of every member.
            z: z_T.
            h: context [member, sample, context].
        """
        logdet = torch.zeros_like(z)
        for step in reversed(range(self.steps)):
            before = z
            # After pass k the first k latents of the order, and all that the nets say of the next, are right.
            for _ in range(self.latent):
                m, s = self.net(weights, step, before, h)
                before = m + (z - m) * torch.exp(-functional.logsigmoid(s + OPEN))
            z, logdet = before, logdet + functional.logsigmoid(s + OPEN)
        return z, logdet


def masks(latent: int, context: int, hidden: Sequence[int], backwards: bool) -> list[Tensor]:
    """Which weights of a masked autoregressive net with a context may differ from zero, a mask [in, out] a layer.

    Latent j has degree j = 1 ... d, the context 0; hidden units take the degrees 0 ... d - 1 in turn. A hidden unit
    sees degrees up to its own, an output j hidden units below j: so m_j and s_j depend on the latents before j and on
    the context.

    Args:
        latent: number d of latents.
        context: numbers in the context.
        hidden: widths.
        backwards: degrees from d down to 1 instead.

    Reference: Germain et al. (2015), section 4.
    """
    order = torch.arange(1, latent + 1)
    order = order.flip(0) if backwards else order
    degrees = torch.cat([order, torch.zeros(context, dtype=torch.long)])
    found = []
    for width in hidden:
        own = torch.arange(width) % latent
        found.append((degrees[:, None] <= own).double())
        degrees = own
    return [*found, (degrees[:, None] < order.repeat(2)).double()]
