"""Variational autoencoder of fully connected layers or convolutions (Kingma & Welling 2014)."""

from collections.abc import Callable, Iterable, Iterator
from math import log, pi, prod

import torch
from torch import Tensor

from curvae.models.posterior import build_posterior
from curvae.models.prior import Couplings
from curvae.nets.conv import Convolutional
from curvae.nets.fused import hidden_layers, output_nats, perceptron
from curvae.nets.linear import ACTIVATIONS, linear_shapes, multilayer
from curvae.nets.philion import Philion
from curvae.objectives import bernoulli_nats, squared_error
from curvae.settings.model import VAE
from curvae.types import Images, Latents, PerLatent, PerSample, Weights

NATS = {"bernoulli": bernoulli_nats, "gaussian": squared_error}


def convolutional(network: str, shape: tuple[int, ...]) -> Convolutional | Philion | None:
    """The convolutions of a network for images of some shape; an mlp has none."""
    if network == "philion":
        return Philion(shape)
    return None if network == "mlp" else Convolutional(network, shape)


def log_constant(likelihood: str, features: int) -> float:
    """What `recon` lacks of a negative log-likelihood: of a Gaussian of variance 1/2, ln(pi) / 2 a feature [nats]."""
    return 0.0 if likelihood == "bernoulli" else 0.5 * features * log(pi)


