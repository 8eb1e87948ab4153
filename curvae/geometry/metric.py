"""The metric that a decoder pulls back onto the latent space, and its local expansion along a curve."""

from collections.abc import Callable, Iterator
from typing import NamedTuple, Protocol, runtime_checkable

import torch
from jaxtyping import Float
from torch import Tensor
from torch.func import jvp

from curvae.types import Codes, Decoder, Matrices


@runtime_checkable
class Metric(Protocol):
    """Anything with a metric tensor: symmetric, positive semi-definite, twice differentiable by torch."""

    def matrix(self, z: Codes) -> Matrices: ...


class Expansion(NamedTuple):
    """Second-order expansion of L(c, v) = 1/2 v'M(c)v at points of a curve with velocity v.

    The quadratic form dc' curvature dc + 2 dv' coupling dc + dv' matrix dv, integrated over a curve, is the
    second variation of its energy for every dc that vanishes at both ends.
    """

    velocity: Float[Tensor, "point latent"]  # v
    matrix: Float[Tensor, "point latent latent"]  # M
    momentum: Float[Tensor, "point latent"]  # dL/dv = Mv
    force: Float[Tensor, "point latent"]  # dL/dc
    coupling: Float[Tensor, "point latent latent"]  # (v, c) block
    curvature: Float[Tensor, "point latent latent"]  # (c, c) block


class PullbackMetric:
    """Metric of a stochastic decoder f(z) = mean(z) + std(z) * eps.

    M = E[J'J] = Jmean'Jmean + Jstd'Jstd, the Gram matrix of the tangents of z -> (mean(z), std(z)).
    Use C2 networks (tanh, softplus, sigmoid): M and its geodesics need second derivatives.

    Args:
        mean: codes [n, d] to features [n, D], each row from its own row alone, in the dtype of the codes.
        std: codes to standard deviations [n, D'], or None for a deterministic decoder.
        chunk: number of rows decoded at once.

    Raises:
        ValueError: `chunk` below 1.

    Reference: Arvanitidis, Hansen, Hauberg, Latent Space Oddity, ICLR 2018, equation 6.
    """

    def __init__(self, mean: Decoder, std: Decoder | None = None, *, chunk: int = 512):
        if chunk < 1:
            raise ValueError(f"chunk is {chunk}: must be at least 1")
        self.mean, self.std, self.chunk = mean, std, chunk

    def points(self, z: Codes) -> Float[Tensor, "point feature"]:
        """Features (mean(z), std(z)) side by side: M is the metric of this surface.

        Raises:
            ValueError: the decoder returns another rank or another number of rows.
        """
        features = [f(z) for f in (self.mean, self.std) if f is not None]
        for values in features:
            if values.ndim != 2 or len(values) != len(z):
                raise ValueError(f"decoder returns shape {tuple(values.shape)}: must be [{len(z)}, features]")
        return torch.cat(features, dim=1)

    def matrix(self, z: Codes) -> Matrices:
        """Metric tensor M(z), symmetric positive semi-definite, in z's dtype.

        Args:
            z: codes [n, d].

        Returns:
            [n, d, d].

        Raises:
            ValueError: z is no matrix of floats, or a feature or its derivative is not finite.
        """
        _check_codes(z)
        blocks = []
        for rows in z.split(self.chunk):
            pushed = [jvp(self.points, (rows,), (_direction(rows, i),)) for i in range(z.shape[1])]
            tangents = torch.stack([tangent for _, tangent in pushed], dim=1)
            blocks.append(_checked(_poisoned(tangents @ tangents.mT, pushed[0][0])))
        return torch.cat(blocks)

    def magnification(self, z: Codes) -> Float[Tensor, " point"]:
        """Volume of a unit latent cell on the surface, sqrt(det M), [n]."""
        return torch.linalg.det(self.matrix(z)).clamp_min(0).sqrt()

    def inner(self, z: Codes, u: Codes, v: Codes) -> Float[Tensor, " point"]:
        """Inner product u'M(z)v of tangent vectors, by one directional derivative each.

        Args:
            z: codes [n, d].
            u: tangent vectors [n, d].
            v: tangent vectors [n, d].

        Returns:
            [n].

        Raises:
            ValueError: shapes differ, or the result is not finite.
        """
        _check_codes(z)
        if u.shape != z.shape or v.shape != z.shape:
            raise ValueError(f"tangents have shapes {tuple(u.shape)}, {tuple(v.shape)}: need {tuple(z.shape)}")
        return _checked(self.directional(z, u, v))

    def directional(self, z: Codes, u: Codes, v: Codes) -> Float[Tensor, " point"]:
        """`inner` without its checks: not a number where the decoder is not."""
        parts = []
        for rows, left, right in zip(*(x.split(self.chunk) for x in (z, u, v)), strict=True):
            value, first = jvp(self.points, (rows,), (left,))
            second = first if u is v else jvp(self.points, (rows,), (right,))[1]
            parts.append(_poisoned((first * second).sum(1), value))
        return torch.cat(parts)

    def expand(self, z: Codes, velocity: Codes, acceleration: Codes) -> Expansion:
        """Expansion from the inner products of first and second derivatives f_i, f_ij of the features.

        f_k . f_ij is the Christoffel symbol of the first kind. The (c, c) block is
        H(v)_k . H(v)_l - f'' . f_kl with H(v)_k = f_ki v^i and f'' = f_ij v^i v^j + f_i c''^i: integrating
        by parts spares the third derivatives of the decoder.
        """
        dim = z.shape[1]
        pair = _pair_index(dim)
        blocks = []
        for rows in z.split(self.chunk):
            first: list = [None] * dim
            second = []
            for i, j, features, di, dj, mixed in _derivatives(self.points, rows):
                value, first[i], first[j] = features, di, dj
                second.append(mixed)
            tangents = torch.stack(first + second, dim=1)
            blocks.append(_poisoned(tangents @ tangents.mT, value))
        gram = torch.cat(blocks)
        v = velocity
        matrix = gram[:, :dim, :dim]
        christoffel = gram[:, :dim, dim + pair]
        fourth = gram[:, dim + pair][..., dim + pair]
        coupling = torch.einsum("nikj,nj->nik", christoffel, v)
        curvature = (
            torch.einsum("nkilj,ni,nj->nkl", fourth, v, v)
            - torch.einsum("nijkl,ni,nj->nkl", fourth, v, v)
            - torch.einsum("nmkl,nm->nkl", christoffel, acceleration)
        )
        return Expansion(
            velocity=v,
            matrix=matrix,
            momentum=torch.einsum("nij,nj->ni", matrix, v),
            force=torch.einsum("nik,ni->nk", coupling, v),
            coupling=coupling,
            curvature=curvature,
        )


