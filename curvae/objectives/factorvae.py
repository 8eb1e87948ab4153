"""FactorVAE: the total correlation, told by a critic, is added to the ELBO.

Reference: Kim & Mnih (2018), Disentangling by Factorising, eq. 2, 3 and algorithm 2.
"""

import torch
from torch import Tensor
from torch.nn import functional

from curvae.objectives.critic import critic_shapes, logits
from curvae.objectives.elbo import elbo
from curvae.settings.objective import FactorVAE
from curvae.types import Coefficients, Latents, Weights


class Objective:
    """recon + KL + beta E[D0(z) - D1(z)]; the paper's gamma is beta.

    D0 and D1 are the critic's logits for a code and for a code with permuted latents. The paper permutes the codes of
    a second batch; here it is the same batch.

    Args:
        settings: of the critic.
        latent: number of latents.
        samples: size of the training set.
    """

    pairs = 0

    def __init__(self, settings: FactorVAE, latent: int, samples: int):
        self.settings, self.critic = settings, settings.critic
        self.shapes = critic_shapes(latent, settings.critic, 2)
        self.noise = (latent,)

    def losses(
        self, weights: Weights, terms: dict[str, Tensor], beta: Coefficients, time: Tensor, noise: Tensor | None
    ) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
        """Losses of model and critic, and the total correlation; see `curvae.objectives.elbo.Objective.losses`."""
        z = terms["z"]
        tc = density_ratio(logits(weights, z, self.critic, learns=False))
        critic = cross_entropy(
            logits(weights, z, self.critic, learns=True),
            logits(weights, permuted(z, noise), self.critic, learns=True),
        )
        model = elbo(terms, torch.ones_like(beta)) + beta * tc
        return {"model": model, "critic": critic}, {"tc": tc, "critic": critic}


def permuted(z: Latents, noise: Latents) -> Latents:
    """Each latent permuted over the batch by itself: a draw from the product of the marginals.

    Args:
        z: codes.
        noise: independent continuous numbers of the same shape; the order of a column is the permutation.
    """
    return z.gather(1, noise.argsort(1))


def density_ratio(logits: Tensor) -> Coefficients:
    """Mean over samples of D0 - D1, which is log q(z) / prod_j q(z_j) for the best critic.

    Args:
        logits: [member, sample, 2] of codes.
    """
    return (logits[..., 0] - logits[..., 1]).mean(1)


def cross_entropy(joint: Tensor, product: Tensor) -> Coefficients:
    """The critic's loss: -1/2 E[log softmax_0] over codes - 1/2 E[log softmax_1] over permuted codes, in nats.

    Args:
        joint: logits [member, sample, 2] of codes.
        product: logits [member, sample, 2] of permuted codes.
    """
    # log softmax_0 = -softplus(D1 - D0)
    wrong = functional.softplus(joint[..., 1] - joint[..., 0]) + functional.softplus(product[..., 0] - product[..., 1])
    return 0.5 * wrong.mean(1)
