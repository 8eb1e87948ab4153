"""Generative adversarial interpolative autoencoder: the critic is an autoencoder too.

Reference: Sainburg et al. (2018), Generative Adversarial Interpolative Autoencoding, section 2.
"""

from typing import Any

import torch
from torch import Tensor

from curvae.nets.linear import linear_shapes
from curvae.objectives.adversarial import Adversarial
from curvae.objectives.critic import logits
from curvae.types import Coefficients, Images, Weights


class Objective(Adversarial):
    """Mean absolute errors of pixels through the critic D, an autoencoder: of data, rebuilt and interpolated images.

        real = E |x - D(x)|,  rebuilt = E |x - D(x^)|,  between = E |x_a - D(x_a)|
        critic:  real - p (rebuilt + between) / 2,          p = sigmoid(slope (real - (rebuilt + between) / 2))
        model:   g between + (1 - g) rebuilt + beta E |x - x^|,    g = sigmoid(slope (between - rebuilt))

    x^ is the model's reconstruction and x_a what it decodes between two codes. So the critic learns to pass data on and
    nothing else, the model to make what the critic passes on. p and g are weights: no gradient goes through them.

    Deviations: the source has beta = 0; it gives p to the critic's learning rate, and another weight to its loss; it
    may also keep distances between images in the codes.

    Args:
        settings: of the critic, and the slope.
        latent: width of an observation.
        samples: size of the training set.
    """

    noise: tuple[int, ...] = ()

    def __init__(self, settings: Any, latent: int, samples: int):
        super().__init__(settings, latent, samples)
        hidden = [settings.critic.width] * settings.critic.depth
        self.shapes = linear_shapes("critic", [latent, *hidden, settings.critic.code, *hidden, latent])

    def loss(
        self, player: str, weights: Weights, terms: dict[str, Tensor], beta: Coefficients, noise: Tensor | None
    ) -> tuple[Coefficients, dict[str, Tensor]]:
        """The loss of a player; see `Adversarial.loss`."""
        learns, data = player == "critic", terms["real"]
        rebuilt = error(data, self.passed(weights, terms["rebuilt"], learns))
        fake = terms["fake"].detach() if learns else terms["fake"]
        between = error(fake, self.passed(weights, fake, learns))
        if not learns:
            share, own = self._share(between - rebuilt), error(data, terms["rebuilt"])
            return torch.lerp(rebuilt, between, share) + beta * own, {"rebuilt": own}
        real, made = error(data, self.passed(weights, data, learns)), 0.5 * (rebuilt + between)
        loss = real - self._share(real - made) * made
        return loss, {"passed": real, "made": made}

    def passed(self, weights: Weights, x: Images, learns: bool) -> Images:
        """What the critic makes of images; `learns` as in `curvae.objectives.critic.logits`."""
        return logits(weights, x, self.critic, learns)

    def _share(self, difference: Coefficients) -> Coefficients:
        return torch.sigmoid(self.settings.slope * difference.detach())


def error(x: Images, y: Images) -> Coefficients:
    """Mean absolute difference of pixels, over samples too, [member]."""
    return (x - y).abs().mean((1, 2))
