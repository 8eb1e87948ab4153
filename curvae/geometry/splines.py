"""Smooth curves between two points: B-splines on equal pieces of [0, 1], at Gauss nodes and on finer pieces."""

from functools import lru_cache
from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Float
from scipy.interpolate import BSpline
from torch import Tensor

ORDER = 5  # degree of the pieces: curves are C4, errors of the velocity fall with the fifth power of a piece
# Gauss nodes a piece while solving, and at other times while judging. Four keep the order of the splines; a table's
# own error is larger than what three lose
SEEN, UNSEEN = 4, 5
FEW_SEEN, FEW_UNSEEN = 3, 4

Control = Float[Tensor, "latent control pair"]


class Grid(NamedTuple):
    """The basis functions that a piece sees, and their first two derivatives, at Gauss nodes; weights sum to one.

    Pieces come one after the other, each with the same number of nodes.
    """

    pieces: int
    time: Float[Tensor, " time"]
    weight: Float[Tensor, " time"]
    value: Float[Tensor, "piece node function"]
    slope: Float[Tensor, "piece node function"]
    bend: Float[Tensor, "piece node function"]
    within: Float[Tensor, "node node"]  # integrals from the start of a piece up to its nodes
    pairs: Float[Tensor, "piece row node_term"]  # products of two functions for Hessians, see `_products`


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


def at(local: Float[Tensor, "piece node function"], control: Control) -> Float[Tensor, "latent time pair"]:
    """Curves, or derivatives of theirs, at the nodes of a grid."""
    pieces, _, functions = local.shape
    latent, _, pairs = control.shape
    flat = control.transpose(0, 1).reshape(-1, latent * pairs).contiguous()
    seen = flat.as_strided((pieces, functions, flat.shape[1]), (flat.shape[1], flat.shape[1], 1))
    return (local @ seen).view(-1, latent, pairs).transpose(0, 1)


def gathered(parts: Float[Tensor, "piece function *rest"]) -> Float[Tensor, "control *rest"]:
    """Sum of what each piece adds to the control points that it sees."""
    pieces, functions = parts.shape[:2]
    total = parts.new_zeros(controls(pieces), *parts.shape[2:])
    for k in range(functions):
        total[k : k + pieces] += parts[:, k]
    return total


def rows() -> tuple[list[int], list[int]]:
    """The pairs i <= j of functions on a piece, row by row."""
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
    weights = np.tile(weight / 2 / pieces, pieces)
    own = np.arange(pieces)[:, None, None] + np.arange(ORDER + 1)
    local = [np.take_along_axis(_evaluate(time, pieces, k).reshape(pieces, nodes, -1), own, 2) for k in range(3)]
    arrays = (time, weights, *local, within, _products(weights.reshape(pieces, nodes, 1), *local[:2]))
    return Grid(pieces, *(torch.as_tensor(array, dtype=dtype, device=device) for array in arrays))


def _products(weight: np.ndarray, value: np.ndarray, slope: np.ndarray) -> np.ndarray:
    """Weighted phi_i' phi_j', phi_i phi_j, phi_i' phi_j and phi_i phi_j' at each node, a row for each i <= j."""
    i, j = rows()
    left = np.stack([slope[..., i], value[..., i], slope[..., i], value[..., i]], axis=2)
    right = np.stack([slope[..., j], value[..., j], value[..., j], slope[..., j]], axis=2)
    return (weight[..., None] * left * right).reshape(len(weight), -1, len(i)).swapaxes(1, 2).copy()


@lru_cache(maxsize=64)
def _transfer(pieces: int, finer: int, dtype: torch.dtype, device: torch.device) -> Tensor:
    # as many interpolation conditions as control points, at the means of their inner knots
    knots = np.concatenate([np.zeros(ORDER), np.linspace(0, 1, finer + 1), np.ones(ORDER)])
    time = np.lib.stride_tricks.sliding_window_view(knots[1:-1], ORDER).mean(1).clip(0, 1)
    matrix = np.linalg.solve(_evaluate(time, finer, 0), _evaluate(time, pieces, 0))
    return torch.as_tensor(matrix, dtype=dtype, device=device)
