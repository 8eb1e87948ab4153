"""Polynomial curves between two points: integrated Legendre polynomials and Gauss quadrature on [0, 1]."""

from functools import lru_cache
from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Float
from numpy.polynomial import legendre
from torch import Tensor

from curvae.types import Codes, Curves


class Basis(NamedTuple):
    """phi_j(t) = int_0^t sqrt(2j + 1) P_j(2s - 1) ds for j >= 1 and its derivatives, [time, mode].

    phi_j vanishes at 0 and 1; the phi_j' are orthonormal and have mean zero.
    """

    value: Float[Tensor, "time mode"]
    slope: Float[Tensor, "time mode"]
    bend: Float[Tensor, "time mode"]


class Grid(NamedTuple):
    """Basis at Gauss nodes, whose weights sum to one."""

    time: Float[Tensor, " time"]
    weight: Float[Tensor, " time"]
    basis: Basis


def basis(time: Float[Tensor, " time"], modes: int) -> Basis:
    """The first functions at any times.

    Args:
        time: in [0, 1].
        modes: how many; a curve of degree p has p - 1.
    """
    return Basis(*(torch.as_tensor(part).to(time) for part in _tables(time.cpu().double().numpy(), modes)))


def grid(degree: int, like: Tensor) -> Grid:
    """Basis of the curves of one degree at Gauss nodes, half as many again as the degree.

    That many integrate a flat energy exactly with room for a curved one.
    """
    return Grid(*_grid(degree, like.dtype, like.device))


@lru_cache(maxsize=16)
def products(degree: int, dtype: torch.dtype, device: torch.device) -> tuple[Tensor, Tensor, Tensor]:
    """Weighted products phi_i phi_j, phi_i' phi_j, phi_i' phi_j' at the nodes of `grid`, [time, mode * mode]."""
    _, weight, (value, slope, _) = _grid(degree, dtype, device)
    pairs = ((value, value), (slope, value), (slope, slope))
    return tuple(torch.einsum("t,ti,tj->tij", weight, left, right).flatten(1) for left, right in pairs)


def curve(
    starts: Codes, ends: Codes, coefficients: Float[Tensor, "pair mode latent"], time: Tensor, part: Basis
) -> tuple[Curves, Curves, Curves]:
    """c, c' and c'' of c(t) = (1 - t) a + t b + sum_j x_j phi_j(t), each [pair, time, latent]."""
    chord = (ends - starts)[:, None]
    at = time[:, None]
    line = (1 - at) * starts[:, None] + at * ends[:, None]
    return line + part.value @ coefficients, chord + part.slope @ coefficients, part.bend @ coefficients


def project(curves: Curves, starts: Codes, ends: Codes, degree: int) -> Float[Tensor, "pair mode latent"]:
    """Coefficients of the curves of one degree closest to given points at equal time steps."""
    time = torch.linspace(0, 1, curves.shape[1], dtype=curves.dtype, device=curves.device)
    at = time[:, None]
    excess = curves - (1 - at) * starts[:, None] - at * ends[:, None]
    return torch.linalg.pinv(basis(time, degree - 1).value) @ excess


def _tables(time: np.ndarray, modes: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    x = 2 * time - 1
    scale = np.sqrt(2 * np.arange(1, modes + 1) + 1)
    p = legendre.legvander(x, modes + 1)
    slope = np.zeros_like(p)
    for j in range(modes):
        slope[:, j + 1] = (2 * j + 1) * p[:, j] + (slope[:, j - 1] if j else 0)
    # int P_j = (P_{j+1} - P_{j-1}) / (2j + 1), and dx = 2 dt
    return (p[:, 2:] - p[:, :-2]) / (2 * scale), scale * p[:, 1:-1], 2 * scale * slope[:, 1:-1]


@lru_cache(maxsize=16)
def _grid(degree: int, dtype: torch.dtype, device: torch.device) -> tuple[Tensor, Tensor, Basis]:
    x, weight = legendre.leggauss(degree + degree // 2)
    time = (x + 1) / 2
    arrays = (time, weight / weight.sum(), *_tables(time, degree - 1))
    time, weight, *tables = (torch.as_tensor(array, dtype=dtype, device=device) for array in arrays)
    return time, weight, Basis(*tables)
