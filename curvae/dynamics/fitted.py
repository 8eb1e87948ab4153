"""Predictors fitted without gradients: linear maps, dynamic modes of delayed frames, reservoirs, billiards."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from curvae.dynamics.billiard import fit_billiard
from curvae.dynamics.linear_map import check_sequences, fit_autoregression, fit_koopman, monomials
from curvae.dynamics.reservoir import draw_reservoirs
from curvae.dynamics.rollout import Step, check_inputs, rollout

KINDS = ("ridge", "koopman", "reservoir", "billiard")


def predict(
    settings: Mapping[str, Any],
    sequences: Float[np.ndarray, "trajectory time width"],
    inputs: Float[np.ndarray, "start warmup width"],
    frames: int,
    seeds: Sequence[int] = (0,),
) -> Float[np.ndarray, "seed start frames width"]:
    """Fit a predictor to sequences and let it run on from inputs.

    Args:
        settings: ``kind`` and what belongs to it: billiard units, window and penalty; others as `fit` takes them.
        sequences: standardised trajectories to learn from.
        inputs: standardised frames of the warm-up, at least as many as the lags or delays.
        frames: number of predicted frames.
        seeds: of reservoirs, whose warm-up is also the washout, and of billiards; the other kinds have no
            randomness, and one result.

    Raises:
        ValueError: another kind, or what the fit or the rollout refuses.
    """
    chosen, known = dict(settings), torch.as_tensor(np.asarray(inputs, dtype=np.float64))
    check_inputs(known, frames, chosen.get("lags", chosen.get("delays", 1)))
    if chosen["kind"] == "billiard":
        del chosen["kind"]
        fits = (fit_billiard(sequences, **chosen, seed=seed) for seed in seeds)
        return np.stack([fit.forecast(known.numpy(), frames) for fit in fits])
    step, start, members = fit(settings, sequences, known.shape[1], seeds)
    with torch.no_grad():
        return rollout(step, start(len(known)), known.expand(len(members), *known.shape), frames)[0].numpy()


def fit(
    settings: Mapping[str, Any],
    sequences: Float[np.ndarray, "trajectory time width"],
    washout: int,
    seeds: Sequence[int] = (0,),
) -> tuple[Step, Callable[[int], Any], Sequence[int]]:
    """A predictor with a step that can be differentiated, fitted to sequences.

    Args:
        settings: ``kind`` and what belongs to it: ridge lags and penalty; koopman delays, degree and penalty;
            reservoir units, radius, input_scale, bias_scale, leak and penalty.
        sequences: standardised trajectories to learn from.
        washout: frames at the start of each that do not count, of reservoirs.
        seeds: of reservoirs.

    Returns:
        Step of all members, as `curvae.dynamics.rollout` takes it; number of samples -> the state before the first
        frame; the members' seeds, of kinds without randomness the first one.

    Raises:
        ValueError: another kind, or what the fit refuses.
    """
    chosen, width = dict(settings), np.shape(sequences)[-1]
    match chosen.pop("kind"):
        case "ridge":
            model = fit_autoregression(sequences, **chosen)
            return model.step, lambda count: model.start(torch.zeros(1, count, width).double()), seeds[:1]
        case "koopman":
            past = width * (chosen["delays"] - 1)
            return _koopman(sequences, **chosen), lambda count: torch.zeros(1, count, past).double(), seeds[:1]
        case "reservoir":
            penalty = chosen.pop("penalty")
            reservoirs = draw_reservoirs(seeds, width, **chosen).fit(sequences, washout, penalty)
            return reservoirs.step, reservoirs.start, seeds
        case kind:
            raise ValueError(f"kind = {kind!r}: allowed: {', '.join(KINDS)}")


def delayed(
    sequences: Float[np.ndarray, "trajectory time width"], delays: int
) -> Float[np.ndarray, "trajectory time delayed"]:
    """Each frame with the frames before it, newest first: a state from which the past can be told (Takens 1981).

    Args:
        sequences: trajectories.
        delays: frames that are one state together.

    Raises:
        ValueError: fewer frames than delays, or NaN or infinity.
    """
    x = check_sequences(sequences, delays)
    end = x.shape[1] - delays + 1
    return np.concatenate([x[:, delays - 1 - k : delays - 1 - k + end] for k in range(delays)], axis=-1)


def _koopman(sequences: np.ndarray, delays: int, degree: int, penalty: float) -> Step:
    model = fit_koopman(delayed(sequences, delays), monomials(degree), penalty=penalty)
    width = np.shape(sequences)[-1]

    def step(past: Tensor, x: Tensor) -> tuple[Tensor, Tensor]:
        seen = torch.cat([x, past], -1)
        return seen[..., : past.shape[-1]], model.step(None, seen)[1][..., :width]

    return step
