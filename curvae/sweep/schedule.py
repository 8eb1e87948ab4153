"""What changes over the epochs: the learning rate and the weight of the KL divergence."""

import math
from typing import Any

from curvae.settings.train import Budget


def rate(budget: Budget, member: dict[str, Any], epoch: int) -> float:
    """Learning rate of a member in an epoch; a cosine falls from `lr` towards zero.

    Args:
        budget: of the run; its `lr` holds where the member has none.
        member: axes of the member.
        epoch: from 1.
    """
    lr = member.get("lr", budget.lr)
    if budget.schedule == "constant":
        return lr
    return lr * 0.5 * (1 + math.cos(math.pi * (epoch - 1) / budget.epochs))


def warmth(budget: Budget, member: dict[str, Any], time: float) -> float:
    """Factor of a member's beta, from 0 to 1.

    With s = time / `anneal_epochs`: none, 1; linear, min(1, s); sigmoid, 1 / (1 + exp(-12 (s - 1/2))).

    Args:
        budget: of the run; its `anneal` holds where the member has none.
        member: axes of the member.
        time: epochs since the start.

    Reference: Sonderby et al. (2016) for the line, Bowman et al. (2016) for the sigmoid.
    """
    kind = member.get("anneal", budget.anneal)
    if kind == "none":
        return 1.0
    s = time / budget.anneal_epochs
    return min(1.0, s) if kind == "linear" else 1 / (1 + math.exp(-12 * (s - 0.5)))
