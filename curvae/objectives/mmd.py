"""Maximum mean discrepancy between codes and draws of the prior.

Reference: Gretton et al. (2012), A Kernel Two-Sample Test, eq. 3.
"""

from collections.abc import Callable, Sequence

import torch
from jaxtyping import Float
from torch import Tensor

from curvae.types import Coefficients, Latents

# (squared distance, squared width) -> kernel, 1 at distance 0
KERNELS: dict[str, Callable[[Tensor, float], Tensor]] = {
    "rbf": lambda squared, width: torch.exp(-squared / width),
    "imq": lambda squared, width: width / (width + squared),
}


def mmd(codes: Latents, prior: Latents, kernel: str, scales: Sequence[float]) -> Coefficients:
    """The unbiased estimate of the squared discrepancy; it is negative about half the time where the two agree.

    MMD = 1 / (n (n - 1)) sum_{i != j} (k(z_i, z_j) + k(p_i, p_j)) - 2 / n^2 sum_ij k(z_i, p_j), with
    k = sum_s exp(-|a - b|^2 / w) (rbf) or sum_s w / (w + |a - b|^2) (imq), w = 2 d s, d the number of latents: two
    draws of N(0, I) are 2 d apart, squared, in the mean. A batch of one has no pairs, and only the last sum.

    Args:
        codes: n draws z of the aggregate posterior, one a sample.
        prior: n draws p of the prior.
        kernel: ``rbf`` or ``imq``.
        scales: values of s.
    """
    n, latent = codes.shape[1:]

    def total(squared: Float[Tensor, "member sample other"]) -> Float[Tensor, "member sample other"]:
        return sum(KERNELS[kernel](squared, 2 * latent * scale) for scale in scales)

    def within(z: Latents) -> Coefficients:
        each = total(squared_distances(z, z))
        return (each.sum((1, 2)) - each.diagonal(dim1=1, dim2=2).sum(1)) / max(n * (n - 1), 1)

    return within(codes) + within(prior) - 2 * total(squared_distances(codes, prior)).mean((1, 2))


def squared_distances(a: Latents, b: Float[Tensor, "member other latent"]) -> Float[Tensor, "member sample other"]:
    """|a_i - b_j|^2."""
    lengths = a.square().sum(-1)[:, :, None] + b.square().sum(-1)[:, None]
    return torch.baddbmm(lengths, a, b.mT, alpha=-2).clamp(min=0)
