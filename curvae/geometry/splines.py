"""Smooth curves between two points: B-splines on equal pieces of [0, 1], at Gauss nodes and on finer pieces."""

from functools import lru_cache
from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Float
from scipy.interpolate import BSpline
from torch import Tensor

ORDER = 5  # degree of the pieces: curves are C4, errors of the velocity fall with the fifth power of a piece
SEEN = 4  # Gauss nodes a piece while solving
UNSEEN, FEW = 5, 3  # while judging, by a metric and by a table; none of them is seen while solving

Control = Float[Tensor, "latent control pair"]


class Grid(NamedTuple):
    """Values of the basis and its first two derivatives at Gauss nodes; the weights sum to one.

    Pieces come one after the other, each with the same number of nodes.
    """

    pieces: int
    time: Float[Tensor, " time"]
    weight: Float[Tensor, " time"]
    value: Float[Tensor, "time control"]
    slope: Float[Tensor, "time control"]
    bend: Float[Tensor, "time control"]
    within: Float[Tensor, "node node"]  # integrals from the start of a piece up to its nodes


class Products(NamedTuple):
    """Weighted products of the basis functions that share a piece, for Hessians: row (i, j), i <= j."""

    slopes: Float[Tensor, "piece row node"]  # phi_i' phi_j'
    others: Float[Tensor, "piece row three_nodes"]  # phi_i phi_j, phi_i' phi_j, phi_i phi_j'


def controls(pieces: int) -> int:
    """Number of control points of a curve, its ends among them."""
    return pieces + ORDER


def basis(time: Float[Tensor, " time"], pieces: int, derivative: int = 0) -> Float[Tensor, "time control"]:
    """B-splines, or their derivatives, at times in [0, 1]; the first and the last control point are the ends.

    Raises:
        ValueError: a time outside [0, 1].
    """
    if time.numel() and not (time.min() >= 0 and time.max() <= 1):
        raise ValueError(f"time = {time.min():g} to {time.max():g}: allowed: 0 to 1")
    return torch.as_tensor(_evaluate(time.detach().cpu().double().numpy(), pieces, derivative)).to(time)


def grid(pieces: int, nodes: int, like: Tensor) -> Grid:
    """The basis at Gauss nodes of every piece, in the type and on the device of a tensor."""
    return _grid(pieces, nodes, like.dtype, like.device)


@lru_cache(maxsize=32)
def products(pieces: int, dtype: torch.dtype, device: torch.device) -> Products:
    """Products at the nodes seen while solving."""
    g = _grid(pieces, SEEN, dtype, device)
    own = torch.arange(pieces, device=device)[:, None] + torch.arange(ORDER + 1, device=device)

    def local(table: Tensor) -> Tensor:
        return table.unflatten(0, (pieces, SEEN)).gather(2, own[:, None].expand(-1, SEEN, -1)).mT

    value, slope = local(g.value), local(g.slope)
    i, j = rows()
    weight = g.weight.view(pieces, 1, SEEN)
    left = (value[:, i], slope[:, i], value[:, i])
    right = (value[:, j], value[:, j], slope[:, j])
    others = torch.cat([weight * a * b for a, b in zip(left, right, strict=True)], dim=2)
    return Products(weight * slope[:, i] * slope[:, j], others)


def rows() -> tuple[list[int], list[int]]:
    """The pairs i <= j of functions on a piece, in the order of `Products`."""
    pairs = [(i, j) for i in range(ORDER + 1) for j in range(i, ORDER + 1)]
    return [i for i, _ in pairs], [j for _, j in pairs]


def refine(control: Control, pieces: int, finer: int) -> Control:
    """The same curves on more pieces, exactly if `finer` is a multiple of `pieces`."""
    return _transfer(pieces, finer, control.dtype, control.device) @ control


def fit(points: Float[Tensor, "pair time latent"], time: Float[Tensor, " time"], pieces: int) -> Control:
    """Control points of the curves closest to points at given times, with the ends kept."""
    table = basis(time, pieces)
    ends = points[:, [0, -1]].permute(2, 1, 0)
    rest = points.permute(2, 1, 0) - table[:, [0, -1]] @ ends
    inner = torch.linalg.pinv(table[:, 1:-1]) @ rest
    return torch.cat([ends[:, :1], inner, ends[:, 1:]], dim=1)


def _evaluate(time: np.ndarray, pieces: int, derivative: int) -> np.ndarray:
    knots = np.concatenate([np.zeros(ORDER), np.linspace(0, 1, pieces + 1), np.ones(ORDER)])
    return BSpline(knots, np.eye(controls(pieces)), ORDER)(time, nu=derivative)


@lru_cache(maxsize=64)
def _grid(pieces: int, nodes: int, dtype: torch.dtype, device: torch.device) -> Grid:
    x, weight = np.polynomial.legendre.leggauss(nodes)
    place = (x + 1) / 2
    time = ((np.arange(pieces)[:, None] + place) / pieces).ravel()
    powers = np.vander(place, nodes, increasing=True)
    upto = place[:, None] ** np.arange(1, nodes + 1) / np.arange(1, nodes + 1)
    within = upto @ np.linalg.inv(powers) / pieces
    arrays = (time, np.tile(weight / 2 / pieces, pieces), *(_evaluate(time, pieces, k) for k in range(3)), within)
    return Grid(pieces, *(torch.as_tensor(array, dtype=dtype, device=device) for array in arrays))


@lru_cache(maxsize=64)
def _transfer(pieces: int, finer: int, dtype: torch.dtype, device: torch.device) -> Tensor:
    time = np.cos(np.linspace(np.pi, 0, 4 * controls(finer))) / 2 + 0.5
    matrix = np.linalg.lstsq(_evaluate(time, finer, 0), _evaluate(time, pieces, 0), rcond=None)[0]
    return torch.as_tensor(matrix, dtype=dtype, device=device)
