"""Likely and unlikely directions of a latent space, ways between points, and how empty they are."""

from typing import NamedTuple

import torch
from jaxtyping import Float
from scipy.spatial import KDTree
from torch import Tensor

from curvae.geometry.metric import Metric
from curvae.types import Codes, Curves, Matrices


class Directions(NamedTuple):
    """Unit vectors from the likeliest direction to the unlikeliest, and the variance along each."""

    variance: Float[Tensor, "point latent"]
    vector: Float[Tensor, "point latent axis"]  # columns

    @property
    def ratio(self) -> Float[Tensor, " point"]:
        """Least over largest variance: 0 on a sheet, 1 where all directions are equally likely."""
        return self.variance[:, -1] / self.variance[:, 0]


def likely_directions(covariance: Matrices) -> Directions:
    """Eigenvectors of covariances, such as those below, the largest first.

    Args:
        covariance: [n, d, d], symmetric.
    """
    value, vector = torch.linalg.eigh(covariance)
    return Directions(value.flip(1), vector.flip(2))


def posterior_covariance(metric: Metric, z: Codes, *, beta: float = 1.0, noise: float = 1.0) -> Matrices:
    """Covariance of the posterior that the decoder implies, (I + M / (beta noise^2))^-1.

    For a Gaussian likelihood of variance noise^2, weight beta of the KL and a standard normal prior, to first order
    of the decoder: moves along which images change least are likeliest.

    Args:
        metric: of the decoder's mean.
        z: codes [n, d].
        beta: above zero.
        noise: above zero.

    Returns:
        [n, d, d].

    Raises:
        ValueError: beta or noise is not above zero.
    """
    if beta <= 0 or noise <= 0:
        raise ValueError(f"beta = {beta:g}, noise = {noise:g}: allowed: above 0")
    matrix = metric.matrix(z)
    return torch.linalg.inv(torch.eye(z.shape[1]).to(z) + matrix / (beta * noise**2))


def local_covariance(codes: Codes, z: Codes, *, neighbours: int = 200) -> Matrices:
    """Covariance of the codes nearest to points, [n, d, d].

    Of posterior means it is the covariance of the aggregate posterior near the points less the mean of the posteriors'
    own variances there, cov[mu] = cov[z] - E[sigma^2]; of draws it is the whole.

    Args:
        codes: means of posteriors, or draws of them [m, d].
        z: points [n, d].
        neighbours: 2 to m.

    Raises:
        ValueError: a number of neighbours that is out of range.
    """
    if not 2 <= neighbours <= len(codes):
        raise ValueError(f"neighbours = {neighbours}: allowed: 2 to {len(codes)}")
    near = KDTree(codes.numpy(force=True)).query(z.numpy(force=True), neighbours)[1]
    group = codes[torch.as_tensor(near, device=codes.device)]
    away = group - group.mean(1, keepdim=True)
    return away.mT @ away / (neighbours - 1)


def straight(starts: Codes, ends: Codes, t: Float[Tensor, " time"]) -> Curves:
    """(1 - t) a + t b, [pair, time, latent]; times outside [0, 1] extrapolate."""
    return starts[:, None] + t[:, None] * (ends - starts)[:, None]


def spherical(starts: Codes, ends: Codes, t: Float[Tensor, " time"]) -> Curves:
    """r(t) (sin((1 - t) w) u + sin(t w) v) / sin w with u = a/|a|, v = b/|b| and w the angle between them.

    r(t) = (1 - t) |a| + t |b|. Shoemake (1985) has unit vectors; on vectors of unequal length that are nearly opposite
    his formula leaves all bounds. Parallel vectors are joined by straight lines. Times outside [0, 1] extrapolate.

    Raises:
        ValueError: a vector of length zero, or opposite vectors, between which the way is not unique.
    """
    first, last = (z.norm(dim=1)[:, None, None] for z in (starts, ends))
    u, v = starts[:, None] / first, ends[:, None] / last
    apart, along = (u - v).norm(dim=2, keepdim=True), (u + v).norm(dim=2, keepdim=True)
    eps = torch.finfo(starts.dtype).eps
    if not (along > 10 * eps).all():
        raise ValueError("starts and ends: allowed: no vector of length zero and no opposite ones")
    angle, at = 2 * torch.atan2(apart, along), t[:, None]
    small = angle < eps**0.5
    sine = torch.where(small, 1, angle.sin())
    left = torch.where(small, 1 - at, ((1 - at) * angle).sin() / sine)
    right = torch.where(small, at, (at * angle).sin() / sine)
    return ((1 - at) * first + at * last) * (left * u + right * v)


def emptiness(curves: Curves, codes: Codes, *, quantile: float = 0.99) -> Float[Tensor, " pair"]:
    """Share of the points of each curve that are farther from the nearest code than codes are from each other.

    Args:
        curves: [pair, time, latent]; points that are not finite are far from everything.
        codes: [n, latent].
        quantile: of the distances from a code to the nearest other, beyond which space counts as empty.

    Raises:
        ValueError: fewer than two codes or a quantile outside [0, 1].
    """
    if len(codes) < 2 or not 0 <= quantile <= 1:
        raise ValueError(f"{len(codes)} codes, quantile = {quantile:g}: allowed: two or more, 0 to 1")
    tree = KDTree(codes.numpy(force=True))
    usual = torch.as_tensor(tree.query(tree.data, 2)[0][:, 1]).quantile(quantile)
    points = curves.detach().flatten(0, 1).cpu()
    known = points.isfinite().all(1)
    distance = torch.full((len(points),), torch.inf, dtype=torch.float64)
    distance[known] = torch.as_tensor(tree.query(points[known].numpy())[0])
    return (distance > usual).double().view(curves.shape[:2]).mean(1)
