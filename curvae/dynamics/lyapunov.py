"""Lyapunov exponents of any differentiable map, from the growth of tangent vectors kept orthonormal."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor

from curvae.dynamics.rollout import Step
from curvae.intervals import mean_interval

Map = Callable[[Tensor], Tensor]  # [*batch, width] -> [*batch, width]


@dataclass(frozen=True)
class Spectrum:
    """Lyapunov exponents in decreasing order, per unit of time.

    Attributes:
        exponents: mean growth rates; NaN where the state diverged.
        low: lower end of the 95 % interval over blocks of time.
        high: its upper end.
        times: time at each QR decomposition, counted from the end of the discarded steps.
        history: mean growth rates up to these times; its last entry is `exponents`.
        diverged: first step, discarded ones counted, after which the state was not finite (or, at a QR
            decomposition, a tangent vector); -1 if none.
    """

    exponents: Float[np.ndarray, "*batch exponent"]
    low: Float[np.ndarray, "*batch exponent"]
    high: Float[np.ndarray, "*batch exponent"]
    times: Float[np.ndarray, " time"]
    history: Float[np.ndarray, "time *batch exponent"]
    diverged: Int[np.ndarray, "*batch"]

    def pooled(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Mean over the initial conditions on the last batch axis, and its 95 % interval.

        Initial conditions that diverged are left out; with fewer than two left the interval is NaN.

        Returns:
            Exponents, low and high, each [*batch without its last axis, exponent].

        Raises:
            ValueError: no batch axis.
        """
        if self.exponents.ndim < 2:
            raise ValueError(f"exponents: shape {self.exponents.shape}; allowed: a batch axis of initial conditions")
        starts = self.exponents.reshape(-1, *self.exponents.shape[-2:])
        found = [mean_interval(each[~np.isnan(each).any(-1)]) for each in starts]
        shape = (*self.exponents.shape[:-2], -1)
        return tuple(np.reshape(part, shape) for part in zip(*found, strict=True))


