"""Generative adversarial network with noisy labels.

Reference: Goodfellow et al. (2014), Generative Adversarial Nets, section 3, with the generator's loss -E ln D; Salimans
et al. (2016), Improved Techniques for Training GANs, section 3.4 for soft labels.
"""

from scipy.special import xlogy
from torch import Tensor
from torch.nn import functional

from curvae.objectives.adversarial import Adversarial, uniform
from curvae.types import Coefficients, PerSample, Weights


class Objective(Adversarial):
    """Cross-entropies of D = sigmoid(critic) with drawn labels, in nats.

    The critic's is the mean over as many generated samples with labels in [0, a] and data with labels in [1 - a, 1];
    the model's is that of generated samples with labels in [1 - b, 1]; a is `label_noise`, b `target_noise`. With
    a = b = 0 these are the losses of the paper. Whatever the players do, the losses do not fall below H(a / 2) and
    H(b / 2), with H(p) = -p ln p - (1 - p) ln(1 - p).
    """

    noise = (2,)

    def loss(
        self, player: str, weights: Weights, terms: dict[str, Tensor], beta: Coefficients, noise: Tensor | None
    ) -> tuple[Coefficients, dict[str, Tensor]]:
        """The loss of a player; see `Adversarial.loss`."""
        first, second = uniform(noise).unbind(-1)
        if player == "model":
            targets = 1 - self.settings.target_noise * first
            return cross_entropy(self.judge(weights, terms["fake"], learns=False), targets).mean(1), {}
        real, fake = (self.judge(weights, terms[name], learns=True) for name in ("real", "fake"))
        a = self.settings.label_noise
        loss = 0.5 * (cross_entropy(real, 1 - a * first) + cross_entropy(fake, a * second)).mean(1)
        right = 0.5 * ((real > 0).to(real.dtype) + (fake < 0).to(real.dtype)).mean(1)
        return loss, {"critic": loss, "accuracy": right}


def cross_entropy(logits: PerSample, targets: PerSample) -> PerSample:
    """-t ln D - (1 - t) ln(1 - D) with D = sigmoid(logit): softplus(logit) - t logit, in nats."""
    return functional.softplus(logits) - targets * logits


def floors(label_noise: float, target_noise: float) -> dict[str, float]:
    """The least that the losses of critic and generator can be, H(a / 2) and H(b / 2) in nats.

    Args:
        label_noise: a, the width of the discriminator's labels.
        target_noise: b, that of the generator's.
    """
    halves = {"critic": label_noise / 2, "loss": target_noise / 2}
    return {name: -xlogy(p, p) - xlogy(1 - p, 1 - p) for name, p in halves.items()}
