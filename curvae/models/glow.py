"""Glow as a model of images with levels of grey (Kingma & Dhariwal 2018)."""

import math
from collections.abc import Iterable, Iterator
from math import prod

import torch
from torch import Tensor, nn
from torch.func import functional_call

from curvae.flows.glow import Glow as Flow
from curvae.flows.levels import level_logits, levels_in, place
from curvae.settings.model import Glow
from curvae.types import Images, Latents, PerSample, Weights

MIDDLE = 0.5  # of a level, where images are encoded


class Model:
    """-log P(k) <= -E log p_Y(y) |dy/du|, k the levels of x, u ~ U(0, 1) of every pixel, y where u puts it in k's cell.

    p_Y is the flow's exact density; cells are of one width, or as wide as makes pixels standard normal
    (`curvae.flows.levels`). Each member goes through the flow by itself, as through convolutions. The rotations that
    its 1x1 convolutions start from are the same for all members.

    Args:
        settings: levels, depth, width, levels of grey.
        shape: (rows, columns) of one observation.

    Attributes:
        shapes: of one member's weights.
        noise: shape of the normal numbers that a step takes a sample; their distribution function is u.
        judged: width of an observation.
        activations: numbers in a sample and in all layers' outputs for it, which a step keeps in memory.

    Raises:
        ValueError: observations that are no images, or whose sides cannot be halved so often.
    """

    def __init__(self, settings: Glow, shape: tuple[int, ...]):
        if len(shape) != 2:
            raise ValueError(f"shape = {shape}: allowed with model glow: images of rows and columns")
        self.settings, self.shape, self.judged = settings, shape, prod(shape)
        self.flow = Flow((1, *shape), settings.levels, settings.depth, settings.width)
        self.ways = {name: _Way(self.flow, name) for name in ("forward", "inverse", "log_prob", "start")}
        self.of_flow = {name: tuple(weight.shape) for name, weight in self.flow.named_parameters()}
        self.fixed = {f"flow.{name}": value for name, value in self.flow.named_buffers()}
        self.shapes = self.of_flow | ({"cells": (settings.grey,)} if settings.cells == "normal" else {})
        self.noise = (self.judged,)
        channels = [4 * prod(part) * (2 if n + 1 < settings.levels else 1) for n, part in enumerate(self.flow.parts)]
        hidden = [2 * settings.width * part[1] * part[2] for part in self.flow.parts]
        self.activations = self.judged + settings.depth * (sum(channels) + sum(hidden))

    @torch.no_grad()
    def begin(self, weights: Weights, x: Images, noise: Latents) -> None:
        """Give weights their start, in place: cells, rotations, couplings that do nothing, actnorms from observations.

        The hidden layers of the couplings keep what they have.

        Args:
            weights: of every member.
            x: a batch of every member, flattened.
            noise: standard normal numbers [member, sample, *self.noise].
        """
        for name, start in self.flow.named_parameters():
            if ".net." not in name:
                weights[name].copy_(start.expand_as(weights[name]))
        if "cells" in weights:
            weights["cells"].copy_(level_logits(self._levels(x), self.settings.grey))
        for _ in self._each("start", weights, self._placed(weights, x, torch.special.ndtr(noise))[0]):
            pass

    def encode(self, weights: Weights, x: Images) -> tuple[Latents, Latents]:
        """The flow's normal numbers of observations, in the middle of their levels, and the log of no variance."""
        z = self._through("forward", weights, self._placed(weights, x, torch.full_like(x, MIDDLE))[0])
        return z, torch.full_like(z, -math.inf)

    def decode(self, weights: Weights, z: Latents) -> Images:
        """Observations of the flow's normal numbers, in their levels of grey from 0 to 1."""
        y = self._through("inverse", weights, z).flatten(2).nan_to_num()
        return levels_in(y, self.settings.grey, weights.get("cells")) / (self.settings.grey - 1)

    def prior(self, weights: Weights, noise: Latents) -> Latents:
        """Draws of N(0, I): standard normal numbers as they are."""
        return noise

    def terms(self, weights: Weights, x: Images, noise: Latents) -> dict[str, Tensor]:
        """Nats of observations.

        Args:
            weights: of every member.
            x: observations, flattened.
            noise: standard normal numbers [member, sample, *self.noise].

        Returns:
            ``recon``, -log p_Y(y) - log |dy/du| [member, sample], and a ``kl`` without latents.
        """
        y, log_slope = self._placed(weights, x, torch.special.ndtr(noise))
        nats = -self._through("log_prob", weights, y) - log_slope
        return {"recon": nats, "kl": x.new_zeros(*nats.shape, 0)}

    evaluate = terms

    def log_weights(self, weights: Weights, x: Images, noise: Iterable[Latents]) -> Iterator[PerSample]:
        """log p_Y(y) + log |dy/du| at one draw of the noise within levels after the other, in nats.

        Their exponentials' mean is, over many draws, the probability of the levels.

        Args:
            weights: of every member.
            x: observations, flattened.
            noise: standard normal numbers [member, sample, *self.noise], a tensor a draw.
        """
        for eps in noise:
            yield -self.terms(weights, x, eps)["recon"]

    def _levels(self, x: Images) -> Tensor:
        return torch.round(x * (self.settings.grey - 1))

    def _placed(self, weights: Weights, x: Images, u: Tensor) -> tuple[Tensor, PerSample]:
        """y [member, sample, 1, row, column] and log |dy/du| [member, sample]."""
        y, log_slope = place(self._levels(x), u, self.settings.grey, weights.get("cells"))
        return y.unflatten(-1, (1, *self.shape)), log_slope.sum(-1)

    def _through(self, way: str, weights: Weights, x: Tensor) -> Tensor:
        """What a method of the flow makes of every member's samples."""
        return torch.stack(list(self._each(way, weights, x)))

    def _each(self, way: str, weights: Weights, x: Tensor) -> Iterator[Tensor]:
        # They stay where they were asked for: a step copies nothing from the host.
        self.fixed = {name: value.to(x) for name, value in self.fixed.items()}
        for member, own in enumerate(x.unbind()):
            given = {f"flow.{name}": weights[name][member] for name in self.of_flow}
            yield functional_call(self.ways[way], {**given, **self.fixed}, (own,))


class _Way(nn.Module):
    """A method of the flow as a module's forward, which `functional_call` asks for."""

    def __init__(self, flow: Flow, name: str):
        super().__init__()
        self.flow, self.name = flow, name

    def forward(self, x: Tensor) -> Tensor | None:
        out = getattr(self.flow, self.name)(x)
        return out[0] if isinstance(out, tuple) else out
