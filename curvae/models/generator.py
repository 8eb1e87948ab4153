"""Generator of observations from drawn numbers (Goodfellow et al. 2014), with codes to be told (Chen et al. 2016)."""

from math import prod, sqrt

import torch
from torch import Tensor

from curvae.nets.fused import perceptron
from curvae.nets.linear import linear_shapes
from curvae.settings.model import Generator
from curvae.types import Images, Latents, Weights


class Model:
    """x = g(c, z) with codes c ~ U(-1, 1) and z ~ N(0, I); q(c | x) = N(mean(x), exp(logvar(x))) tells the codes.

    Without codes there is no inference network. With output tanh, data in [0, 1] are seen as 2 x - 1 by all networks.

    Args:
        settings: widths, number of latents and codes, activation, output.
        shape: of one observation; it is flattened.

    Attributes:
        shapes: of one member's weights.
        noise: shape of the normal numbers that a step takes a sample.
        activations: numbers in a sample and in all layers' outputs for it, which a step keeps in memory.
        judged: width of what a critic sees, an observation.
        prior_variance: of a code, uniform in (-1, 1).
    """

    prior_variance = 1 / 3

    def __init__(self, settings: Generator, shape: tuple[int, ...]):
        self.settings, self.shape, self.judged = settings, shape, prod(shape)
        self.shapes = linear_shapes("decoder", [settings.latent, *settings.hidden, self.judged])
        if settings.codes:
            inference = settings.inference_hidden or settings.hidden[::-1]
            self.shapes |= linear_shapes("encoder", [self.judged, *inference, 2 * settings.codes])
        self.noise = (settings.latent,)
        self.activations = self.judged + sum(size[0] for size in self.shapes.values() if len(size) == 1)

    def prior(self, weights: Weights, noise: Latents) -> Latents:
        """Latents of standard normal numbers: the codes come first and are uniform, 2 Phi(n) - 1 = erf(n / sqrt 2)."""
        codes = self.settings.codes
        return torch.cat([torch.erf(noise[..., :codes] / sqrt(2)), noise[..., codes:]], dim=-1) if codes else noise

    def decode(self, weights: Weights, z: Latents) -> Images:
        """Observations of latents, on the scale of the data.

        Args:
            weights: of every member.
            z: [member, sample, latent]; where only codes are given, all else is 0.
        """
        if (missing := self.settings.latent - z.shape[-1]) > 0:
            z = torch.nn.functional.pad(z, (0, missing))
        output = self._output(weights, z)
        return 0.5 * (output + 1) if self.settings.output == "tanh" else output

    def encode(self, weights: Weights, x: Images) -> tuple[Latents, Latents]:
        """Mean and log-variance of q(c | x), [member, sample, code]; only with codes."""
        return self._told(weights, self._scaled(x))

    def shown(self, weights: Weights, x: Images, noise: Latents) -> dict[str, Tensor]:
        """What a critic sees: observations and as many generated ones, both as the networks see them.

        Args:
            weights: of every member.
            x: observations, flattened.
            noise: standard normal numbers [member, sample, latent].

        Returns:
            ``real`` and ``fake`` [member, sample, feature].
        """
        return {"real": self._scaled(x), "fake": self._output(weights, self.prior(weights, noise))}

    def terms(self, weights: Weights, x: Images, noise: Latents) -> dict[str, Tensor]:
        """What a critic sees, and what the inference network tells of it; arguments as of `shown`.

        Returns:
            ``real`` and ``fake`` [member, sample, feature]; with codes also ``codes``, ``mean`` and ``logvar``
            [member, sample, code] of q(c | fake).
        """
        terms = self.shown(weights, x, noise)
        if not self.settings.codes:
            return terms
        codes = self.prior(weights, noise)[..., : self.settings.codes]
        mean, logvar = self._told(weights, terms["fake"])
        return terms | {"codes": codes, "mean": mean, "logvar": logvar}

    evaluate = terms

    def _scaled(self, x: Images) -> Images:
        return 2 * x - 1 if self.settings.output == "tanh" else x

    def _output(self, weights: Weights, z: Latents) -> Images:
        output = perceptron(weights, "decoder", z, self.settings.activation)
        return torch.tanh(output) if self.settings.output == "tanh" else output

    def _told(self, weights: Weights, seen: Images) -> tuple[Latents, Latents]:
        return perceptron(weights, "encoder", seen, self.settings.activation).chunk(2, dim=-1)
