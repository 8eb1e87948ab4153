"""Linear predictors: ridge autoregression, and dynamic-mode decomposition with a dictionary (Koopman)."""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import combinations_with_replacement

import numpy as np
import torch
from jaxtyping import Complex, Float
from torch import Tensor

Lift = Callable[[Tensor], Tensor]  # [..., width] -> [..., feature]


def ridge(
    features: Float[Tensor, "sample feature"], targets: Float[Tensor, "sample width"], penalty: float = 0.0
) -> Float[Tensor, "feature width"]:
    """Least squares with a penalty: the W with the smallest |F W - Y|^2 + penalty |W|^2.

    Solved by singular values of [F; sqrt(penalty) 1], which loses half as many digits as F'F. Without a penalty
    and with dependent features it is the solution of least norm.

    Args:
        features: F.
        targets: Y.
        penalty: at least 0.

    Raises:
        ValueError: a negative penalty.
    """
    if not 0 <= penalty < float("inf"):
        raise ValueError(f"penalty = {penalty}: allowed: at least 0")
    count = features.shape[1]
    left = torch.cat([features, penalty**0.5 * torch.eye(count, dtype=features.dtype, device=features.device)]).cpu()
    right = torch.cat([targets, targets.new_zeros(count, targets.shape[1])]).cpu()
    return torch.linalg.lstsq(left, right, driver="gelsd").solution.to(features)


@dataclass(frozen=True)
class Autoregression:
    """x^_{t+1} = c + sum_k A_k x_{t-k}, k = 0 .. lags - 1.

    Attributes:
        weights: A_0', A_1', ... one below the other.
        constant: c.
    """

    weights: Float[Tensor, "lagged width"]
    constant: Float[Tensor, " width"]

    @property
    def lags(self) -> int:
        """Number of frames that a prediction looks at."""
        return self.weights.shape[0] // self.weights.shape[1]

    def start(self, x: Float[Tensor, "*batch width"]) -> Float[Tensor, "*batch past"]:
        """The state before the first input: frames that look like it, which the warm-up replaces."""
        return x.repeat(*(1,) * (x.ndim - 1), self.lags - 1)

    def step(self, past: Tensor, x: Tensor) -> tuple[Tensor, Tensor]:
        """Frames before the last one (newest first) and the last one in; the same, one frame later, out."""
        seen = torch.cat([x, past], -1)
        return seen[..., : past.shape[-1]], seen @ self.weights + self.constant


def fit_autoregression(
    sequences: Float[np.ndarray, "trajectory time width"], lags: int = 1, penalty: float = 1e-6
) -> Autoregression:
    """Ridge regression of a frame on the `lags` frames before it; the constant is not penalised.

    Args:
        sequences: standardised trajectories.
        lags: number of frames that enter.
        penalty: as in `ridge`.

    Raises:
        ValueError: no lag, sequences too short or not finite, a negative penalty.
    """
    if lags < 1:
        raise ValueError(f"lags = {lags}: allowed: at least 1")
    x = torch.from_numpy(check_sequences(sequences, lags + 1))
    frames = x.shape[1]
    features = torch.cat([x[:, lags - 1 - k : frames - 1 - k] for k in range(lags)], -1).flatten(0, 1)
    targets = x[:, lags:].flatten(0, 1)
    left, right = features.mean(0), targets.mean(0)
    weights = ridge(features - left, targets - right, penalty)
    return Autoregression(weights, right - left @ weights)