def expand(metric: Metric, z: Codes, velocity: Codes, acceleration: Codes) -> Expansion:
    """Expansion of 1/2 v'M(z)v, from the decoder's own derivatives or from those of `matrix`.

    Args:
        metric: a `PullbackMetric` or any object with `matrix`.
        z: points of curves [n, d].
        velocity: c' at the points [n, d].
        acceleration: c'' at the points [n, d].
    """
    if isinstance(metric, PullbackMetric):
        return metric.expand(z, velocity, acceleration)
    dim = z.shape[1]
    pair = _pair_index(dim)
    first: list = [None] * dim
    second = []
    for i, j, value, di, dj, mixed in _derivatives(metric.matrix, z):
        matrix, first[i], first[j] = value, di, dj
        second.append(mixed)
    slope = torch.stack(first, dim=1)  # [n, k, i, j] = d_k M_ij
    v = velocity
    coupling = torch.einsum("nkij,nj->nik", slope, v)
    return Expansion(
        velocity=v,
        matrix=matrix,
        momentum=torch.einsum("nij,nj->ni", matrix, v),
        force=torch.einsum("nik,ni->nk", coupling, v) / 2,
        coupling=coupling,
        curvature=torch.einsum("nkij,ni,nj->nk", torch.stack(second, dim=1), v, v)[:, pair] / 2,
    )


def squared_speed(metric: Metric, z: Codes, velocity: Codes) -> Float[Tensor, " point"]:
    """v'M(z)v at each point, [n]; not a number where the metric is not."""
    if isinstance(metric, PullbackMetric):
        return metric.directional(z, velocity, velocity)
    return torch.einsum("ni,nij,nj->n", velocity, metric.matrix(z), velocity)


def _derivatives(function: Callable[[Codes], Tensor], z: Codes) -> Iterator[tuple]:
    """Yield (i, j, value, d_i, d_j, d_ij) for i <= j, by forward mode within forward mode."""
    for i in range(z.shape[1]):
        for j in range(i, z.shape[1]):
            inner, outer = _direction(z, i), _direction(z, j)
            nested = jvp(lambda x, e=inner: jvp(function, (x,), (e,)), (z,), (outer,))
            (value, di), (dj, dij) = nested
            yield i, j, value, di, dj, dij


def _pair_index(dim: int) -> Tensor:
    """Place of the unordered pair (i, j) in the order of `_derivatives`, [d, d]."""
    index = torch.zeros(dim, dim, dtype=torch.long)
    upper = torch.triu_indices(dim, dim)
    index[upper[0], upper[1]] = index[upper[1], upper[0]] = torch.arange(upper.shape[1])
    return index


def _direction(z: Codes, i: int) -> Codes:
    e = torch.zeros_like(z)
    e[:, i] = 1
    return e


def _check_codes(z: Tensor) -> None:
    if z.ndim != 2 or not z.is_floating_point():
        raise ValueError(f"codes have shape {tuple(z.shape)} and {z.dtype}: must be floats [n, latent]")


def _poisoned(result: Tensor, features: Tensor) -> Tensor:
    """Not a number in the rows whose features are not finite: their derivatives may be."""
    finite = torch.isfinite(features).all(1).view(-1, *(1,) * (result.ndim - 1))
    return torch.where(finite, result, torch.nan)


def _checked(values: Tensor) -> Tensor:
    bad = ~torch.isfinite(values).flatten(1).all(1) if values.ndim > 1 else ~torch.isfinite(values)
    if bad.any():
        raise ValueError(f"metric is not finite at {int(bad.sum())} of {len(values)} codes: check the decoder")
    return values
