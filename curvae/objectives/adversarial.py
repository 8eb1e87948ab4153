"""What all objectives share under which a generator and a critic of its observations step in turn."""

from abc import ABC, abstractmethod
from typing import Any

import torch
from torch import Tensor

from curvae.objectives.critic import critic_shapes, logits
from curvae.types import Coefficients, Images, Weights


class Adversarial(ABC):
    """Two players, each with a loss of its own.

    The critic steps at every batch; after every `steps` of its steps the model steps once, on draws of its own and
    against the critic as it has become.

    Args:
        settings: of the objective.
        latent: width of what the critic sees: an observation.
        samples: size of the training set.

    Attributes:
        steps: of the critic for each of the model.
        clip: distance from 0 within which the critic's weights stay; 0 without a limit.
    """

    pairs = 0
    clip = 0.0

    def __init__(self, settings: Any, latent: int, samples: int):
        self.settings, self.critic, self.steps = settings, settings.critic, settings.steps
        self.shapes = critic_shapes(latent, settings.critic, 1)

    @abstractmethod
    def loss(
        self, player: str, weights: Weights, terms: dict[str, Tensor], beta: Coefficients, noise: Tensor | None
    ) -> tuple[Coefficients, dict[str, Tensor]]:
        """The loss of the player whose turn it is.

        Args:
            player: ``critic`` or ``model``.
            weights: of every member, the critic's among them.
            terms: ``real`` and ``fake`` [member, sample, feature] and what else the model has; those of the critic's
                turn need no gradient.
            beta: strength of each member.
            noise: standard normal numbers [member, sample, *self.noise]; not read where `self.noise` is empty.

        Returns:
            [member], and further means [member] to record.
        """

    def losses(
        self, weights: Weights, terms: dict[str, Tensor], beta: Coefficients, time: Tensor, noise: Tensor | None
    ) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
        """Both losses on the same samples, and the `spread` of generated ones; for evaluation."""
        players = ("model", "critic")
        found = {player: self.loss(player, weights, terms, beta, noise) for player in players}
        parts = {name: mean for _, means in found.values() for name, mean in means.items()}
        losses = {player: found[player][0] for player in players}
        return losses, {**parts, "spread": spread(terms["fake"], terms["real"])}

    def judge(self, weights: Weights, x: Images, learns: bool) -> Tensor:
        """The critic's output for each sample, [member, sample]; see `curvae.objectives.critic.logits`."""
        return logits(weights, x, self.critic, learns).squeeze(-1)


def spread(fake: Images, real: Images) -> Coefficients:
    """Variance of generated samples, summed over features, over that of the data; 0 if all are the same.

    Args:
        fake: generated, [member, sample, feature].
        real: data, of the same shape.
    """
    squares = []
    for x in (fake, real):
        centred = x - x[:, :1]  # exactly 0 where all samples are the same
        squares.append((centred - centred.mean(1, keepdim=True)).square().sum((1, 2)))
    return squares[0] / squares[1].clamp(min=1e-30)


def uniform(noise: Tensor) -> Tensor:
    """Numbers uniform in (0, 1) of standard normal ones: their distribution function."""
    return torch.special.ndtr(noise)
