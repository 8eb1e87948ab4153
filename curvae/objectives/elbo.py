"""Terms of the evidence lower bound and the objective that weighs them."""

from torch import Tensor
from torch.nn import functional

from curvae.types import Coefficients, Images, Latents, PerLatent, PerSample, Weights


def bernoulli_nats(logits: Images, x: Images) -> PerSample:
    """Negative log-likelihood of a Bernoulli, summed over features.

    -log p(x | z) = sum_i softplus(a_i) - x_i a_i with logits a; the cross-entropy for x in [0, 1].

    Args:
        logits: [member, sample, feature].
        x: targets in [0, 1] of the same shape.
    """
    return functional.binary_cross_entropy_with_logits(logits, x, reduction="none").sum(-1)


def squared_error(output: Images, x: Images) -> PerSample:
    """||x - output||^2, summed over features.

    Up to a constant the negative log-likelihood, in nats, of a Gaussian of variance 1/2.
    """
    return (output - x).square().sum(-1)


def gaussian_kl(mean: Latents, logvar: Latents) -> PerLatent:
    """KL(N(mean, exp(logvar)) || N(0, 1)) of each latent, in nats.

    KL = (mean^2 + exp(logvar) - 1 - logvar) / 2.

    Reference: Kingma & Welling (2014), appendix B.
    """
    return 0.5 * (mean.square() + logvar.exp() - 1 - logvar)


def squared_weights(weights: Weights) -> Coefficients:
    """||W||^2, the sum of squares over the weight matrices of each member; biases do not count."""
    return sum(w.square().sum((1, 2)) for name, w in weights.items() if name.endswith("weight"))


def regularised(terms: dict[str, Tensor], weights: Weights, beta: Coefficients, lam: Coefficients) -> Coefficients:
    """The loss of each member: mean over samples of recon + beta KL, plus lam ||W||^2.

    Summed, not averaged, over features and latents; lam is not divided by the batch size.

    Args:
        terms: ``recon`` [member, sample] and ``kl`` [member, sample, latent] (no latent: no KL).
        weights: of every member.
        beta: weight of the KL divergence, per member.
        lam: weight of the penalty, per member.

    Reference: Higgins et al. (2017), eq. 4.
    """
    recon, kl = terms["recon"].mean(1), terms["kl"].sum(-1).mean(1)
    return recon + beta * kl + lam * squared_weights(weights)
