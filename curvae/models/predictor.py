"""Recurrent predictor of latent statistics: the next state is the last one plus a read-out."""

import copy
import math
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from curvae.nets.linear import linear, linear_shapes
from curvae.nets.recurrent import State, cell_shapes, cell_step, zero_state
from curvae.settings.model import Predictor
from curvae.types import Draws, Sequences, Weights

LEAST = math.log(1e-3)  # of the standard deviations of a mixture; below it the likelihood has no bound


class Model:
    """h_t = cell(h_{t-1}, x_t), x^_{t+1} = x_t + V h_t + c on standardised states x.

    With mixtures the read-out gives K weights, means and deviations, p(x_{t+1}) = sum_k pi_k N(x_t + m_k, diag s_k^2)
    (Bishop 1994; with a recurrent cell Graves 2013, Ha & Schmidhuber 2018), and x^ is the mean of the heaviest.

    Args:
        settings: cell, units, mixtures, warm-up and length of the closed loop in the training loss.
        shape: (frames, width of the state).

    Attributes:
        share: of the training that is done; curriculum and scheduled sampling go by it.
        amounts: noise on the inputs, one for all or [member, 1, 1, 1] [standard deviations].
    """

    def __init__(self, settings: Predictor, shape: tuple[int, ...]):
        self.settings, self.shape, self.share = settings, shape, 1.0
        self.frames, self.width = shape
        out = self.width if settings.mixtures == 0 else settings.mixtures * (1 + 2 * self.width)
        self.shapes = {
            **cell_shapes(settings.cell, self.width, settings.hidden),
            **linear_shapes("readout", [settings.hidden, out]),
        }
        self.amounts, self.noise = settings.noise, self._drawn([settings.noise])
        gates = self.shapes["cell.input.bias"][0]
        self.activations = self.frames * (3 * gates + 2 * settings.hidden + 2 * out)

    def of(self, members: Sequence[dict[str, Any]], device: torch.device | str, dtype: torch.dtype) -> "Model":
        """The model of some members: the `noise` of one that has its own stands in for the settings'."""
        amounts, own = [member.get("noise", self.settings.noise) for member in members], copy.copy(self)
        own.amounts = torch.tensor(amounts, dtype=dtype, device=device).view(-1, 1, 1, 1)
        own.noise = self._drawn(amounts)
        return own

    def at(self, share: float) -> "Model":
        """The model after a share of the training, 0 to 1."""
        later = copy.copy(self)
        later.share = share
        return later

    @property
    def rollout(self) -> int:
        """Frames of closed loop in the loss; with a curriculum they grow in a line from 2."""
        full = self.settings.rollout
        if self.share >= self.settings.curriculum or full <= 2:
            return full
        return 2 + int((full - 2) * self.share / self.settings.curriculum)

    @property
    def stage(self) -> int | None:
        """What of `terms` goes by the share of the training: the rollout's length; None where chances do, too."""
        return None if self.settings.sampling else self.rollout

    def start(self, weights: Weights, samples: int) -> State:
        """The state before the first frame."""
        like = weights["readout.0.bias"]
        return zero_state(self.settings.cell, like.shape[0], samples, self.settings.hidden, like)

    def step(self, weights: Weights, state: State, x: Tensor) -> tuple[State, Tensor]:
        """One frame in, the prediction of the next one out.

        Args:
            weights: of every member.
            state: from `start` or an earlier step.
            x: standardised statistics [member, sample, state].
        """
        state, out = self._read(weights, state, x)
        return state, self._predicted(x, out)

    def terms(self, weights: Weights, x: Sequences, noise: Draws | None) -> dict[str, Tensor]:
        """Misfit of the predicted frames, per sequence: mean squared error or nats; there is no KL.

        Frames enter as they are, with noise added, until `rollout` frames before the end of the
        sequence; from there on the network is fed its own predictions. With `rollout` = 1 every
        frame enters (teacher forcing). With scheduled sampling a true frame after the warm-up enters with
        probability 1 - share, else the prediction (Bengio et al. 2015). Frames of the warm-up do not count.

        Args:
            weights: of every member.
            x: standardised sequences [member, sample, frame, state].
            noise: standard normal numbers [member, sample, frame, state + 1]; the first are scaled by the
                member's amount, the last decides what enters. None where neither is asked for.
        """
        inputs = x if noise is None else x + self.amounts * noise[..., :-1]
        own = torch.special.ndtr(noise[..., -1:]) < self.share if self.settings.sampling else None
        loop, warmup = x.shape[2] - self.rollout, self.settings.warmup
        known = loop if own is None else min(loop, warmup)
        state, hidden = self.start(weights, x.shape[1]), []
        for frame in range(known):
            state = cell_step(self.settings.cell, weights, state, inputs[:, :, frame])
            hidden.append(state[0])
        # Frames that enter as they are need no prediction before the next: all that count are read out at once.
        first = min(warmup, known) - 1
        shown, followed = inputs[:, :, first:known].flatten(1, 2), x[:, :, first + 1 : known + 1].flatten(1, 2)
        out = linear(weights, "readout.0", torch.stack(hidden[first:], dim=2).flatten(1, 2))
        errors = list(self._misfit(shown, out, followed).unflatten(1, (x.shape[1], -1)).unbind(-1))
        predicted = self._predicted(shown, out).unflatten(1, (x.shape[1], -1))[:, :, -1]
        for frame in range(known, x.shape[2] - 1):
            fed = predicted
            if own is not None and frame < loop:
                fed = torch.where(own[:, :, frame], predicted, inputs[:, :, frame])
            state, out = self._read(weights, state, fed)
            predicted = self._predicted(fed, out)
            errors.append(self._misfit(fed, out, x[:, :, frame + 1]))
        recon = torch.stack(errors, dim=-1)[..., warmup - 1 - first :].mean(-1)
        return {"recon": recon, "kl": recon.new_zeros(*recon.shape, 0)}

    def covariance(self, weights: Weights, x: Sequences) -> Tensor:
        """Cov[x_{t+1} | x_1 .. x_t] of the mixture, sum_k pi_k (diag s_k^2 + m_k m_k') - m m' with m = sum_k pi_k m_k.

        Args:
            weights: of every member.
            x: standardised sequences [member, sample, frame, state].

        Returns:
            [member, sample, frame, state, state].

        Raises:
            ValueError: a network that predicts no density.
        """
        if self.settings.mixtures == 0:
            raise ValueError("mixtures = 0: allowed: 1 or more, a predicted density")
        state, found = self.start(weights, x.shape[1]), []
        for seen in x.unbind(2):
            state, out = self._read(weights, state, seen)
            weight, mean, deviation = self._mixture(seen, out)
            share = weight.exp().unsqueeze(-1)
            away = mean - (share * mean).sum(-2, keepdim=True)
            within = torch.diag_embed((share * (2 * deviation).exp()).sum(-2))
            found.append(within + (share * away).mT @ away)
        return torch.stack(found, dim=2)

    def evaluate(self, weights: Weights, x: Sequences, noise: Draws | None) -> dict[str, Tensor]:
        """The terms after the training, without noise; nothing is sampled."""
        plain = Model(self.settings.model_copy(update={"sampling": False}), self.shape)
        return plain.terms(weights, x, None)

    def _drawn(self, amounts: Sequence[float]) -> tuple[int, ...]:
        """Shape of the random numbers of a sequence, given the noise of every member."""
        return (self.frames, self.width + 1) if any(amounts) or self.settings.sampling else ()

    def _read(self, weights: Weights, state: State, x: Tensor) -> tuple[State, Tensor]:
        state = cell_step(self.settings.cell, weights, state, x)
        return state, linear(weights, "readout.0", state[0])

    def _mixture(self, x: Tensor, out: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Log-weights [..., k], means and log-deviations [..., k, state]."""
        count = self.settings.mixtures
        rest = out[..., count:].unflatten(-1, (count, 2 * self.width))
        change, deviation = rest.chunk(2, dim=-1)
        return out[..., :count].log_softmax(-1), x.unsqueeze(-2) + change, deviation.clamp(min=LEAST)

    def _predicted(self, x: Tensor, out: Tensor) -> Tensor:
        if self.settings.mixtures == 0:
            return x + out
        weight, mean, _ = self._mixture(x, out)
        heaviest = weight.argmax(-1)[..., None, None].expand(*weight.shape[:-1], 1, self.width)
        return mean.gather(-2, heaviest).squeeze(-2)

    def _misfit(self, x: Tensor, out: Tensor, target: Tensor) -> Tensor:
        if self.settings.mixtures == 0:
            return (x + out - target).square().sum(-1)
        weight, mean, deviation = self._mixture(x, out)
        away = (target.unsqueeze(-2) - mean) * torch.exp(-deviation)
        each = -0.5 * away.square() - deviation - 0.5 * math.log(2 * math.pi)
        return -torch.logsumexp(weight + each.sum(-1), -1)