@dataclass(frozen=True)
class Koopman:
    """x^_{t+1} = the first entries of K' psi(x_t), K the least-squares propagator of psi(x_t).

    With psi(x) = x it is dynamic-mode decomposition; with further observables, the extended one
    (Williams et al. 2015).

    Attributes:
        operator: K.
        lift: psi; its first entries are x.
        width: of x.
    """

    operator: Float[Tensor, "feature feature"]
    lift: Lift
    width: int

    def step(self, state: None, x: Tensor) -> tuple[None, Tensor]:
        """As `curvae.dynamics.rollout` takes it; there is no state."""
        return state, (self.lift(x) @ self.operator)[..., : self.width]

    def modes(self) -> tuple[Complex[np.ndarray, " mode"], Complex[np.ndarray, "mode feature"]]:
        """Eigenvalues by falling magnitude, and the modes: how psi moves, psi_{t+1} = sum of lambda times mode.

        Returns:
            Eigenvalues of K' for one step, and its eigenvectors with unit norm, one a row. An exponent in
            continuous time is ln(lambda) / dt.
        """
        values, vectors = np.linalg.eig(self.operator.T.cpu().numpy())
        order = np.argsort(-np.abs(values), kind="stable")
        return values[order].astype(np.complex128), vectors.T[order].astype(np.complex128)


def fit_koopman(
    sequences: Float[np.ndarray, "trajectory time width"],
    lift: Lift | None = None,
    rank: int | None = None,
    penalty: float = 0.0,
) -> Koopman:
    """Least squares of psi(x_{t+1}) on psi(x_t) (Schmid 2010, Tu et al. 2014, Williams et al. 2015).

    Args:
        sequences: trajectories.
        lift: psi, such as `monomials`; without it psi(x) = x.
        rank: project psi onto that many singular vectors before the regression; without it none is lost.
        penalty: as in `ridge`.

    Raises:
        ValueError: sequences too short or not finite, a rank out of range, a lift whose first entries are not x,
            or a negative penalty.
    """
    x = torch.from_numpy(check_sequences(sequences, 2))
    lift = lift or _as_it_is
    lifted = lift(x)
    width, count = x.shape[2], lifted.shape[-1]
    if not torch.equal(lifted[..., :width], x):
        raise ValueError("lift: its first entries differ from x; allowed: observables that begin with x")
    if rank is not None and not 1 <= rank <= count:
        raise ValueError(f"rank = {rank}: allowed: 1 to {count}, the number of observables")
    now, then = lifted[:, :-1].flatten(0, 1), lifted[:, 1:].flatten(0, 1)
    if rank is None:
        return Koopman(ridge(now, then, penalty), lift, width)
    basis = torch.linalg.svd(now, full_matrices=False).Vh[:rank].T
    return Koopman(basis @ ridge(now @ basis, then, penalty), lift, width)


def monomials(degree: int) -> Lift:
    """The observables x, all products of up to `degree` of its entries, and last the constant 1.

    Args:
        degree: at least 1.

    Raises:
        ValueError: a degree below 1.
    """
    if degree < 1:
        raise ValueError(f"degree = {degree}: allowed: at least 1")

    def lift(x: Tensor) -> Tensor:
        entries = x.unbind(-1)
        products = [
            torch.stack(chosen).prod(0)
            for order in range(2, degree + 1)
            for chosen in combinations_with_replacement(entries, order)
        ]
        return torch.cat([x, *(p[..., None] for p in products), torch.ones_like(x[..., :1])], -1)

    return lift


def check_sequences(sequences: Float[np.ndarray, "trajectory time width"], least: int) -> np.ndarray:
    """Sequences in float64, or a refusal.

    Args:
        sequences: to learn from.
        least: frames that a trajectory must have.

    Raises:
        ValueError: another number of axes, too few frames, or NaN or infinity.
    """
    values = np.asarray(sequences, dtype=np.float64)
    if values.ndim != 3 or 0 in values.shape:
        raise ValueError(f"sequences: shape {values.shape}; allowed: (trajectory, time, width), none empty")
    if values.shape[1] < least:
        raise ValueError(f"sequences: {values.shape[1]} frames; allowed: at least {least}")
    if not np.isfinite(values).all():
        raise ValueError(f"sequences: {int((~np.isfinite(values)).sum())} entries are NaN or infinite; allowed: none")
    return values


def _as_it_is(x: Tensor) -> Tensor:
    return x
