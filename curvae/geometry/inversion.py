"""A decoder run backwards: layer by layer through pseudo-inverses, or by least squares on its output."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pandas as pd
import torch
from jaxtyping import Bool, Float
from scipy.ndimage import label
from torch import Tensor
from torch.func import jacfwd, vmap
from torch.nn import functional

from curvae.types import Codes, Decoder

Layers = Sequence[tuple[Tensor, Tensor]]  # weight [out, in] and bias [out] of each layer, float64
TINY = torch.finfo(torch.float64).eps

# Activation -> (its inverse, lowest and highest value it takes).
INVERSES: dict[str, tuple[Callable[[Tensor], Tensor], float, float]] = {
    "identity": (lambda y: y, -torch.inf, torch.inf),
    "leaky_relu": (lambda y: torch.where(y < 0, y / 0.01, y), -torch.inf, torch.inf),
    "elu": (lambda y: torch.where(y < 0, torch.log1p(y.clamp(max=0)), y), -1.0, torch.inf),
    "softplus": (lambda y: y + torch.log(-torch.expm1(-y)), 0.0, torch.inf),
    "tanh": (torch.atanh, -1.0, 1.0),
    "sigmoid": (torch.logit, 0.0, 1.0),
}
FORWARD = {"identity": lambda y: y, "leaky_relu": functional.leaky_relu, "elu": functional.elu}
FORWARD |= {"softplus": functional.softplus, "tanh": torch.tanh, "sigmoid": torch.sigmoid}


def decode(layers: Layers, z: Codes, activation: str, output: str = "identity") -> Float[Tensor, "point feature"]:
    """x = output(W_n h_{n-1} + b_n), h_k = activation(W_k h_{k-1} + b_k), h_0 = z."""
    for weight, bias in layers[:-1]:
        z = FORWARD[activation](z @ weight.T + bias)
    weight, bias = layers[-1]
    return FORWARD[output](z @ weight.T + bias)


def least_squares_inverse(
    layers: Layers, x: Float[Tensor, "point feature"], activation: str, output: str = "identity", alpha: float = 0.0
) -> Codes:
    """Undo a decoder layer by layer: the activation, the bias, then W by its pseudo-inverse.

    Where layers only widen, this gives back the z of x = f(z). Of several h with the smallest ||W h - b||^2 it takes
    the one of least norm; with alpha > 0 it minimises ||W h - b||^2 + alpha ||h||^2 instead, which is another problem.
    Values that an activation cannot take are moved to the edge of its range.

    Args:
        layers: from the code to the image.
        x: images.
        activation: after every layer but the last.
        output: after the last layer.
        alpha: of the ridge.

    Raises:
        ValueError: an activation without an inverse, or numbers in less than double precision.
    """
    for name in (activation, output):
        if name == "relu":
            raise ValueError("activation = 'relu': every number below 0 becomes 0, so that there is no inverse")
        if name not in INVERSES:
            raise ValueError(f"activation = {name!r}: allowed: {', '.join(INVERSES)}")
    tensors = [x, *(t for layer in layers for t in layer)]
    if any(t.dtype != torch.float64 for t in tensors):
        raise ValueError(
            "dtype: not float64; rounding errors grow from layer to layer: single precision is off by 3e-2"
        )
    for index, (weight, bias) in enumerate(reversed(layers)):
        undo, low, high = INVERSES[output if index == 0 else activation]
        x = (undo(x.clamp(low + TINY, high - TINY)) - bias) @ _inverse(weight, alpha).T
    return x


def _inverse(a: Tensor, alpha: float) -> Tensor:
    """A^+, or A' (A A' + alpha I)^-1 = (A' A + alpha I)^-1 A'."""
    if not alpha:
        return torch.linalg.pinv(a)
    return torch.linalg.solve(a.T @ a + alpha * torch.eye(a.shape[1]).to(a), a.T)


def gauss_newton(
    decoder: Decoder, x: Float[Tensor, "point feature"], start: Codes, steps: int = 30, damping: float = 1e-3
) -> Float[Tensor, "step point latent"]:
    """Minimise ||x - f(z)||^2 over z, point by point, with Levenberg and Marquardt's damping.

    A step solves (J'J + d diag J'J) dz = J' (x - f(z)) and is kept where the misfit falls; then d is divided by 10,
    else multiplied by it.

    Args:
        decoder: f.
        x: images.
        start: where to begin.
        steps: at most.
        damping: d at the start.

    Returns:
        All iterates, the start among them.
    """
    z, path = start, [start]
    damping = z.new_full((len(z),), damping)
    jacobian = vmap(jacfwd(lambda one: decoder(one[None])[0]))
    misfit = (x - decoder(z)).square().sum(1)
    for _ in range(steps):
        j, rest = jacobian(z), x - decoder(z)
        square = j.mT @ j
        square = square + torch.diag_embed(damping[:, None] * square.diagonal(dim1=1, dim2=2) + TINY)
        proposed = z + torch.linalg.solve(square, (j.mT @ rest[..., None])[..., 0])
        after = (x - decoder(proposed)).square().sum(1)
        better = after < misfit
        z, misfit = torch.where(better[:, None], proposed, z), torch.where(better, after, misfit)
        damping = torch.where(better, damping / 10, damping * 10)
        path.append(z)
    return torch.stack(path)


def noise_study(
    layers: Layers,
    z: Codes,
    activation: str,
    output: str,
    noises: Sequence[float],
    start: Codes,
    seed: int = 0,
    steps: int = 30,
) -> pd.DataFrame:
    """How far both inverses are from the code when the image has a little noise.

    Args:
        layers: of the decoder.
        z: codes whose images are inverted.
        activation: see `least_squares_inverse`.
        output: see `least_squares_inverse`.
        noises: standard deviations of the noise added to the decoded images.
        start: where Gauss-Newton begins.
        seed: of the noise.
        steps: of Gauss-Newton, at most.

    Returns:
        A row a noise and method: noise, method, error (median over codes of ||z^ - z|| / ||z||), low and high
        (quartiles).
    """
    clean, generator = decode(layers, z, activation, output), torch.Generator().manual_seed(seed)
    unit, rows = torch.randn(clean.shape, generator=generator, dtype=clean.dtype), []
    for noise in noises:
        x = clean + noise * unit
        found = {
            "layer by layer": least_squares_inverse(layers, x, activation, output),
            "Gauss-Newton": gauss_newton(lambda z: decode(layers, z, activation, output), x, start, steps)[-1],
        }
        for method, codes in found.items():
            error = ((codes - z).norm(dim=1) / z.norm(dim=1)).numpy()
            low, middle, high = np.quantile(error, [0.25, 0.5, 0.75])
            rows.append({"noise": noise, "method": method, "error": middle, "low": low, "high": high, "n": len(z)})
    return pd.DataFrame(rows)


def pieces(above: Bool[np.ndarray, "row column"]) -> int:
    """Disjoint pieces of a level set, of which a grid shows where a function lies above it: at least so many.

    A region that does not touch the edge has a closed curve around it. Curves that reach the edge may be one beyond it,
    so that all of them count as one.

    Args:
        above: whether the function lies above the level.
    """
    count = int(len(np.unique(np.concatenate([above[0], above[-1], above[:, 0], above[:, -1]]))) > 1)
    for region, corners in ((above, 0), (~above, 1)):
        labels, found = label(region, [[corners, 1, corners], [1, 1, 1], [corners, 1, corners]])
        edge = np.concatenate([labels[0], labels[-1], labels[:, 0], labels[:, -1]])
        count += found - np.count_nonzero(np.unique(edge))
    return count


def level_pieces(images: Float[np.ndarray, "row column pixel"], level: float = 0.5) -> pd.DataFrame:
    """Every pixel as a function of two latents, and the pieces of its level set.

    Args:
        images: decoded from a grid of codes [intensity].
        level: of the intensity.

    Returns:
        A row a pixel: pixel, low and high (over the grid), pieces (`pieces`; 0 where the level is not crossed).
    """
    rows = [(k, pixel.min(), pixel.max(), pieces(pixel > level)) for k, pixel in enumerate(np.moveaxis(images, 2, 0))]
    return pd.DataFrame(rows, columns=["pixel", "low", "high", "pieces"])


def inverted(
    layers: Layers, codes: np.ndarray, activation: str, output: str, noises: Sequence[float], axis: np.ndarray
) -> dict[str, Any]:
    """A decoder's level sets: `noise_study` for codes, `level_pieces`, and the misfit of the image of the first code.

    Args:
        layers: of a decoder of two latents.
        codes: [point, 2].
        activation: see `least_squares_inverse`.
        output: see `least_squares_inverse`.
        noises: see `noise_study`.
        axis: grid values of both latents.

    Returns:
        ``misfit`` [z2, z1], ``z1``, ``z2``, ``path`` of Gauss-Newton from the codes' mean, ``code``, ``table``
        and ``pixels``.
    """
    z = torch.as_tensor(codes, dtype=torch.float64)
    start = z.mean(0).expand_as(z)
    grid = torch.cartesian_prod(*2 * [torch.as_tensor(axis, dtype=torch.float64)]).flip(1)
    x = decode(layers, z[:1], activation, output)
    images = decode(layers, grid, activation, output).view(len(axis), len(axis), -1)
    misfit = (images - x).square_().sum(-1)
    path = gauss_newton(lambda z: decode(layers, z, activation, output), x, start[:1])[:, 0]
    table = noise_study(layers, z, activation, output, noises, start)
    shown = {"misfit": misfit.numpy(), "z1": axis, "z2": axis, "path": path.numpy(), "code": codes[0], "table": table}
    return shown | {"pixels": level_pieces(images.numpy())}
