"""Smooth paths: the encoder is trained together with a prediction of its next code.

Reference for slowness: Wiskott & Sejnowski (2002), Slow Feature Analysis; for straightness: Goroshin, Mathieu & LeCun
(2015), Learning to Linearize Under Uncertainty.
"""

from typing import ClassVar

from jaxtyping import Bool
from torch import Tensor

from curvae.objectives.elbo import elbo
from curvae.settings.objective import Smooth
from curvae.types import Coefficients, Latents, Weights


class Objective:
    """recon + beta KL + w R, with R the mean squared error of predicting the posterior's mean of a frame.

    w = weight min(1, time / weight_epochs), time in epochs: the full weight from the start holds a sheet of codes in
    the folds that it happens to have, while a growing one lets them unfold. Predicted is the mean of the frame before
    (order 1), or the straight line through those of the two frames before (order 2). Batches hold runs of consecutive
    frames.

    Args:
        settings: weight, epochs in which it grows, order and length of the runs.
        latent: number of latents.
        samples: size of the training set.
    """

    shapes: ClassVar[dict[str, tuple[int, ...]]] = {}
    noise: tuple[int, ...] = ()
    critic = None
    pairs = 0

    def __init__(self, settings: Smooth, latent: int, samples: int):
        self.settings, self.frames = settings, settings.frames

    def losses(
        self, weights: Weights, terms: dict[str, Tensor], beta: Coefficients, time: Tensor, noise: Tensor | None
    ) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
        """The model's loss, and R; see `curvae.objectives.elbo.Objective.losses`.

        ``follows`` [member, sample] among the terms says which samples are the frame after the one before them.
        """
        rough = roughness(terms["mean"], terms["follows"], self.settings.order)
        epochs = self.settings.weight_epochs
        weight = self.settings.weight * ((time / epochs).clamp(max=1) if epochs else 1)
        return {"model": elbo(terms, beta) + weight * rough}, {"roughness": rough}


def roughness(mean: Latents, follows: Bool[Tensor, "member sample"], order: int) -> Coefficients:
    """Mean over the predicted frames of a batch of |m_t - m_{t-1}|^2, or |m_t - 2 m_{t-1} + m_{t-2}|^2.

    Summed over latents. 0 where no frame can be predicted.

    Args:
        mean: of the posterior.
        follows: whether a sample is the frame after the one before it.
        order: 1 or 2.
    """
    change, kept = mean.diff(dim=1), follows[:, 1:]
    if order == 2:
        change, kept = change.diff(dim=1), kept[:, 1:] & kept[:, :-1]
    return (change.square().sum(-1) * kept).sum(1) / kept.sum(1).clamp(min=1)
