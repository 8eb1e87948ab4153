"""The metric that a decoder pulls back onto the latent space, and its local expansion along a curve."""

import logging
import math
from collections.abc import Callable, Iterable
from typing import NamedTuple, Protocol, runtime_checkable

import torch
from jaxtyping import Float
from torch import Tensor
from torch.func import grad, jvp, vmap

from curvae.geometry.bounds import bounding_box
from curvae.geometry.sizes import times
from curvae.types import Codes, Decoder, Matrices

logger = logging.getLogger(__name__)

ROWS = 512  # decoded at once on a processor
# up to which curves have other starts to fall back on, finer pieces cost little, and directions come one by one
FEW_LATENTS = 3


@runtime_checkable
class Metric(Protocol):
    """Anything with a metric tensor: symmetric, positive semi-definite, twice differentiable by torch."""

    def matrix(self, z: Codes) -> Matrices: ...


class Expansion(NamedTuple):
    """Second-order expansion of L(c, v) = 1/2 v'M(c)v at points of a curve with velocity v.

    The quadratic form dc' curvature dc + 2 dv' coupling dc + dv' matrix dv, integrated over a curve, is the
    second variation of its energy for every dc that vanishes at both ends.
    """

    velocity: Float[Tensor, "latent point"]  # v
    matrix: Float[Tensor, "latent latent point"]  # M
    momentum: Float[Tensor, "latent point"]  # dL/dv = Mv
    force: Float[Tensor, "latent point"]  # dL/dc
    coupling: Float[Tensor, "latent latent point"] | None  # (v, c) block
    curvature: Float[Tensor, "latent latent point"] | None  # (c, c) block