class Model:
    """q(z | x) = N(mean(x), exp(logvar(x))) or a flow of it, p(z) = N(0, I) or a flow, p(x | z) Bernoulli or Gaussian.

    Args:
        settings: network, widths, activations, number of latents, posterior, prior, likelihood.
        shape: of one observation; it is flattened.

    Attributes:
        shapes: of one member's weights.
        noise: shape of the normal numbers that a step takes a sample.
        judged: width of what a critic sees, the codes.
        flow: from latents to normal numbers, where that is the prior.
        activations: numbers in a sample and in all layers' outputs for it, which a step keeps in memory.

    Raises:
        ValueError: images of a shape that the convolutional network does not take.
    """

    def __init__(self, settings: VAE, shape: tuple[int, ...]):
        self.settings, self.shape = settings, shape
        self.encoder, self.decoder = settings.activation, settings.decoder_activation or settings.activation
        self.conv = convolutional(settings.network, shape)
        if self.conv:
            features, hidden, back = self.conv.features, self.conv.plan.hidden, self.conv.plan.decoder_hidden
            grown = self.conv.grown
        else:
            features, hidden = prod(shape), settings.hidden
            grown = features
            back = settings.decoder_hidden or hidden[::-1]
        self.posterior = build_posterior(settings, self.encoder)
        self.flow = Couplings(settings.prior, settings.latent) if settings.prior else None
        dense = {
            **linear_shapes("encoder", [features, *hidden, self.posterior.outputs]),
            **linear_shapes("decoder", [settings.latent, *back, grown]),
        }
        self.last = f"decoder.{len(back)}"
        self.shapes = {**dense, **(self.conv.shapes if self.conv else {}), **self.posterior.shapes}
        self.shapes |= self.flow.shapes if self.flow else {}
        self.noise, self.judged = (settings.latent,), settings.latent
        self.activations = prod(shape) + sum(size[0] for size in dense.values() if len(size) == 1)
        self.activations += self.posterior.width + sum(part.width for part in (self.conv, self.flow) if part)

    def encode(self, weights: Weights, x: Images) -> tuple[Latents, Latents]:
        """Mean and log-variance of q(z | x); with a flow, its centre and log-variance (`Autoregressive.moments`)."""
        h = self.conv.encode(weights, x, self.encoder) if self.conv else x
        return self.posterior.moments(weights, multilayer(weights, "encoder", h, self.encoder))

    def decode(self, weights: Weights, z: Latents) -> Images:
        """Mean of p(x | z), [member, sample, feature]."""
        output = self._output(weights, z)
        return torch.sigmoid(output) if self.settings.likelihood == "bernoulli" else output

    def prior(self, weights: Weights, noise: Latents) -> Latents:
        """Draws of p(z): standard normal numbers as they are, or what the flow's inverse makes of them."""
        return self.flow.inverse(weights, noise.to(weights["decoder.0.weight"])) if self.flow else noise

    def terms(
        self, weights: Weights, x: Images, noise: Latents, bottleneck: Callable[[Latents], Latents] | None = None
    ) -> dict[str, Tensor]:
        """Reconstruction at a draw z of the posterior, and the KL of each latent.

        With a flow as posterior or prior the KL is log q(z | x) - log p(z) at the draw, whose mean it is.

        Args:
            weights: of every member.
            x: observations, flattened.
            noise: standard normal numbers [member, sample, latent].
            bottleneck: what the codes go through on their way to the decoder; nothing by default.

        Returns:
            ``recon`` [member, sample]; ``kl``, ``z`` and, without a flow, ``mean`` and ``logvar`` [member, sample,
            latent].
        """
        return self._terms(weights, x, self._encoded(weights, x), noise, bottleneck)

    def evaluate(self, weights: Weights, x: Images, noise: Latents) -> dict[str, Tensor]:
        """The terms, and the reconstruction at the posterior's mean or centre as ``recon_mean``."""
        given = self._encoded(weights, x)
        centre = self.posterior.centre(weights, given)
        return {**self._terms(weights, x, given, noise), "recon_mean": self._recon(weights, centre, x)}

    def log_weights(self, weights: Weights, x: Images, noise: Iterable[Latents]) -> Iterator[PerSample]:
        """log p(x, z) - log q(z | x) at one draw z of the posterior after the other, in nats.

        Args:
            weights: of every member.
            x: observations, flattened.
            noise: standard normal numbers [member, sample, latent], a tensor a draw.

        Reference: Burda, Grosse & Salakhutdinov (2016), eq. 8.
        """
        given = self._encoded(weights, x)
        constant = log_constant(self.settings.likelihood, x.shape[-1])
        for eps in noise:
            z, ratio = self._drawn(weights, given, eps)
            yield -self._recon(weights, z, x) - constant - ratio.sum(-1)

    def log_posterior(self, weights: Weights, x: Images, z: Latents) -> PerSample:
        """log q(z | x) in nats.

        Args:
            weights: of every member.
            x: observations, flattened.
            z: where, [member, sample, latent].
        """
        return self.posterior.log_density(weights, self._encoded(weights, x), z)

    def _terms(
        self,
        weights: Weights,
        x: Images,
        given: Tensor,
        noise: Latents,
        bottleneck: Callable[[Latents], Latents] | None = None,
    ) -> dict[str, Tensor]:
        if self.flow:
            terms = dict(zip(("z", "kl"), self._drawn(weights, given, noise), strict=True))
        else:
            terms = self.posterior.terms(weights, given, noise)
        z = bottleneck(terms["z"]) if bottleneck else terms["z"]
        return {"recon": self._recon(weights, z, x), **terms}

    def _drawn(self, weights: Weights, given: Tensor, noise: Latents) -> tuple[Latents, PerLatent]:
        """A draw z of the posterior, and log q(z | x) - log p(z) there in parts by latent."""
        z, ratio = self.posterior.draw(weights, given, noise)
        return z, ratio + self.flow.ratio(weights, z) if self.flow else ratio

    def _output(self, weights: Weights, z: Latents) -> Images:
        """Logits or means of the observations."""
        h = multilayer(weights, "decoder", z, self.decoder)
        return self.conv.decode(weights, ACTIVATIONS[self.decoder](h), self.decoder) if self.conv else h

    def _encoded(self, weights: Weights, x: Images) -> Tensor:
        """The encoder's output, with the hand-written passes where there are no convolutions."""
        if self.conv:
            h = self.conv.encode(weights, x, self.encoder)
            return multilayer(weights, "encoder", h, self.encoder)
        return perceptron(weights, "encoder", x, self.encoder)

    def _recon(self, weights: Weights, z: Latents, x: Images) -> PerSample:
        if self.conv:
            return NATS[self.settings.likelihood](self._output(weights, z), x)
        h = hidden_layers(weights, "decoder", z, self.decoder)
        return output_nats(weights, self.last, h, x, self.settings.likelihood)
