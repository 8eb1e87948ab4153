"""An autoencoder that also decodes points between codes, for a critic to judge (Sainburg et al. 2018)."""

from math import prod

import torch
from torch import Tensor

from curvae.models import vae
from curvae.settings.model import VAE, Interpolator
from curvae.types import Images, Latents, Weights

MIDDLE, SPREAD = 0.5, 0.25  # mean and deviation of the way from one code to the other


class Model(vae.Model):
    """z = e(x), x^ = d(z) and images d((1 - a) z + a z') between neighbours of a batch, a ~ N(.5, .25^2).

    z' is the code of the sample before. Everything else is the plain autoencoder's.

    Args:
        settings: widths, number of latents, activation.
        shape: of one observation; it is flattened, and lies in [0, 1].

    Attributes:
        judged: width of what a critic sees, an observation.
        noise: shape of the normal numbers that a step takes a sample; the first is a's.

    Reference: Sainburg et al. (2018), Generative Adversarial Interpolative Autoencoding, section 2.
    """

    def __init__(self, settings: Interpolator, shape: tuple[int, ...]):
        kept = settings.model_dump(include={"hidden", "decoder_hidden", "latent", "activation"})
        super().__init__(VAE(kind="vae", posterior={"kind": "point"}, likelihood="gaussian", **kept), shape)
        self.settings, self.judged = settings, prod(shape)
        self.activations *= 2

    def decode(self, weights: Weights, z: Latents) -> Images:
        """Images of codes, cut off at 0 and 1; in training they are not, for what is cut off has no gradient."""
        return self._output(weights, z).clamp(0, 1)

    def terms(self, weights: Weights, x: Images, noise: Latents) -> dict[str, Tensor]:
        """Observations, what is decoded of their codes, and what is decoded between codes.

        Args:
            weights: of every member.
            x: observations, flattened.
            noise: standard normal numbers [member, sample, latent].

        Returns:
            ``real``, ``rebuilt`` and ``fake`` [member, sample, feature].
        """
        z, way = self._encoded(weights, x), MIDDLE + SPREAD * noise[..., :1]
        between = torch.lerp(z, z.roll(1, dims=1), way)
        rebuilt, fake = self._output(weights, torch.cat([z, between], dim=1)).chunk(2, dim=1)
        return {"real": x, "rebuilt": rebuilt, "fake": fake}

    evaluate = shown = terms
