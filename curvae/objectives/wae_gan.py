"""Wasserstein autoencoder with an adversary on the codes; with any likelihood, the adversarial autoencoder.

Reference: Tolstikhin et al. (2018), Wasserstein Auto-Encoders, algorithm 1; Makhzani et al. (2016), Adversarial
Autoencoders, section 2.
"""

from torch import Tensor
from torch.nn import functional

from curvae.objectives.critic import critic_shapes, logits
from curvae.settings.objective import WAEGAN
from curvae.types import Coefficients, Weights


class Objective:
    """recon - beta E[log D(z)]; the critic maximises E[log D(p)] + E[log(1 - D(z))] with p ~ N(0, I).

    D is the sigmoid of the critic's logit; the paper's lambda is beta.

    Args:
        settings: of the critic.
        latent: number of latents.
        samples: size of the training set.
    """

    pairs = 0

    def __init__(self, settings: WAEGAN, latent: int, samples: int):
        self.settings, self.critic = settings, settings.critic
        self.shapes = critic_shapes(latent, settings.critic, 1)
        self.noise = (latent,)

    def losses(
        self, weights: Weights, terms: dict[str, Tensor], beta: Coefficients, time: Tensor, noise: Tensor | None
    ) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
        """Losses of model and critic; see `curvae.objectives.elbo.Objective.losses`."""
        z = terms["z"]
        adversary = cross_entropy(logits(weights, z, self.critic, learns=False))
        critic = cross_entropy(logits(weights, noise, self.critic, learns=True)) + cross_entropy(
            -logits(weights, z, self.critic, learns=True)
        )
        model = terms["recon"].mean(1) + beta * adversary
        return {"model": model, "critic": critic}, {"adversary": adversary, "critic": critic}


def cross_entropy(logits: Tensor) -> Coefficients:
    """-E[log D] with D = sigmoid(logit), in nats; of the negative logits it is -E[log(1 - D)].

    Args:
        logits: [member, sample, 1].
    """
    return functional.softplus(-logits).mean((1, 2))