def lyapunov_spectrum(
    step: Map,
    state: Float[Tensor, "*batch width"],
    n_exponents: int,
    dt: float,
    *,
    steps: int = 15_000,
    discard: int = 500,
    every: int = 5,
    blocks: int = 10,
    seed: int = 0,
) -> Spectrum:
    """The largest exponents by QR decompositions (Benettin et al. 1980, Shimada & Nagashima 1979).

    Q_n R_n = DF^every Q_{n-1},   l_i = sum_n ln |R_n,ii| / (n every dt)

    DF Q is pushed forward by Jacobian-vector products; no Jacobian is formed. All batch entries (models, initial
    conditions) advance together and do not mix. The sum of all `width` exponents is the mean of ln |det DF| / dt.
    The interval is Student's, over means of `blocks` equal stretches of time. Entries that diverge are flagged
    and harm no others.

    Args:
        step: one step of the map, made of torch operations without in-place changes of its argument; it treats
            each batch entry on its own.
        state: initial states, on the attractor or `discard` steps away from it.
        n_exponents: how many exponents, from the largest down.
        dt: time of one step; exponents are per unit of it.
        steps: number of steps that count, rounded down to a multiple of `every`.
        discard: steps before them, in which the tangent vectors align.
        every: steps between two QR decompositions. Between them the growth rates of the first and the last
            vector may part by a factor of at most some 1e10.
        blocks: of time, for the interval.
        seed: of the initial tangent vectors.

    Raises:
        ValueError: an argument out of range, a state that is not finite floating point, or a step that changes
            the shape of the state.
    """
    _check(state, n_exponents, dt, steps, discard, every, blocks)
    push = torch.func.vmap(
        lambda state, tangent: torch.func.jvp(step, (state,), (tangent,)), in_dims=(None, 0), out_dims=(None, 0)
    )
    with torch.no_grad():
        if (shape := step(state).shape) != state.shape:
            raise ValueError(f"step: a state of shape {tuple(shape)}; allowed: {tuple(state.shape)}")
        frame = _orthonormal(state, n_exponents, seed)
        start, start_frame = state, frame
        diverged = torch.full(state.shape[:-1], -1, device=state.device)
        growth = []
        for done in range(1, discard + steps // every * every + 1):
            state, frame = push(state, frame)
            lost = ~state.isfinite().all(-1)
            if (done - discard) % every == 0:
                q, r = torch.linalg.qr(frame.movedim(0, -1))
                frame, rate = q.movedim(-1, 0).contiguous(), r.diagonal(dim1=-2, dim2=-1).abs().log()
                lost |= rate.isnan().any(-1) | rate.isposinf().any(-1)
                if done > discard:
                    growth.append(rate)
            if lost.any():
                diverged = torch.where(lost & (diverged < 0), done, diverged)
                state = torch.where(lost[..., None], start, state)
                frame = torch.where(lost[..., None], start_frame, frame)
    rates = torch.stack(growth).double().cpu().numpy() / (every * dt)
    diverged = diverged.cpu().numpy()
    rates[:, diverged >= 0] = np.nan
    records = np.arange(1, len(rates) + 1)
    history = np.cumsum(rates, 0) / records.reshape(-1, *(1,) * (rates.ndim - 1))
    stretches = np.stack([part.mean(0) for part in np.array_split(rates, blocks)])
    _, low, high = mean_interval(stretches)
    return Spectrum(history[-1], low, high, records * every * dt, history, diverged)


def closed_loop(step: Step, state: Any, x: Float[Tensor, "*batch width"]) -> tuple[Map, Float[Tensor, "*batch all"]]:
    """A predictor fed with its own output, as a map of one vector: all of its state and its input.

    F(s, x) = step(s, x)

    Args:
        step: as `curvae.dynamics.rollout` takes it.
        state: a tensor, a tuple of tensors (h and c of an LSTM) or None, with the batch axes of `x`.
        x: the next input: what the step that led to `state` predicted.

    Returns:
        The map, and the vector [*batch, widths of state and input together] that holds `state` and `x`.
    """
    parts = () if state is None else state if isinstance(state, tuple) else (state,)
    widths = [part.shape[-1] for part in (*parts, x)]

    def advance(vector: Tensor) -> Tensor:
        *held, entered = vector.split(widths, -1)
        new, predicted = step(None if state is None else tuple(held) if isinstance(state, tuple) else held[0], entered)
        new = () if new is None else new if isinstance(new, tuple) else (new,)
        return torch.cat([*new, predicted], -1)

    return advance, torch.cat([*parts, x], -1)


def _orthonormal(state: Tensor, count: int, seed: int) -> Float[Tensor, "exponent *batch width"]:
    drawn = torch.randn(state.shape[-1], count, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    q = torch.linalg.qr(drawn).Q.T.to(state)
    return q.reshape(count, *(1,) * (state.ndim - 1), -1).repeat(1, *state.shape[:-1], 1)


def _check(state: Tensor, n_exponents: int, dt: float, steps: int, discard: int, every: int, blocks: int) -> None:
    if state.ndim < 1 or not state.is_floating_point():
        raise ValueError(f"state: {state.dtype} of shape {tuple(state.shape)}; allowed: floating point, [..., width]")
    if not state.isfinite().all():
        raise ValueError(f"state: {int((~state.isfinite()).sum())} entries are NaN or infinite; allowed: none")
    if not 1 <= n_exponents <= state.shape[-1]:
        raise ValueError(f"n_exponents = {n_exponents}: allowed: 1 to {state.shape[-1]}, the width of the state")
    if not 0 < dt < float("inf"):
        raise ValueError(f"dt = {dt}: allowed: above 0")
    if discard < 0:
        raise ValueError(f"discard = {discard}: allowed: at least 0")
    if every < 1:
        raise ValueError(f"every = {every}: allowed: at least 1")
    if blocks < 2:
        raise ValueError(f"blocks = {blocks}: allowed: at least 2")
    if steps < every * blocks:
        raise ValueError(f"steps = {steps}: allowed: at least {every * blocks}, one QR decomposition a block")
