"""A standard deviation that grows away from the data, so that empty space is long."""

import math
from dataclasses import dataclass

import torch
from jaxtyping import Float
from sklearn.cluster import KMeans
from torch import Tensor

from curvae.types import Codes, Decoder

GONE = 1e-6  # of a radial function, beyond which there are no data


@dataclass(frozen=True)
class RadialPrecision:
    """Precision b(z) = W v(z) + floor with radial functions v_k = exp(-l_k |z - c_k|^2); std = b^(-1/2).

    Attributes:
        centres: c [centre, latent].
        rates: l [centre].
        weights: W [centre, feature], at least zero.
        floor: precision far from the data, above zero; std tends to floor^(-1/2).

    Reference: Arvanitidis, Hansen, Hauberg, Latent Space Oddity, ICLR 2018. The standard
    deviation's own gradient is largest on a ring around the data and vanishes far beyond: bound the domain.
    """

    centres: Float[Tensor, "centre latent"]
    rates: Float[Tensor, " centre"]
    weights: Float[Tensor, "centre feature"]
    floor: float

    def precision(self, z: Codes) -> Float[Tensor, "point feature"]:
        """b(z), in z's dtype."""
        return self.radial(z) @ self.weights.to(z) + self.floor

    def __call__(self, z: Codes) -> Float[Tensor, "point feature"]:
        """Standard deviation b(z)^(-1/2)."""
        return self.precision(z) ** -0.5

    @property
    def bounds(self) -> tuple[Float[Tensor, " latent"], Float[Tensor, " latent"]]:
        """Corners of the box beyond which every radial function is below `GONE`."""
        reach = (-math.log(GONE) / self.rates).sqrt()[:, None]
        return (self.centres - reach).amin(0), (self.centres + reach).amax(0)

    def radial(self, z: Codes) -> Float[Tensor, "point centre"]:
        """v(z)."""
        squared = (z[:, None] - self.centres.to(z)).square().sum(2)
        return torch.exp(-self.rates.to(z) * squared)


def fit_precision(
    mean: Decoder,
    codes: Codes,
    data: Float[Tensor, "point feature"],
    *,
    centres: int = 64,
    width: float = 2.0,
    bandwidth: str = "distance",
    floor: float = 1e-3,
    iterations: int = 500,
    seed: int = 0,
) -> RadialPrecision:
    """Fit W by the likelihood of the data under a mean that is trained and kept.

    Centres are those of k-means on the codes, l_k = 1/2 (width s_k)^-2 with s_k the mean distance of the cluster's
    codes to c_k, as in the paper, or their standard deviation in a latent, of the cluster's own covariance C_k,
    s_k^2 = tr C_k / d. For every feature on its own, sum_n log b_n - b_n r_n^2 with residuals r is concave in W; each
    step multiplies W by the ratio of the two parts of its gradient, which keeps W positive and raises the likelihood.
    Mean squared residuals around a centre count as at least one rounding error, so that precisions stay finite.

    Args:
        mean: decoder.
        codes: encoded means [n, latent].
        data: [n, feature].
        centres: number of radial functions, 1 to n.
        width: the a of the paper, which takes 2; 1.25 suits the covariance.
        bandwidth: "distance" or "covariance", see above.
        floor: see `RadialPrecision`.
        iterations: number of steps.
        seed: of k-means.

    Raises:
        ValueError: sizes differ, a setting is out of range, or data or means are not finite.
    """
    if bandwidth not in ("distance", "covariance"):
        raise ValueError(f"bandwidth = {bandwidth!r}: allowed: distance, covariance")
    if len(codes) != len(data) or not 1 <= centres <= len(codes) or width <= 0 or floor <= 0 or iterations < 1:
        raise ValueError(
            f"codes {len(codes)}, data {len(data)}, centres = {centres}, width = {width:g}, floor = {floor:g}, "
            f"iterations = {iterations}: allowed: equal sizes, centres 1 to that size, all above 0"
        )
    with torch.no_grad():
        found = KMeans(centres, n_init=1, random_state=seed).fit(codes.numpy(force=True))
        middle = torch.as_tensor(found.cluster_centers_).to(codes)
        label = torch.as_tensor(found.labels_, device=codes.device).long()
        away = (codes - middle[label]).square().sum(1)
        size = away.sqrt() if bandwidth == "distance" else away / codes.shape[1]
        total = torch.zeros(centres).to(codes).index_add_(0, label, size)
        spread = total / torch.bincount(label, minlength=centres)
        spread = spread if bandwidth == "distance" else spread.sqrt()
        spread = torch.where(spread > 0, spread, spread[spread > 0].mean() if (spread > 0).any() else 1.0)
        rates = 0.5 / (width * spread) ** 2
        squared = (data - mean(codes)).square()
        if not squared.isfinite().all():
            raise ValueError("data or their means hold values that are not finite: must be finite")
        start = (1 / squared.mean(0).clamp_min(torch.finfo(codes.dtype).eps)).clamp_min(floor)
        model = RadialPrecision(middle, rates, start.expand(centres, -1) / 2, floor)
        v = model.radial(codes)
        least = torch.finfo(codes.dtype).eps * v.sum(0)[:, None]
        down = torch.maximum(v.mT @ squared, least)
        weights = model.weights
        for _ in range(iterations):
            weights = weights * ((v.mT @ (1 / (v @ weights + floor))) / down).sqrt()
    return RadialPrecision(middle, rates, weights, floor)