class PullbackMetric:
    """Metric of a stochastic decoder f(z) = mean(z) + std(z) * eps.

    M = E[J'J] + ridge I = Jmean'Jmean + Jstd'Jstd + ridge I, the Gram matrix of the tangents of z -> (mean(z), std(z),
    sqrt(ridge) z). Use C2 networks (tanh, softplus, sigmoid): M and its geodesics need second derivatives.

    In many latents a decoder hardly uses some directions, and without a standard deviation or a ridge short ways lead
    along these out of the data. A thousandth of the mean diagonal of M at the codes keeps them in.

    Args:
        mean: codes [n, d] to features [n, D], each row from its own row alone, in the dtype of the codes.
        std: codes to standard deviations [n, D'], or None for a deterministic decoder.
        ridge: what a unit of latent distance adds to M, at least 0, in squared features over squared latents.
        codes: of data [m, d], which give `bounds`; those of `std` if None, where it has any.
        chunk: number of rows decoded at once; None takes 512 on a processor, more where a card has the memory.

    Attributes:
        bounds: corners of the box around the codes and as far again on every side, which geodesics do not leave unless
            they are given bounds of their own; None where the metric does not know where its data are.

    Raises:
        ValueError: `chunk` below 1, a negative ridge, or codes that are not finite or all in one place.

    Reference: Arvanitidis, Hansen, Hauberg, Latent Space Oddity, ICLR 2018, equation 6.
    """

    def __init__(
        self,
        mean: Decoder,
        std: Decoder | None = None,
        *,
        ridge: float = 0.0,
        codes: Codes | None = None,
        chunk: int | None = None,
    ):
        if chunk is not None and chunk < 1:
            raise ValueError(f"chunk is {chunk}: must be at least 1")
        if not 0 <= ridge < math.inf:
            raise ValueError(f"ridge = {ridge}: allowed: finite, at least 0")
        self.mean, self.std, self.ridge, self.chunk = mean, std, float(ridge), chunk
        self.bounds = getattr(std, "bounds", None) if codes is None else bounding_box(codes, room=1.0)
        if codes is not None and not (self.bounds[0] < self.bounds[1]).all():
            raise ValueError(f"{len(codes)} codes in one place: allowed: two or more places")

    def rows(self, z: Codes) -> int:
        """How many rows are decoded at once on z's device."""
        return self.chunk or ROWS * times(z.device)

    def _rows(self, z: Codes) -> int:
        """The same where derivatives are taken in all directions at once, of many latents."""
        return self.rows(z) if z.shape[1] <= FEW_LATENTS else max(1, self.rows(z) // z.shape[1])

    def points(self, z: Codes) -> Float[Tensor, "point feature"]:
        """Features (mean(z), std(z), sqrt(ridge) z) side by side: M is the metric of this surface.

        Raises:
            ValueError: the decoder returns another rank, another number of rows or another type of numbers.
        """
        features = [f(z) for f in (self.mean, self.std) if f is not None]
        for values in features:
            if values.ndim != 2 or len(values) != len(z):
                raise ValueError(f"decoder returns shape {tuple(values.shape)}: must be [{len(z)}, features]")
            if values.dtype != z.dtype:
                raise ValueError(f"decoder returns {values.dtype}: must be {z.dtype} as the codes")
        if self.ridge:
            # a product of matrices, since that with a number makes torch load its compiler
            features.append(z @ (self.ridge**0.5 * torch.eye(z.shape[1]).to(z)))
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
        check_codes(z)
        return _checked(self.gram(z))

    def gram(self, z: Codes) -> Matrices:
        """`matrix` without its checks: not a number where the decoder is not."""
        blocks = []
        for rows in z.contiguous().split(self.rows(z)):
            pushed = [jvp(self.points, (rows,), (unit,)) for unit in _units(rows)]
            tangents = torch.stack([tangent for _, tangent in pushed], dim=1)
            blocks.append(_poisoned(tangents @ tangents.mT, pushed[0][0]))
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
        check_codes(z)
        if u.shape != z.shape or v.shape != z.shape:
            raise ValueError(f"tangents have shapes {tuple(u.shape)}, {tuple(v.shape)}: need {tuple(z.shape)}")
        return _checked(self.directional(z, u, v))

    def directional(self, z: Codes, u: Codes, v: Codes) -> Float[Tensor, " point"]:
        """`inner` without its checks: not a number where the decoder is not."""
        parts = []
        for rows, left, right in zip(*(x.split(self.rows(z)) for x in (z, u, v)), strict=True):
            value, first = jvp(self.points, (rows,), (left,))
            second = first if u is v else jvp(self.points, (rows,), (right,))[1]
            parts.append(_poisoned((first * second).sum(1), value))
        return torch.cat(parts)

    def expand(self, z: Codes, velocity: Codes, acceleration: Codes) -> Expansion:
        """Expansion from the derivatives of the features along v, e_k and both.

        The (c, c) block is f_kv . f_lv - f'' . f_kl with f'' = f_vv + f_i c''^i: integrating by parts spares the
        third derivatives of the decoder.
        """
        chunks = zip(*(part.split(self._rows(z)) for part in (z, velocity, acceleration)), strict=True)
        return _joined([self._expand(*rows) for rows in chunks])

    def slopes(self, z: Codes, velocity: Codes) -> Expansion:
        """The same without second derivatives."""
        chunks = zip(z.split(self._rows(z)), velocity.split(self._rows(z)), strict=True)
        return _joined([self._expand(*rows, None) for rows in chunks])

    def acceleration(self, z: Codes, velocity: Codes) -> Codes:
        """See `acceleration` below."""
        parts = []
        for rows, v in zip(z.split(self.rows(z)), velocity.split(self.rows(z)), strict=True):
            pushed = [jvp(self.points, (rows,), (unit,))[1] for unit in _units(rows)]
            (value, _), (_, bent) = jvp(lambda x, v=v: jvp(self.points, (x,), (v,)), (rows,), (v,))
            tangents = _poisoned(torch.stack(pushed, dim=1), value)
            normal = inverse((tangents @ tangents.mT).permute(1, 2, 0))
            parts.append(-torch.einsum("ijn,njf,nf->ni", normal, tangents, bent))
        return torch.cat(parts)

    def _expand(self, z: Codes, v: Codes, acceleration: Codes | None) -> Expansion:
        def along_both(unit: Codes) -> tuple[Tensor, ...]:
            (value, pushed), (tangent, bent) = jvp(lambda x: jvp(self.points, (x,), (v,)), (z,), (unit,))
            return value, pushed, tangent, bent

        value, pushed, tangents, bent = map(tuple, _along_each(along_both, z))
        value, pushed = value[0], pushed[0]
        tangents, bent = _poisoned(torch.stack(tangents, dim=1), value), torch.stack(bent, dim=1)
        matrix = tangents @ tangents.mT
        momentum, force = ((side @ pushed[:, :, None])[:, :, 0].mT for side in (tangents, bent))
        if acceleration is None:
            return Expansion(v.mT, matrix.permute(1, 2, 0), momentum, force, None, None)
        along = torch.einsum("nk,nkf->nf", v, bent) + torch.einsum("nk,nkf->nf", acceleration, tangents)
        curvature = bent @ bent.mT - _hessian(lambda x: (self.points(x) * along).sum(), z)
        parts = (matrix, tangents @ bent.mT, curvature)
        matrix, coupling, curvature = (part.permute(1, 2, 0) for part in parts)
        return Expansion(v.mT, matrix, momentum, force, coupling, curvature)


def expand(metric: Metric, z: Codes, velocity: Codes, acceleration: Codes) -> Expansion:
    """Expansion of 1/2 v'M(z)v, from the metric's own `expand` or from the derivatives of its `matrix`.

    Args:
        metric: a `PullbackMetric` or any object with `matrix`.
        z: points of curves [n, d].
        velocity: c' at the points [n, d].
        acceleration: c'' at the points [n, d].
    """
    if hasattr(metric, "expand"):
        return metric.expand(z, velocity, acceleration)
    return _from_matrix(metric, z, velocity, second=True)


def slopes(metric: Metric, z: Codes, velocity: Codes) -> Expansion:
    """`expand` without second derivatives."""
    if hasattr(metric, "slopes"):
        return metric.slopes(z, velocity)
    return _from_matrix(metric, z, velocity, second=False)


def _from_matrix(metric: Metric, z: Codes, v: Codes, second: bool) -> Expansion:
    pushed = [jvp(metric.matrix, (z,), (unit,)) for unit in _units(z)]
    matrix = pushed[0][0]
    coupling = torch.stack([torch.einsum("nij,nj->in", slope, v) for _, slope in pushed], dim=1)
    momentum = torch.einsum("nij,nj->in", matrix, v)
    force = torch.einsum("ikn,ni->kn", coupling, v) / 2
    parts = (v.mT, matrix.permute(1, 2, 0), momentum, force)
    if not second:
        return Expansion(*parts, None, None)

    def curvature(z: Codes, v: Codes) -> Matrices:
        return _hessian(lambda x: torch.einsum("ni,nij,nj->", v, metric.matrix(x), v) / 2, z)

    dim = z.shape[1]
    size = len(z) if dim <= FEW_LATENTS else max(1, ROWS * times(z.device) // dim)
    found = torch.cat([curvature(*rows) for rows in zip(z.split(size), v.split(size), strict=True)])
    return Expansion(*parts, coupling, found.permute(1, 2, 0))


def unchecked(metric: Metric, z: Codes) -> Matrices:
    """`matrix`, of a decoder without its checks: not a number where the metric is not."""
    return (metric.gram if isinstance(metric, PullbackMetric) else metric.matrix)(z)


def squared_speed(metric: Metric, z: Codes, velocity: Codes) -> Float[Tensor, " point"]:
    """v'M(z)v at each point, [n]; not a number where the metric is not."""
    if hasattr(metric, "directional"):
        return metric.directional(z, velocity, velocity)
    return torch.einsum("ni,nij,nj->n", velocity, metric.matrix(z), velocity)


def inverse(matrix: Float[Tensor, "latent latent *rest"]) -> Float[Tensor, "latent latent *rest"]:
    """Inverse of matrices in the first two axes, singular ones lifted by rounding."""
    dim = len(matrix)
    eps, tiny = torch.finfo(matrix.dtype).eps, torch.finfo(matrix.dtype).tiny
    floor = eps * sum(matrix[k, k] for k in range(dim)) + tiny
    if dim == 1:
        return 1 / (matrix + floor)
    if dim == 2:
        (a, b), (_, c) = matrix
        a, c = a + floor, c + floor
        return torch.stack([torch.stack([c, -b]), torch.stack([-b, a])]) / (a * c - b * b)
    eye = torch.eye(dim, dtype=matrix.dtype, device=matrix.device)
    last = matrix.movedim((0, 1), (-2, -1)) + floor[..., None, None] * eye
    return torch.linalg.inv_ex(last)[0].movedim((-2, -1), (0, 1))


def acceleration(metric: Metric, z: Codes, velocity: Codes) -> Codes:
    """c'' of the geodesic through z with velocity v: M c'' = dL/dc - (dM along v) v with L = 1/2 v'Mv.

    For a decoder that is M c'' = -J'f_vv: the acceleration in feature space is normal to the surface.

    Args:
        metric: a `PullbackMetric` or any object with `matrix`.
        z: points [n, d].
        velocity: tangent vectors [n, d].

    Returns:
        [n, d]; not a number where the metric is not.
    """
    if hasattr(metric, "acceleration"):
        return metric.acceleration(z, velocity)
    found = slopes(metric, z, velocity)
    turn = torch.einsum("nij,nj->in", jvp(metric.matrix, (z,), (velocity,))[1], velocity)
    return torch.einsum("ijn,jn->ni", inverse(found.matrix), found.force - turn)


def _hessian(function: Callable[[Codes], Tensor], z: Codes) -> Matrices:
    """Second derivatives of a sum over points, each a function of its own point alone, [n, d, d]."""
    (columns,) = map(tuple, _along_each(lambda unit: (jvp(grad(function), (z,), (unit,))[1],), z))
    hessian = torch.stack(columns, dim=2)
    return (hessian + hessian.mT) / 2


def _joined(parts: list[Expansion]) -> Expansion:
    return Expansion(*(None if f[0] is None else torch.cat(f, dim=-1) for f in zip(*parts, strict=True)))


def _along_each(function: Callable[[Codes], tuple[Tensor, ...]], z: Codes) -> Iterable[Iterable[Tensor]]:
    """Each of the values of a function along all unit directions.

    In many latents all directions at once, so that what none of them changes is worked out once.
    """
    units = _units(z)
    if len(units) > FEW_LATENTS:
        try:
            return vmap(function)(torch.stack(units))
        except torch.OutOfMemoryError:
            raise
        except RuntimeError as error:  # such as of a decoder that writes into a tensor in place
            logger.debug("directions one by one: %s", error)
    return zip(*map(function, units), strict=True)


def _units(z: Codes) -> list[Codes]:
    return [_direction(z, k) for k in range(z.shape[1])]


def _direction(z: Codes, i: int) -> Codes:
    e = torch.zeros_like(z)
    e[:, i] = 1
    return e


def check_codes(z: Tensor) -> None:
    """Refuses what is no [n, latent] of floats."""
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
