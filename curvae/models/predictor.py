"""Recurrent predictor of latent statistics: the next state is the last one plus a read-out."""

import torch
from torch import Tensor

from curvae.nets.linear import linear, linear_shapes
from curvae.nets.recurrent import State, cell_shapes, cell_step, zero_state
from curvae.settings.model import Predictor
from curvae.types import Sequences, Weights


class Model:
    """h_t = cell(h_{t-1}, x_t), x^_{t+1} = x_t + V h_t + c on standardised states x.

    Args:
        settings: cell, units, warm-up and length of the closed loop in the training loss.
        shape: (frames, width of the state).
    """

    def __init__(self, settings: Predictor, shape: tuple[int, ...]):
        self.settings, self.shape = settings, shape
        self.frames, self.width = shape
        self.shapes = {
            **cell_shapes(settings.cell, self.width, settings.hidden),
            **linear_shapes("readout", [settings.hidden, self.width]),
        }
        self.noise = (self.frames, self.width)
        gates = self.shapes["cell.input.bias"][0]
        self.activations = self.frames * (3 * gates + 2 * settings.hidden + 2 * self.width)

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
        state = cell_step(self.settings.cell, weights, state, x)
        return state, x + linear(weights, "readout.0", state[0])

    def terms(self, weights: Weights, x: Sequences, noise: Sequences) -> dict[str, Tensor]:
        """Mean squared error of the predicted frames, per sequence; there is no KL.

        Frames enter as they are, with noise added, until `rollout` frames before the end of the
        sequence; from there on the network is fed its own predictions. With `rollout` = 1 every
        frame enters (teacher forcing). Frames of the warm-up do not count.

        Args:
            weights: of every member.
            x: standardised sequences [member, sample, frame, state].
            noise: standard normal numbers of the same shape, scaled by the setting `noise`.
        """
        inputs = x + self.settings.noise * noise
        state, errors, predicted = self.start(weights, x.shape[1]), [], inputs[:, :, 0]
        loop = x.shape[2] - self.settings.rollout
        for frame in range(x.shape[2] - 1):
            fed = inputs[:, :, frame] if frame < loop else predicted
            state, predicted = self.step(weights, state, fed)
            errors.append((predicted - x[:, :, frame + 1]).square().sum(-1))
        recon = torch.stack(errors, dim=-1)[..., self.settings.warmup - 1 :].mean(-1)
        return {"recon": recon, "kl": recon.new_zeros(*recon.shape, 0)}

    def evaluate(self, weights: Weights, x: Sequences, noise: Sequences) -> dict[str, Tensor]:
        """The terms without noise."""
        return self.terms(weights, x, torch.zeros_like(noise))
