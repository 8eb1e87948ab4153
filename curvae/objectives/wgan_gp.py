"""Wasserstein generative adversarial network with a gradient penalty.

Reference: Gulrajani et al. (2017), Improved Training of Wasserstein GANs, eq. 3 and algorithm 1.
"""

import torch
from torch import Tensor

from curvae.nets.linear import input_gradient
from curvae.objectives.adversarial import Adversarial, uniform
from curvae.types import Coefficients, PerSample, Weights


class Objective(Adversarial):
    """The critic minimises E D(fake) - E D(real) + penalty E (|grad D(x^)| - 1)^2, the model -E D(fake).

    x^ = u real + (1 - u) fake with u ~ U(0, 1) for each pair. The difference E D(real) - E D(fake), recorded as
    ``wasserstein``, estimates the 1-Wasserstein distance W from above: where the best slope is the same everywhere it
    is W (1 + W / (2 penalty)). ``slope`` is the mean of |grad D(x^)|.
    """

    noise = (1,)

    def loss(
        self, player: str, weights: Weights, terms: dict[str, Tensor], beta: Coefficients, noise: Tensor | None
    ) -> tuple[Coefficients, dict[str, Tensor]]:
        """The loss of a player; see `Adversarial.loss`."""
        if player == "model":
            return -self.judge(weights, terms["fake"], learns=False).mean(1), {}
        real, fake = (self.judge(weights, terms[name], learns=True).mean(1) for name in ("real", "fake"))
        slopes = self.slopes(weights, terms["real"], terms["fake"], uniform(noise))
        loss = fake - real + self.settings.penalty * (slopes - 1).square().mean(1)
        return loss, {"wasserstein": real - fake, "slope": slopes.mean(1)}

    def slopes(self, weights: Weights, real: Tensor, fake: Tensor, share: Tensor) -> PerSample:
        """|grad D| at share real + (1 - share) fake; its own gradient reaches the critic alone.

        Args:
            weights: the critic's among them.
            real: [member, sample, feature].
            fake: of the same shape.
            share: [member, sample, 1] in [0, 1].
        """
        between = torch.lerp(fake.detach(), real.detach(), share)
        return input_gradient(weights, "critic", between, self.critic.activation).norm(dim=-1)
